"""What the contract's tests do with stores."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from features.assemble import Assembler
from features.engines.online import OnlineEngine
from features.events import Event, EventKind
from features.facts import facts_of_event
from features.store import Store
from features.store.log import insert_events, read_log
from features.store.vectors import log_vector
from tests.spec.engines import History, history_of

Contents = tuple[list[dict[str, object]], History]


def contents(store: Store) -> Contents:
    """All that a store holds of events and history."""
    with store.reading() as connection:
        return read_log(connection).to_pylist(), history_of(connection)


def append(store: Store, events: Sequence[Event]) -> None:
    """Take events into the log and the history as they are."""
    online = OnlineEngine(store.plan)
    with store.writing() as connection:
        store.lock(connection, {key for event in events for key in online.keys(event)})
        insert_events(connection, events)
        online.append(connection, events)


def serve(store: Store, events: Sequence[Event]) -> None:
    """Take events one by one as a service does: stamped on arrival, and the vector of each claim logged."""
    online, assembler = OnlineEngine(store.plan), Assembler(store.plan)
    for event in events:
        with store.writing() as connection:
            if event.kind is EventKind.CLAIM_FILED:
                _score(store, connection, online, assembler, event)
                continue
            keys = online.keys(event)
            store.lock(connection, keys)
            stamped = replace(event, known_at_ms=online.next_moment(connection, keys, event.known_at_ms))
            insert_events(connection, [stamped])
            online.append(connection, [stamped])


def _score(store: Store, connection: sa.Connection, online: OnlineEngine, assembler: Assembler, event: Event) -> None:
    begun = online.begin_claim(store, connection, event, event.known_at_ms)
    claim = replace(event, known_at_ms=begun.as_of_ms)
    ring = online.ring(connection, claim, claim.known_at_ms)
    window = online.window_totals(connection, claim, claim.known_at_ms, ring, begun)
    vector = assembler.assemble(window, facts_of_event(claim))[0]
    log_vector(connection, claim.claim_id or "", claim.known_at_ms, store.plan.catalog_hash, vector)
    insert_events(connection, [claim])
    online.append(connection, [claim], begun)
    online.end_claim(store, connection, claim, ring)
