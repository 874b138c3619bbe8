"""One claim from raw events, as a service without running totals would: plain SQL with a covering index, in SQLite.

One statement per entity reads the longest window once, from the index alone, and sums each window by a condition.
Its cost grows with the events in that window, where two seeks into running totals don't care.
"""

from __future__ import annotations

import sqlite3
from functools import cache

import numpy as np

from peers.work import AGGREGATES, ENTITIES, WIDTH, WINDOWS_MS, Ints, Work


def prepare(connection: sqlite3.Connection, work: Work) -> None:
    """Make and fill the table `events` with one covering index per entity, (entity, known_at_ms, increments ...)."""
    names = (*ENTITIES, "known_at_ms", *AGGREGATES)
    columns = (*work.codes, work.known_at_ms, *work.adds)
    with connection:
        connection.execute(f"CREATE TABLE events ({', '.join(f'{name} INTEGER NOT NULL' for name in names)})")
        rows = zip(*(column.tolist() for column in columns), strict=True)
        connection.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(names))})", rows)  # noqa: S608
        for entity in ENTITIES:
            connection.execute(f"CREATE INDEX by_{entity} ON events ({entity}, known_at_ms, {', '.join(AGGREGATES)})")
        connection.execute("ANALYZE")


def claim_of(work: Work, index: int) -> tuple[int, ...]:
    """The claim in a row of the answer, for `answer`: its entities' codes and then its as_of in milliseconds."""
    event = work.claims[index]
    return (*(int(codes[event]) for codes in work.codes), int(work.known_at_ms[event]))


def answer(connection: sqlite3.Connection, claim: tuple[int, ...]) -> Ints:
    """The totals of one claim, shape (WIDTH,)."""
    *codes, as_of = claim
    begins = [as_of - window_ms for window_ms in WINDOWS_MS]
    found: list[int] = []
    for entity, code in zip(ENTITIES, codes, strict=True):
        found += connection.execute(_query(entity), (*begins, code, as_of)).fetchone()
    return np.array(found, dtype=np.int64).reshape(WIDTH)


@cache
def _query(entity: str) -> str:
    """The statement for one entity; parameters 1 to 5 are the windows' begins, then its code, then as_of."""
    longest = len(WINDOWS_MS)
    sums = [
        f"coalesce(sum({name}), 0)" if window == longest
        else f"coalesce(sum({name}) FILTER (WHERE known_at_ms >= ?{window}), 0)"
        for window in range(1, longest + 1)
        for name in AGGREGATES
    ]  # fmt: skip
    return (
        f"SELECT {', '.join(sums)} FROM events "  # noqa: S608
        f"WHERE {entity} = ?{longest + 1} AND known_at_ms >= ?{longest} AND known_at_ms < ?{longest + 2}"
    )
