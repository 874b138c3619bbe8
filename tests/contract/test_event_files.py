"""Events in and out by files: Parquet and NDJSON, bit by bit, stopped and started again."""

import gzip
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from features.event_file import from_events, to_events, write_events
from features.events import EventError
from features.store import bulk, event_source, json_lines, log
from features.store.bulk import Imported, import_events, import_file
from features.store.errors import RewriteError
from features.store.event_sink import export_file
from features.store.log import EventConflictError, insert_events, new_events, read_log, stored_events
from tests.contract.stores import contents

SUFFIXES = [".parquet", ".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.GZ"]
ODD_TEXT = "a\tb\\n\\\n\r\n\\.\n\"quoted\", 'single', %s :x {} NULL \\N 杯子 🍵 \u2028"


@pytest.fixture(scope="session")
def odd(history):
    """The history with all that a file or a statement could trip over."""
    hashes = [(), ("00000000000000ff",), ("ffffffffffffffff", "0123456789abcdef")]
    claims = [event for event in history if event.claim_type is not None]
    named = [replace(event, buyer_id='O\'Brien; \\ "杯"') for event in history if event.claim_type is None]
    odd_claims = [
        replace(
            claim, event_id=f"{claim.event_id} {number}", claim_id=f"c{number}", claim_text=text, evidence_hashes=own
        )
        for claim, (number, (text, own)) in zip(
            [*claims, *claims], enumerate(zip([ODD_TEXT, "", None, "\\N"], [*hashes, None], strict=True)), strict=True
        )
    ]
    return tuple(sorted([*named, *odd_claims], key=lambda event: event.known_at_ms))


@pytest.fixture
def lines(tmp_path):
    """Write a file of lines, each a text or an object; give its path."""

    def written(*rows, name="events.ndjson"):
        path = tmp_path / name
        texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return path

    return written


def as_line(event):
    """An event as an object of NDJSON."""
    return {name: value for name, value in event.as_dict().items() if value is not None}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_events_exported_and_imported_make_the_same_store(
    suffix, new_url, open_store, tmp_path, odd, later, monkeypatch
):
    """A store can be moved as a file: log and history arrive byte for byte, however odd the texts are."""
    monkeypatch.setattr(log, "READ_ROWS", 3)
    store, other = open_store(new_url()), open_store(new_url())
    import_events(store, from_events([*odd, *later]), "odd")
    assert contents(store)[0] == from_events([*odd, *later]).to_pylist()
    file = tmp_path / "out" / f"events{suffix}"
    assert export_file(store, file) == len(odd) + len(later)
    done = import_file(other, file, part_events=4)
    assert (done.new, done.known) == (len(odd) + len(later), 0)
    assert contents(other) == contents(store)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_single_events_are_read_as_they_were_written(store, odd):
    """What one event says is kept to the letter, pictures included: none, nobody said, or several."""
    with store.writing() as connection:
        insert_events(connection, odd)
        assert stored_events(connection, [event.event_id for event in odd]) == {event.event_id: event for event in odd}
        assert new_events(connection, odd) == []
        assert to_events(read_log(connection)) == list(odd)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_store_without_events_can_be_exported_and_imported(suffix, store, tmp_path):
    """Nothing is a valid number of events."""
    file = tmp_path / f"events{suffix}"
    assert export_file(store, file) == 0
    assert import_file(store, file) == Imported(0, 0, 0)


def test_file_in_no_order_is_imported_as_one_in_order(new_url, open_store, lines, history, later):
    """Files needn't be sorted; ties stay as they lie."""
    sorted_store, other = open_store(new_url()), open_store(new_url())
    import_file(sorted_store, lines(*map(as_line, [*history, *later])))
    import_file(other, lines(*map(as_line, [*later, *history])), part_events=3)
    assert contents(other) == contents(sorted_store)


@pytest.mark.parametrize("parts_done", [1, 2, 3])
def test_import_that_was_stopped_goes_on_where_it_stopped(parts_done, new_url, open_store, tmp_path, history, later):
    """Each part is whole or absent; started again, the parts that are there change nothing."""
    store, other = open_store(new_url()), open_store(new_url())
    write_events(from_events([*history, *later]), tmp_path / "events.parquet")
    reports = []

    def stop(done, total, what):
        reports.extend([(done, total)] if what == "events" else [])
        if len(reports) == parts_done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(store, tmp_path / "events.parquet", stop, part_events=5)
    there, total = reports[-1]
    assert len(contents(store)[0]) == there < total
    again = import_file(store, tmp_path / "events.parquet", part_events=5)
    assert (again.new, again.known) == (total - there, there)
    import_file(other, tmp_path / "events.parquet")
    assert contents(store) == contents(other)


def test_import_of_a_file_that_is_in_already_does_not_look_again(store, tmp_path, history, later, monkeypatch):
    """A file is known by its content: what came in from it isn't compared once more, under whatever name."""
    write_events(from_events([*history, *later]), tmp_path / "events.parquet")
    import_file(store, tmp_path / "events.parquet", part_events=3)
    (tmp_path / "events.parquet").rename(tmp_path / "other.parquet")
    before = contents(store)
    monkeypatch.setattr(bulk, "new_rows", None)
    done = import_file(store, tmp_path / "other.parquet", part_events=5)
    assert done == Imported(0, len(history) + len(later), 0)
    assert contents(store) == before


def test_part_that_is_refused_leaves_the_parts_before_it(store, tmp_path, history, later):
    """An import tells what stopped it, and takes nothing of the part that holds it."""
    changed = replace(history[0], amount_minor=9, known_at_ms=later[-1].known_at_ms)
    import_events(store, from_events(list(history[:2])), "two")
    write_events(from_events([*history[2:], *later]), tmp_path / "good.parquet")
    write_events(from_events([*history[2:], *later[:2], changed]), tmp_path / "bad.parquet")
    with pytest.raises(EventConflictError, match=r"^event 'event 0', field amount_minor: differs"):
        import_file(store, tmp_path / "bad.parquet", part_events=7)
    assert len(contents(store)[0]) == 8
    assert import_file(store, tmp_path / "good.parquet").new == len(later)


def test_moment_of_one_entity_is_never_torn_in_two(store, history):
    """Parts of one event each would have events of the same moment refuse one another."""
    together = [replace(event, event_id=f"{event.event_id} {n}") for event in history for n in range(5)]
    moved = [replace(event, claim_id=event.claim_id and event.event_id, order_id=event.event_id) for event in together]
    assert import_events(store, from_events(moved), "events", part_events=1).new == len(moved)


def test_event_that_a_file_repeats_counts_once(store, lines, history):
    """A file may say a thing twice, near or far."""
    rows = [as_line(event) for event in [*history, history[0], history[-1]]]
    done = import_file(store, lines(*rows), part_events=3)
    assert (done.new, done.known) == (len(history), 2)


def test_file_that_contradicts_itself_is_refused(store, lines, history):
    """One id, one fact."""
    with pytest.raises(EventConflictError, match=r"^event 'event 7', field quantity: differs"):
        import_file(store, lines(*map(as_line, [*history, replace(history[-1], quantity=2)])))
    assert contents(store)[0] == []


def test_file_that_reaches_back_behind_a_promise_is_refused(store, lines, history):
    """Where a claim was scored as of a moment, nothing may be known before it afterwards."""
    import_file(store, lines(*map(as_line, history)))
    last_ms = history[-1].known_at_ms
    with store.writing() as connection:
        store.raise_floors(connection, ["b\x1fann"], last_ms + 100)
    late = replace(history[0], event_id="late", merchant_id="new", product_id="new", known_at_ms=last_ms + 99)
    with pytest.raises(RewriteError, match=r"^event 'late', field known_at_ms"):
        import_file(store, lines(as_line(late)))
    assert import_file(store, lines(as_line(replace(late, known_at_ms=last_ms + 100)))).new == 1


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("{", r"line 4: not JSON \(.*\); write one event a line"),
        ("[1]", "line 4: not an object; write one event a line"),
        ("{} {}", "line 4: not JSON"),
        ('{"event_id": "\\ud800"}', "line 4, field event_id: is '.ud800'; an id is"),
        ({"colour": "red"}, "line 4: 'colour' is not a field of an event"),
        ({"amount_minor": 1.5}, r"line 4, field amount_minor: is 1\.5; money is an integer"),
        ({"amount_minor": 1.0}, r"line 4, field amount_minor: is 1\.0; money is an integer"),
        ({"amount_minor": True}, "line 4, field amount_minor: is True; money is an integer"),
        ({"amount_minor": "1"}, "line 4, field amount_minor: is '1'; money is an integer"),
        ({"amount_minor": 10**30}, "line 4, field amount_minor: is 10+; money is an integer"),
        ({"amount_minor": -1}, "line 4, field amount_minor: is -1; money is an integer"),
        ({"amount_minor": None}, "line 4, field amount_minor: missing, and order_paid needs it"),
        ({"event_id": 7}, "line 4, field event_id: is 7; an id is"),
        ({"event_id": {"a": 1}}, r"line 4, field event_id: is \{'a': 1\}; an id is"),
        ({"kind": "order_lost"}, "line 4, field kind: is 'order_lost'; use one of"),
        ({"verdict": "abusive"}, "line 4, field verdict: order_paid has no such field"),
        ({"evidence_hashes": ["zz"]}, "line 4, field evidence_hashes: "),
        ({"evidence_hashes": [1]}, r"line 4, field evidence_hashes: is \[1\]; give at most 16"),
        ({"evidence_hashes": [["a"]]}, "line 4, field evidence_hashes: "),
        ({"evidence_hashes": "00000000000000ff"}, "line 4, field evidence_hashes: is '0+ff'; give at most 16"),
    ],
)
def test_wrong_line_is_named_and_nothing_taken(store, lines, history, monkeypatch, change, complaint):
    """The line and the field are told, counted from the start of the file, empty lines included."""
    monkeypatch.setattr(json_lines, "READ_LINES", 2)
    wrong = change if isinstance(change, str) else {**as_line(history[2]), **as_line(history[0]), **change}
    file = lines(as_line(history[0]), "", as_line(history[1]), wrong)
    with pytest.raises(EventError, match=rf"events\.ndjson: {complaint}") as caught:
        import_file(store, file, part_events=1)
    assert len(str(caught.value).splitlines()) == 1
    assert contents(store) == ([], [])


def test_wrong_row_of_a_later_row_group_is_counted_from_the_start(store, tmp_path, history, monkeypatch):
    """All of a file is checked before any of it is taken, and rows are those of the file."""
    monkeypatch.setattr(event_source, "READ_ROWS", 3)
    table = from_events([*history[:-1], replace(history[-1], amount_minor=-9)])
    pq.write_table(table, tmp_path / "events.parquet", row_group_size=2)
    with pytest.raises(EventError, match=r"events\.parquet: row 8, field amount_minor: is -9"):
        import_file(store, tmp_path / "events.parquet", part_events=1)
    assert contents(store) == ([], [])


def test_file_of_no_known_kind_is_refused(store, tmp_path):
    """The name says what a file is; the message, which names there are."""
    for act in (import_file, export_file):
        with pytest.raises(EventError, match=r"events\.csv: not a kind of file that holds events; use \.parquet, "):
            act(store, tmp_path / "events.csv")
    assert list(tmp_path.glob("events*")) == []


@pytest.mark.parametrize("name", ["events.parquet", "events.ndjson", "events.ndjson.gz"])
def test_file_that_is_not_there_is_refused(store, tmp_path, name):
    """The message says where one could come from."""
    with pytest.raises(EventError, match=r"events\..*: no such file; make one with 'clearclaim-train simulate'"):
        import_file(store, tmp_path / name)


def test_damaged_file_is_refused(store, tmp_path, history):
    """Half a file is no file."""
    packed = gzip.compress(json.dumps(as_line(history[0])).encode() * 100)
    for name, content, words in [
        ("cut.ndjson.gz", packed[:-20], "can't be read"),
        ("plain.ndjson.gz", b"{}", "can't be read"),
        ("other.parquet", b"PAR1 no", "not a Parquet file"),
        ("binary.ndjson", b"\xff\xfe{}\n", "line 1: not JSON"),
        ("long.ndjson", b"[" * 2_000_000, "line 1: longer than any event"),
        ("deep.ndjson", b"[" * 200_000, "line 1: not JSON"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EventError, match=f"{name}: {words}") as caught:
            import_file(store, tmp_path / name)
        assert len(str(caught.value).splitlines()) == 1


def test_byte_order_mark_is_no_part_of_the_first_line(store, lines, history):
    """Some systems put one in front."""
    file = lines("\ufeff" + json.dumps(as_line(history[0])))
    assert import_file(store, file).new == 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_export_that_is_stopped_leaves_the_earlier_file(store, tmp_path, history, suffix):
    """A file appears whole or not at all."""
    import_events(store, from_events(list(history)), "history")
    file = tmp_path / f"events{suffix}"
    file.write_text("before")

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_file(store, file, stop)
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir() if "events" in path.name] == [file.name]
