"""Out of one store and into another."""

from features.event_file import read_events, write_events
from features.store.bulk import import_events
from features.store.log import insert_events, read_log
from tests.contract.stores import append, contents


def test_events_exported_and_imported_make_the_same_store(url, other_url, open_store, tmp_path, history, later):
    """A store can be moved as a file of events: log and history arrive byte for byte."""
    store, other = open_store(url), open_store(other_url)
    append(store, history)
    append(store, later)
    with store.reading() as connection:
        write_events(read_log(connection), tmp_path / "events.parquet")
    table = read_events(tmp_path / "events.parquet")
    assert import_events(other, table, "events.parquet").new == len(history) + len(later)
    assert contents(other) == contents(store)


def test_store_without_events_can_be_exported_and_imported(url, other_url, open_store, tmp_path):
    """Nothing is a valid number of events."""
    store, other = open_store(url), open_store(other_url)
    with store.reading() as connection:
        write_events(read_log(connection), tmp_path / "events.parquet")
    done = import_events(other, read_events(tmp_path / "events.parquet"), "events.parquet")
    assert (done.new, done.known, done.history_rows) == (0, 0, 0)
    assert contents(other) == ([], [])


def test_log_is_read_in_the_order_of_knowledge_and_then_of_arrival(store, history):
    """Whatever order events came in, the log reads by when they were known; ties stay as they came."""
    backwards = list(reversed(history))
    with store.writing() as connection:
        insert_events(connection, backwards)
    events, _ = contents(store)
    expected = sorted(backwards, key=lambda event: event.known_at_ms)
    assert [event["event_id"] for event in events] == [event.event_id for event in expected]
