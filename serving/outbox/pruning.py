"""Forgetting what was told long ago, a little at a time.

A row goes once it is old enough and no subscription still needs it. The newest one always stays: SQLite would give its
number to the next row, and a reader who has seen the one would pass over the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store
from serving.outbox.rows import give_places, newest_place
from serving.outbox.tables import COUNTER, DELIVERY, OUTBOX, PRUNED, PRUNED_AT_MS, WEBHOOK, place_in

PART_ROWS: Final = 2_000  # in one transaction: claims wait for no more than that


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of the feed, and how many dead letters, are gone."""

    rows: int
    dead_letters: int


def prune_outbox(store: Store, before_ms: int) -> Pruned:
    """Remove dead letters that failed before a moment, and rows from before it that nobody is still to be told of.

    The feed then begins after them; a cursor from before says so instead of leaving a gap.
    """
    give_places(store)
    dead = sa.delete(DELIVERY).where(DELIVERY.c.next_at_ms.is_(None), DELIVERY.c.failed_at_ms < before_ms)
    with store.writing() as connection:
        dead_letters = connection.execute(dead).rowcount
    rows, gone = 0, -1
    while gone:
        with store.writing() as connection:
            gone = _prune_part(connection, before_ms)
        rows += gone
    return Pruned(rows, dead_letters)


def _prune_part(connection: sa.Connection, before_ms: int) -> int:
    """Remove the oldest rows up to the first one that has to stay, so that the feed begins at one place."""
    place = place_in(connection)
    needed = connection.scalar(sa.select(sa.func.min(WEBHOOK.c.place)).where(WEBHOOK.c.removed_at_ms.is_(None)))
    last = newest_place(connection) - 1 if needed is None else min(needed, newest_place(connection) - 1)
    waiting = connection.scalar(sa.select(sa.func.min(DELIVERY.c.place)))
    last = last if waiting is None else min(last, waiting - 1)
    part = sa.select(place, OUTBOX.c.at_ms).where(place <= last).order_by(place).limit(PART_ROWS)
    upto = latest_ms = 0
    for of_row, at_ms in connection.execute(part):
        if at_ms >= before_ms:
            break
        upto, latest_ms = of_row, max(latest_ms, at_ms)
    if not upto:
        return 0
    connection.execute(sa.update(COUNTER).where(COUNTER.c.name == PRUNED).values(place=upto))
    _note_latest(connection, latest_ms)
    return connection.execute(sa.delete(OUTBOX).where(place <= upto)).rowcount


def pruned_at_ms(connection: sa.Connection) -> int | None:
    """When the latest thing happened of which a row was pruned; None where that isn't on record."""
    latest_ms: int | None = connection.scalar(sa.select(COUNTER.c.place).where(COUNTER.c.name == PRUNED_AT_MS))
    return latest_ms


def _note_latest(connection: sa.Connection, at_ms: int) -> None:
    known_ms = pruned_at_ms(connection)
    if known_ms is None:
        connection.execute(sa.insert(COUNTER).values(name=PRUNED_AT_MS, place=at_ms))
    elif at_ms > known_ms:
        connection.execute(sa.update(COUNTER).where(COUNTER.c.name == PRUNED_AT_MS).values(place=at_ms))
