"""Stores and claims to measure on."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.arrays import Floats
from features.assemble import Assembler
from features.engines.batch import feature_vectors
from features.engines.online import OnlineEngine
from features.event_file import to_events
from features.event_table import EventTable, from_arrow
from features.events import Event, EventKind
from features.facts import facts_of_event
from features.plan import Plan
from features.store import Store
from features.store.bulk import Imported, import_events


@contextmanager
def filled(url: str, plan: Plan, events: pa.Table) -> Iterator[tuple[Store, Imported]]:
    """A store with these events, closed at the end."""
    store = Store.open(url, plan)
    try:
        yield store, import_events(store, events, "events")
    finally:
        store.close()


def file_url(folder: str) -> str:
    """The URL of a new SQLite store in a folder."""
    return f"sqlite:///{Path(folder) / 'bench.db'}"


def some_claims(events: pa.Table, number: int | None = None) -> tuple[EventTable, list[int], list[Event]]:
    """The events as a table, and claims among them: their rows, and as single events; all, or so many by chance."""
    table = from_arrow(events)
    rows = table.rows_of(EventKind.CLAIM_FILED).tolist()
    if number is not None:
        rows = sorted(random.Random(7).sample(rows, number))
    return table, rows, to_events(events.take(rows))


def ask(store: Store, claims: Sequence[Event]) -> tuple[Floats, list[float]]:
    """The vectors of claims by the online engine, shape (claims, columns), and the milliseconds that each took."""
    online, assembler = OnlineEngine(store.plan), Assembler(store.plan)
    vectors, times = [], []
    with store.reading() as connection:
        for claim in claims:
            began = time.perf_counter()
            window = online.window_totals(connection, claim, claim.known_at_ms)
            vectors.append(assembler.assemble(window, facts_of_event(claim))[0])
            times.append((time.perf_counter() - began) * 1000)
    return np.array(vectors), times


def batch_vectors(plan: Plan, table: EventTable, rows: Sequence[int]) -> Floats:
    """The vectors of claims by the batch engine."""
    return feature_vectors(plan, table, np.array(rows, dtype=np.int64))


def mismatches(one: Floats, other: Floats) -> int:
    """In how many values two sets of vectors differ; missing is equal to missing."""
    return int((~((one == other) | (np.isnan(one) & np.isnan(other)))).sum())
