"""Events in bulk: what is refused, where, and what a failure leaves behind."""

import re
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.event_file import EVENT_SCHEMA, check_events, from_events, read_events, to_events, write_events
from features.event_table import from_arrow, hash_words
from features.events import (
    EARLIEST_MS,
    EVENT_FIELDS,
    LARGEST_AMOUNT,
    LATEST_MS,
    LONGEST_ID,
    LONGEST_TEXT,
    MOST_PICTURES,
    Event,
    EventError,
    EventKind,
    check_event,
)

FIVE = (
    EventKind.ORDER_PAID,
    EventKind.ORDER_DELIVERED,
    EventKind.CLAIM_FILED,
    EventKind.CLAIM_DECIDED,
    EventKind.CLAIM_ADJUDICATED,
)
ONE, OTHER = "00000000000000ff", "fedcba9876543210"


@pytest.fixture
def table(good_events) -> pa.Table:
    """Five good events of different kinds, in the Arrow layout."""
    return from_events([good_events[kind] for kind in FIVE])


def with_column(table: pa.Table, name: str, values: object) -> pa.Table:
    column = values if isinstance(values, pa.Array) else pa.array(values)
    return table.set_column(table.column_names.index(name), name, column)


def test_events_put_into_the_layout_and_taken_out_are_the_same(good_events):
    """Nothing is lost on the way through Arrow."""
    events = list(good_events.values())
    assert {event.kind for event in events} == set(EventKind)
    assert to_events(check_events(from_events(events), "events")) == events


def test_good_events_are_returned_in_the_layout(table):
    """A table that is right stays as it is."""
    assert check_events(table, "events") == table


def test_columns_in_another_order_and_widths_are_put_right(table):
    """Columns may come in any order, integers narrow, text large or dictionary-encoded, and what is empty untyped."""
    shuffled = table.select(list(reversed(table.column_names)))
    shuffled = with_column(shuffled, "quantity", table["quantity"].combine_chunks().cast(pa.int8()))
    shuffled = with_column(shuffled, "amount_minor", table["amount_minor"].combine_chunks().cast(pa.uint32()))
    shuffled = with_column(shuffled, "merchant_id", table["merchant_id"].combine_chunks().dictionary_encode())
    shuffled = with_column(shuffled, "product_id", table["product_id"].combine_chunks().cast(pa.large_string()))
    assert check_events(shuffled, "events") == table


def test_columns_that_are_missing_count_as_missing_values(table):
    """A file needs only the columns that its events use."""
    assert check_events(table.drop(["claim_text", "buyer_id"]), "events") == check_events(
        with_column(with_column(table, "claim_text", pa.nulls(5)), "buyer_id", pa.nulls(5)), "events"
    )


def test_file_of_an_earlier_layout_is_read_as_before(table, tmp_path):
    """Who ruled, the chance of an audit and rated steps came later: a file without them needs no conversion."""
    later = ["reviewer_id", "audit_propensity_ppm", "feedback_step"]
    earlier = table.drop(later)
    pq.write_table(earlier, tmp_path / "earlier.parquet")
    read = read_events(tmp_path / "earlier.parquet")
    assert read.select(earlier.column_names) == earlier
    assert [read[name].null_count for name in later] == [5, 5, 5]


@pytest.mark.parametrize("step", [None, "return"])
def test_word_that_may_be_missing_is_good_either_way(claim, step):
    """A rating says which step it is about, or nothing: in bulk as for a single event."""
    rating = Event(
        event_id="e", kind=EventKind.FEEDBACK_GIVEN, occurred_at_ms=claim.occurred_at_ms,
        known_at_ms=claim.known_at_ms, claim_id="c", merchant_id="m", product_id="p", rating=3, feedback_step=step,
    )  # fmt: skip
    assert to_events(check_events(from_events([check_event(rating)]), "events")) == [rating]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("amount_minor", (0, LARGEST_AMOUNT)),
        ("evidence_count", (0, LARGEST_AMOUNT)),
        ("known_at_ms", (EARLIEST_MS, LATEST_MS - 1)),
        ("buyer_id", ("a", "x" * LONGEST_ID)),
        ("evidence_hashes", ((), (ONE,), tuple(f"{number:016x}" for number in range(MOST_PICTURES)), None)),
        ("claim_text", ("", "杯" * LONGEST_TEXT)),
    ],
)
def test_values_at_the_limits_are_good(claim, field, values):
    """The limits themselves are inside, in bulk as for a single event."""
    events = [replace(claim, event_id=str(number), **{field: value}) for number, value in enumerate(values)]
    assert to_events(check_events(from_events(events), "events")) == events


@pytest.mark.parametrize("empty", ["rows", "chunks", "types"])
def test_no_events_are_good_events(table, empty):
    """A table without rows is right, whatever its columns are made of."""
    tables = {
        "rows": table.slice(0, 0),
        "chunks": pa.Table.from_batches([], schema=EVENT_SCHEMA),
        "types": pa.table({name: pa.nulls(0) for name in EVENT_SCHEMA.names}),
    }
    checked = check_events(tables[empty], "events")
    assert (len(checked), checked.schema) == (0, EVENT_SCHEMA)


def test_unknown_column_is_refused_by_name(table):
    """A misspelt column is not silently ignored."""
    renamed = table.rename_columns([name.replace("claim_text", "claim_txt") for name in table.column_names])
    with pytest.raises(
        EventError, match=r"^events: column 'claim_txt' is not a field of an event; remove or rename it$"
    ):
        check_events(renamed, "events")


def test_column_that_stands_twice_is_refused_by_name(table):
    """Of two columns with one name, nobody knows which is meant."""
    doubled = table.append_column("buyer_id", table["buyer_id"])
    with pytest.raises(EventError, match=r"^events: column 'buyer_id' is there more than once; remove or rename one$"):
        check_events(doubled, "events")


@pytest.mark.parametrize("name", ["event_id", "kind", "occurred_at_ms", "known_at_ms"])
def test_column_that_every_event_needs_is_missed_by_name(table, name):
    """Without ids, kinds or moments there are no events."""
    with pytest.raises(EventError, match=rf"^events: column '{name}' is missing; every event needs it$"):
        check_events(table.drop([name]), "events")


@pytest.mark.parametrize(
    ("name", "values", "type_name"),
    [
        ("amount_minor", pa.array([1.0, None, 2.0, 3.0, None]), "double"),
        ("amount_minor", pa.array(["1", None, "2", "3", None]), "string"),
        ("known_at_ms", pa.array([1_704_067_200_000] * 5, pa.timestamp("ms")), "timestamp[ms]"),
        ("known_at_ms", pa.array([19_723] * 5, pa.date32()), "date32[day]"),
        ("buyer_id", pa.array([1, 2, 3, 4, 5]), "int64"),
        ("buyer_id", pa.array([b"ann"] * 5), "binary"),
        ("claim_type", pa.array([0] * 5), "int64"),
        ("merchant_at_fault", pa.array([None, None, None, None, 1], pa.int8()), "int8"),
        ("quantity", pa.array([True] * 5), "bool"),
        ("evidence_hashes", pa.array(["00000000000000ff"] * 5), "string"),
        ("evidence_hashes", pa.array([[255]] * 5), "list<item: int64>"),
        ("evidence_hashes", pa.array([[b"00000000000000ff"]] * 5), "list<item: binary>"),
    ],
)
def test_column_of_a_wrong_type_is_refused_with_the_right_one(table, name, values, type_name):
    """No float is rounded, no timestamp guessed at, no number turned into an id."""
    with pytest.raises(EventError, match=rf"^events: column '{name}' has type {re.escape(type_name)}; it must be "):
        check_events(with_column(table, name, values), "events")


def test_column_of_integers_that_do_not_fit_is_refused(table):
    """A number beyond int64 is no amount."""
    wide = with_column(table, "quantity", pa.array([2**64 - 1, None, 1, None, None], pa.uint64()))
    with pytest.raises(EventError, match=r"^events: column 'quantity': Integer value 18446744073709551615 "):
        check_events(wide, "events")


@pytest.mark.parametrize(
    ("kind", "field", "value", "complaint"),
    [
        (EventKind.ORDER_PAID, "amount_minor", -1, "is -1; money is an integer"),
        (EventKind.ORDER_PAID, "amount_minor", 10**12 + 1, "is 1000000000001; money is"),
        (EventKind.ORDER_PAID, "amount_minor", None, "missing, and order_paid needs it"),
        (EventKind.ORDER_DELIVERED, "merchant_id", None, "missing, and order_delivered needs it"),
        (EventKind.ORDER_DELIVERED, "order_id", "", "is ''; an id is 1 to 128"),
        (EventKind.ORDER_DELIVERED, "order_id", "a\tb", r"is 'a\\tb'; an id is 1 to 128"),
        (EventKind.ORDER_DELIVERED, "buyer_id", "x" * 129, r"is 'x+; an id is 1 to 128"),
        (EventKind.CLAIM_FILED, "claim_reason", "broke", "is 'broke'; use one of not_received, damaged"),
        (EventKind.CLAIM_FILED, "claim_type", "refund-only", "is 'refund-only'; use one of refund_only"),
        (EventKind.CLAIM_FILED, "order_paid_at_ms", 1_704_067_200, "is 1704067200; a time is integer milliseconds"),
        (EventKind.CLAIM_FILED, "evidence_count", -1, "is -1; a count is"),
        (EventKind.CLAIM_FILED, "claim_text", "x" * 2_001, r"is 'x+; a text has at most 2000"),
        (EventKind.CLAIM_FILED, "claim_text", "a\0b", r"is 'a\\x00b'; a text has at most 2000"),
        (EventKind.CLAIM_FILED, "verdict", "abusive", "claim_filed has no such field; leave it empty"),
        (EventKind.CLAIM_DECIDED, "action", "deny", "is 'deny'; use one of auto_approve"),
        (EventKind.CLAIM_DECIDED, "quantity", 1, "claim_decided has no such field; leave it empty"),
        (EventKind.CLAIM_ADJUDICATED, "verdict_source", "rumour", "is 'rumour'; use one of reviewer"),
        (EventKind.CLAIM_ADJUDICATED, "known_at_ms", 4_102_444_800_000, "is 4102444800000; a time is"),
        (EventKind.FEEDBACK_GIVEN, "rating", 0, "is 0; a rating is an integer, from 1 to 5"),
        (EventKind.FEEDBACK_GIVEN, "rating", 6, "is 6; a rating is an integer, from 1 to 5"),
        (EventKind.RETURN_INSPECTED, "inspection", "lost", "is 'lost'; use one of as_sent, used"),
        (EventKind.ADVANCE_SETTLED, "recovered_minor", None, "missing, and advance_settled needs it"),
        (EventKind.ORDER_SHIPPED, "evidence_hashes", (ONE,), "order_shipped has no such field; leave it empty"),
        (EventKind.ORDER_SHIPPED, "evidence_hashes", (), "order_shipped has no such field; leave it empty"),
        (EventKind.CLAIM_ADJUDICATED, "event_id", None, "missing, and claim_adjudicated needs it"),
    ],
)
def test_wrong_field_is_refused_with_its_row_in_one_line(good_events, kind, field, value, complaint):
    """The message names the file, the row counted from 1, the field, what is wrong, and what to do."""
    events = [good_events[EventKind.ORDER_PAID], good_events[EventKind.CLAIM_FILED], good_events[kind]]
    events = [replace(event, event_id=str(number)) for number, event in enumerate(events)]
    events[2] = replace(events[2], **{field: value})
    with pytest.raises(EventError, match=rf"^a/b\.parquet: row 3, field {field}: {complaint}") as caught:
        check_events(from_events(events), "a/b.parquet")
    assert len(str(caught.value).splitlines()) == 1


HASH_RULE = "; give at most 16 different hashes, each of 16 lower-case hex digits"


@pytest.mark.parametrize(
    ("hashes", "shown"),
    [
        ((ONE, "00000000000000FF"), r"is \('00000000000000ff', '00000000000000FF'\)"),
        (("00000000000000fg",), r"is \('00000000000000fg',\)"),
        (("00000000000000f",), r"is \('00000000000000f',\)"),
        ((ONE + "0",), r"is \('00000000000000ff0',\)"),
        ((ONE + "\n",), r"is \('00000000000000ff\\n',\)"),
        (("",), r"is \('',\)"),
        ((ONE, None), r"is \('00000000000000ff', None\)"),
        ((None, None), r"is \(None, None\)"),
        ((ONE, OTHER, ONE), r"is \('00000000000000ff', 'fedcba9876543210', "),
        (tuple(f"{number:016x}" for number in range(MOST_PICTURES + 1)), r"is \('0000000000000000', "),
    ],
)
def test_wrong_picture_hashes_are_refused_with_their_row_and_the_rule(claim, hashes, shown):
    """Among good rows, with and without pictures, the wrong one is named."""
    lists = [(ONE, OTHER), None, (), (ONE,), hashes, (OTHER, ONE), None]
    events = [replace(claim, event_id=str(number), evidence_hashes=each) for number, each in enumerate(lists)]
    with pytest.raises(EventError, match=rf"^f\.parquet: row 5, field evidence_hashes: {shown}") as caught:
        check_events(from_events(events), "f.parquet")
    assert str(caught.value).endswith(HASH_RULE)
    good = check_events(from_events(events[:4] + events[5:]), "f.parquet")
    assert [event.evidence_hashes for event in to_events(good)] == lists[:4] + lists[5:]


def test_same_picture_in_two_claims_is_no_repeat(claim):
    """Only within a claim are pictures different: across claims, the same one is what is looked for."""
    events = [replace(claim, event_id=str(number), evidence_hashes=(ONE,)) for number in range(3)]
    assert to_events(check_events(from_events(events), "events")) == events


@pytest.mark.parametrize(
    "lists",
    [
        pa.array([[], [ONE], None, [ONE, OTHER], []], pa.large_list(pa.string())),
        pa.array([[], [ONE], None, [ONE, OTHER], []], pa.list_(pa.large_string())),
        pa.chunked_array([pa.array([[], [ONE]]), pa.array([None, [ONE, OTHER], []], pa.list_(pa.string()))]),
        pa.array([[OTHER], [], [ONE], None, [ONE, OTHER], []], pa.list_(pa.string())).slice(1),
    ],
    ids=["large lists", "large words", "chunks", "slice"],
)
def test_lists_of_hashes_in_another_layout_are_put_right(claim, lists):
    """How Arrow lays out a list is nobody's business."""
    table = from_events([replace(claim, event_id=str(number)) for number in range(5)])
    column = table.column_names.index("evidence_hashes")
    checked = check_events(table.set_column(column, "evidence_hashes", lists), "events")
    assert [event.evidence_hashes for event in to_events(checked)] == [(), (ONE,), None, (ONE, OTHER), ()]
    pictures = from_arrow(checked).pictures
    assert (pictures.row.tolist(), hash_words(pictures.hash)) == ([1, 3, 3], [ONE, ONE, OTHER])


def test_lists_of_nothing_known_count_as_missing(claim):
    """A column in which no picture is ever given has no type of its own."""
    table = from_events([claim])
    column = table.column_names.index("evidence_hashes")
    checked = check_events(table.set_column(column, "evidence_hashes", pa.array([[]], pa.list_(pa.null()))), "events")
    assert to_events(checked) == [replace(claim, evidence_hashes=())]


@pytest.mark.parametrize("kind", ["order_lost", "Order_paid", "", None])
def test_unknown_kind_is_refused_with_the_kinds(table, kind):
    """The message lists what kinds there are."""
    kinds = table["kind"].to_pylist()
    kinds[3] = kind
    expected = rf"^events: row 4, field kind: is {kind!r}; use one of order_paid, order_shipped, order_delivered"
    with pytest.raises(EventError, match=expected):
        check_events(with_column(table, "kind", kinds), "events")


def test_ids_that_repeat_are_refused_with_both_rows(table):
    """Each event has an id of its own; the message says which two rows share one."""
    ids = ["a", "b", "c", "d", "b"]
    with pytest.raises(EventError, match=r"^events: rows 2 and 5, field event_id: both are 'b'; give each event"):
        check_events(with_column(table, "event_id", ids), "events")


def test_table_in_chunks_is_checked_like_one_in_a_piece(table):
    """Where Arrow cuts a column is nobody's business, and rows are counted through."""
    assert check_events(pa.concat_tables([table.slice(0, 2), table.slice(2)]), "events") == table
    doubled = pa.concat_tables([table, table])
    with pytest.raises(EventError, match="rows 1 and 6, field event_id"):
        check_events(doubled, "events")


def test_events_written_and_read_are_the_same(table, tmp_path):
    """A file gives back what was put in, and folders on the way are made."""
    path = tmp_path / "a" / "b" / "events.parquet"
    write_events(table, path)
    assert read_events(path) == table
    assert [file.name for file in path.parent.iterdir()] == ["events.parquet"]


def test_file_in_a_folder_that_looks_like_a_partition_gains_no_column(table, tmp_path):
    """A folder called year=2024 is a folder."""
    path = tmp_path / "year=2024" / "events.parquet"
    write_events(table, path)
    assert read_events(path) == table


def test_bad_row_leaves_no_file_behind(table, tmp_path):
    """A file appears whole or not at all."""
    bad = with_column(table, "known_at_ms", [0] * 5)
    with pytest.raises(EventError, match=r"events\.parquet: row 1, field known_at_ms: is 0"):
        write_events(bad, tmp_path / "events.parquet")
    assert list(tmp_path.iterdir()) == []


def test_bad_row_leaves_the_file_that_was_there(table, tmp_path):
    """A failed export doesn't cost the last good one."""
    path = tmp_path / "events.parquet"
    write_events(table, path)
    before = path.read_bytes()
    with pytest.raises(EventError):
        write_events(with_column(table, "known_at_ms", [0] * 5), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_write_that_breaks_off_leaves_the_file_that_was_there(table, tmp_path, monkeypatch):
    """A full disk leaves the old file, and nothing half-written beside it."""
    path = tmp_path / "events.parquet"
    write_events(table, path)
    before = path.read_bytes()

    def write_half(_table, where, **_options):
        where.write_bytes(b"PAR1 half")
        raise OSError("no space left on device")

    monkeypatch.setattr(pq, "write_table", write_half)
    with pytest.raises(OSError, match="no space left"):
        write_events(table, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_good_events_replace_the_file_that_was_there(table, tmp_path):
    """A second export takes the place of the first, whole."""
    path = tmp_path / "events.parquet"
    write_events(table, path)
    write_events(table.slice(0, 2), path)
    assert read_events(path) == table.slice(0, 2)
    assert list(tmp_path.iterdir()) == [path]


def test_target_that_is_a_folder_is_left_alone(table, tmp_path):
    """A folder is not replaced by a file, and nothing is left beside it."""
    folder = tmp_path / "events"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        write_events(table, folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_file_that_is_missing_is_refused_with_ways_to_make_one(tmp_path):
    """The message says where events come from; a folder is no file either."""
    for path in (tmp_path / "events.parquet", tmp_path):
        with pytest.raises(EventError, match=r": no such file; make one with 'clearclaim-train simulate' or"):
            read_events(path)


def test_file_that_is_no_parquet_is_refused_in_one_line(tmp_path):
    """A CSV file, an empty one and half a file are named as what they are not."""
    for number, content in enumerate([b"event_id,kind\n1,order_paid\n", b"", b"PAR1" + b"\0" * 40]):
        path = tmp_path / f"{number}.parquet"
        path.write_bytes(content)
        with pytest.raises(EventError, match=rf"{number}\.parquet: not a Parquet file of events \(.+\)$") as caught:
            read_events(path)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("part", ["data", "footer"])
def test_file_that_is_damaged_is_refused_in_one_line(table, tmp_path, part):
    """Bytes that were lost inside a file are noticed, and reported like any other bad file."""
    path = tmp_path / "events.parquet"
    write_events(table, path)
    content = bytearray(path.read_bytes())
    start = 4 if part == "data" else len(content) - 300
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(EventError, match=r"events\.parquet: not a Parquet file of events \(.+\)$") as caught:
        read_events(path)
    assert len(str(caught.value).splitlines()) == 1


def test_file_with_a_bad_row_is_refused_on_reading(table, tmp_path):
    """A file that somebody else wrote is checked as well."""
    path = tmp_path / "events.parquet"
    pq.write_table(with_column(table, "merchant_id", ["shop", "shop", "", "shop", "shop"]), path)
    with pytest.raises(EventError, match=r"events\.parquet: row 3, field merchant_id: is ''; an id is"):
        read_events(path)


def test_schema_has_a_column_for_each_field():
    """The layout follows the table of fields."""
    assert EVENT_SCHEMA.names == list(EVENT_FIELDS)
