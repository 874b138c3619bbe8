"""The batch kernel in parts on disk: the same bits as over the whole table, in memory that a setting bounds."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engines.partitioned import large, local
from features.engines.partitioned.local import Memory, write_partitioned_vectors
from features.event_file import from_events
from features.events import EventError, EventKind
from tests.integration.engines.found import by_batch, invented, same, without, write
from tests.parity.histories import PLANS


def vectors_of(plan, events, rows):
    out = events.with_name("vectors.parquet")
    claims = write_partitioned_vectors(plan, events, out, Memory(rows))
    found = pq.read_table(out)
    assert claims == len(found)
    return found


@pytest.mark.parametrize("plan_name", PLANS)
@pytest.mark.parametrize("rows", [10_000, 1_000, 300])
def test_parts_of_a_random_history_give_the_bits_of_the_whole(tmp_path, plan_name, rows):
    """One part, a few, and so many that single merchants don't fit into memory: no number changes."""
    plan, events = PLANS[plan_name](), write(invented(seed=5, size=1_500), tmp_path / "events.parquet")
    assert same(vectors_of(plan, events, rows), by_batch(plan, events))


@pytest.mark.parametrize("seed", range(6))
def test_parts_of_a_few_rows_give_the_bits_of_the_whole(tmp_path, seed):
    """Most parts are empty, and nearly every entity is too large for its part."""
    plan, events = PLANS["odd"](), write(invented(seed, size=90), tmp_path / "events.parquet")
    assert same(vectors_of(plan, events, 10), by_batch(plan, events))


@pytest.mark.parametrize("rows", [50_000, 5_000])
def test_parts_of_a_simulated_market_give_the_bits_of_the_whole(world, rows):
    """Histories as they are: with households, rings and pictures that are shown again."""
    plan = PLANS["shipped"]()
    found, expected = vectors_of(plan, world, rows), by_batch(plan, world)
    assert same(found, expected)
    assert max(found["ring_size"].to_pylist()) > 1
    assert max(found["claim_pictures_of_others"].to_pylist()) > 0


@pytest.mark.parametrize("plan_name", PLANS)
@pytest.mark.parametrize(
    "lacking", [("evidence_hashes",), ("buyer_id",), ("buyer_id", "device_id", "address_id", "evidence_hashes")]
)
def test_events_that_lack_an_entity_are_no_matter(tmp_path, plan_name, lacking):
    """Without pictures, without buyers, and nearly without anything."""
    plan, events = PLANS[plan_name](), write(without(invented(6, 300), *lacking), tmp_path / "events.parquet")
    assert same(vectors_of(plan, events, 100), by_batch(plan, events))


@pytest.mark.parametrize("events", [[], [each for each in invented(7, 50) if each.kind is not EventKind.CLAIM_FILED]])
def test_file_without_claims_gives_a_file_without_rows(tmp_path, events):
    """The columns are there, so that whoever reads it needs no exception."""
    plan, path = PLANS["shipped"](), write(events, tmp_path / "events.parquet")
    found = vectors_of(plan, path, 20)
    assert found.num_rows == 0
    assert found.column_names == ["claim_id", "as_of_ms", *plan.names]


def test_columns_of_wider_types_are_read_as_they_are_checked(tmp_path):
    """A file may hold dictionaries and large strings, and leave out columns that none of its events has."""
    plan, events = PLANS["shipped"](), invented(8, 300)
    expected = by_batch(plan, write(without(events, "payment_id"), tmp_path / "plain.parquet"))
    table = from_events(without(events, "payment_id")).drop_columns(["payment_id"])
    for name, type_ in [("buyer_id", pa.dictionary(pa.int32(), pa.string())), ("device_id", pa.large_string())]:
        table = table.set_column(table.column_names.index(name), name, table[name].cast(type_))
    pq.write_table(table, tmp_path / "events.parquet", row_group_size=37)
    assert same(vectors_of(plan, tmp_path / "events.parquet", 100), expected)


def test_no_part_in_memory_has_more_rows_than_were_allowed(world, monkeypatch):
    """What is answered at a time follows from the setting, also where one category alone has more events."""
    sizes = []
    for module, name in [(local, "answer"), (large, "answers_of")]:
        inner = getattr(module, name)
        monkeypatch.setattr(module, name, lambda of, rows, inner=inner: sizes.append(len(rows)) or inner(of, rows))
    vectors_of(PLANS["shipped"](), world, 1_000)
    assert max(sizes) <= 1_000
    assert len(sizes) > 100


def test_failure_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    """A run that breaks off in the last step leaves the earlier file whole, and none of its parts."""
    plan, events = PLANS["odd"](), write(invented(10, 100), tmp_path / "events.parquet")
    before = vectors_of(plan, events, 50)
    files = sorted(tmp_path.iterdir())

    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(local, "gather", fail)
    with pytest.raises(OSError, match="no space left"):
        vectors_of(plan, events, 50)
    assert sorted(tmp_path.iterdir()) == files
    assert same(pq.read_table(tmp_path / "vectors.parquet"), before)


def test_wrong_row_is_named(tmp_path):
    """The row counts from the beginning of the file, not of the part in which it was read."""
    table = from_events(invented(11, 100))
    amounts = table["amount_minor"].to_pylist()
    row = next(row for row in range(60, 100) if amounts[row] is not None)
    amounts[row] = -5
    place = table.column_names.index("amount_minor")
    pq.write_table(table.set_column(place, "amount_minor", pa.array(amounts)), tmp_path / "events.parquet")
    with pytest.raises(EventError, match=rf"row {row + 1}, field amount_minor: is -5"):
        vectors_of(PLANS["odd"](), tmp_path / "events.parquet", 20)


def test_id_that_comes_twice_is_named_with_both_rows(tmp_path):
    """However far they lie apart."""
    events = invented(12, 100)
    pq.write_table(from_events([*events, events[3]]), tmp_path / "events.parquet")
    complaint = re.escape("rows 4 and 101, field event_id: both are 'event 3'")
    with pytest.raises(EventError, match=complaint):
        vectors_of(PLANS["odd"](), tmp_path / "events.parquet", 20)


def test_file_that_is_missing_or_no_parquet_is_refused_with_its_name(tmp_path):
    """In one line, as all errors that a user can mend."""
    (tmp_path / "text.parquet").write_text("event_id,kind\n")
    for name, complaint in [("none.parquet", "no such file"), ("text.parquet", "not a Parquet file of events")]:
        with pytest.raises(EventError, match=f"{name}: {complaint}"):
            vectors_of(PLANS["odd"](), tmp_path / name, 20)
