"""What the contract's tests do with stores."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from features.assemble import Assembler
from features.engines.online import OnlineEngine
from features.events import Event, EventKind
from features.facts import facts_of_event
from features.store import Store
from features.store.log import insert_events, read_log
from features.store.vectors import log_vector
from tests.spec.engines import History, history_of

# every kind of database that a store may live in has a line here, and the whole suite runs on each
DATABASES: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder / 'store.db'}"}

Contents = tuple[list[dict[str, object]], History]


def contents(store: Store) -> Contents:
    """All that a store holds of events and history."""
    with store.reading() as connection:
        return read_log(connection).to_pylist(), history_of(connection)


def append(store: Store, events: Sequence[Event]) -> None:
    """Take events into the log and the history as they are."""
    with store.writing() as connection:
        insert_events(connection, events)
        OnlineEngine(store.plan).append(connection, events)


def serve(store: Store, events: Sequence[Event]) -> None:
    """Take events one by one as a service does: stamped on arrival, and the vector of each claim logged."""
    online, assembler = OnlineEngine(store.plan), Assembler(store.plan)
    for event in events:
        with store.writing() as connection:
            keys = online.keys(event)
            stamped = replace(event, known_at_ms=online.next_moment(connection, keys, event.known_at_ms))
            if event.kind is EventKind.CLAIM_FILED and event.claim_id is not None:
                window = online.window_totals(connection, keys, stamped.known_at_ms)
                vector = assembler.assemble(window, facts_of_event(stamped))[0]
                log_vector(connection, event.claim_id, stamped.known_at_ms, store.plan.catalog_hash, vector)
            insert_events(connection, [stamped])
            online.append(connection, [stamped])
