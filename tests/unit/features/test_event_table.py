"""Events as integers: codes for words, one number for what is missing."""

from dataclasses import replace

import numpy as np
import pytest

from features.event_file import from_events
from features.event_table import MISSING, code_of, from_arrow, hash_bits, hash_words
from features.events import EVENT_FIELDS, LARGEST_AMOUNT, EventKind, FieldType
from features.facts import FACT_FIELDS, facts_of_event, facts_of_rows


@pytest.fixture
def events(good_events):
    """A good event of each kind, and a claim without anything optional."""
    claim = good_events[EventKind.CLAIM_FILED]
    bare = {"buyer_id": None, "order_amount_minor": None, "order_paid_at_ms": None, "evidence_count": None}
    return [*good_events.values(), replace(claim, event_id="bare", **bare)]


@pytest.fixture
def table(events):
    """The same as columns."""
    return from_arrow(from_events(events))


def test_columns_hold_what_the_events_hold(events, table):
    """Every field but the text can be read back from its codes, and pictures from their bits."""
    assert len(table) == len(events)
    for name, spec in EVENT_FIELDS.items():
        given = [getattr(event, name) for event in events]
        if spec.type is FieldType.TEXT:
            continue
        if spec.type is FieldType.HASHES:
            rows = [row for row, words in enumerate(given) for _ in words or ()]
            assert table.pictures.row.tolist() == rows
            assert hash_words(table.pictures.hash) == [word for words in given for word in words or ()]
            continue
        assert table[name].dtype == np.int64
        match spec.type:
            case FieldType.ID:
                words = table.ids[name].to_pylist()
                assert [None if code < 0 else words[code] for code in table[name]] == given
            case FieldType.CATEGORY:
                assert [None if code < 0 else spec.values[code] for code in table[name]] == given
            case FieldType.FLAG:
                assert [None if code < 0 else bool(code) for code in table[name]] == given
            case _:
                assert [None if value == MISSING else value for value in table[name].tolist()] == given


def test_what_is_missing_is_minus_one_or_the_smallest_integer(table):
    """No id, word, amount or time can be taken for a missing one."""
    bare = {name: int(table[name][-1]) for name in ("buyer_id", "verdict", "merchant_at_fault")}
    assert bare == {"buyer_id": -1, "verdict": -1, "merchant_at_fault": -1}
    assert table["order_amount_minor"][-1] == table["order_paid_at_ms"][-1] == MISSING == -(2**63)
    assert MISSING < -LARGEST_AMOUNT


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("0000000000000000", 0),
        ("0000000000000001", 1),
        ("7fffffffffffffff", 2**63 - 1),
        ("8000000000000000", -(2**63)),
        ("ffffffffffffffff", -1),
    ],
)
def test_hash_is_its_64_bits(word, number):
    """All words there are have a number, and go back to themselves; the smallest of all is a picture like any other."""
    bits = hash_bits([word])
    assert (bits.dtype, bits.tolist(), hash_words(bits)) == (np.int64, [number], [word])


def test_no_hashes_are_no_bits():
    """An empty list is a list."""
    assert (hash_bits([]).tolist(), hash_words(hash_bits([]))) == ([], [])


def test_text_stays_behind(table):
    """What a buyer wrote is no number."""
    assert "claim_text" not in table.columns


def test_rows_of_a_kind_are_its_events_in_order(events, table):
    """Rows are indexes into the table as it was given."""
    for kind in EventKind:
        assert table.rows_of(kind).tolist() == [number for number, event in enumerate(events) if event.kind is kind]


def test_codes_of_words_are_their_places_in_the_list():
    """The list of words is the code; a word that isn't in it has none."""
    for name, spec in EVENT_FIELDS.items():
        assert [code_of(name, word) for word in spec.values] == list(range(len(spec.values)))
    with pytest.raises(ValueError, match="not in tuple"):
        code_of("claim_type", "nonsense")


def test_table_of_no_events_has_empty_columns():
    """No events are a table of length zero, in which no kind has rows."""
    table = from_arrow(from_events([]))
    assert len(table) == 0
    assert table.rows_of(EventKind.CLAIM_FILED).tolist() == []
    assert (table.pictures.row.tolist(), table.pictures.hash.tolist()) == ([], [])


def test_facts_of_a_row_are_the_facts_of_the_event(events, table):
    """A claim says the same from a table and by itself, missing values included."""
    rows = table.rows_of(EventKind.CLAIM_FILED)
    facts = facts_of_rows(table, rows)
    assert facts.shape == (2, len(FACT_FIELDS))
    for row, values in zip(rows, facts, strict=True):
        assert facts_of_event(events[row]).tolist() == [values.tolist()]
    assert (facts[1] == MISSING).sum() == 3
