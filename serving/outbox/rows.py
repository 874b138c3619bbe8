"""Writing what there is to tell, and giving each row its place.

Where several write at once (PostgreSQL), sequence numbers are taken before the commit: a reader that has seen number 7
can't know whether 6 will still come. So rows get their places afterwards, from one who sees them committed: who gives
places holds a lock until its own commit, so the next one sees all of its rows, and places rise without a gap. No
writer of claims waits for that, and no long transaction holds it up.

SQLite has one writer at a time, which takes its numbers after the commit before it. There the sequence is the place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store
from features.store.rows import write_rows
from serving.outbox.kinds import CLAIM_DECIDED, KINDS
from serving.outbox.tables import COUNTER, OUTBOX, PLACED, place_in

MOST_AT_ONCE: Final = 10_000  # rows that get their places in one transaction

_GIVE_PLACES: Final = sa.text(
    "UPDATE outbox SET place = :last + unplaced.number FROM ("
    "SELECT sequence, row_number() OVER (ORDER BY sequence) AS number FROM outbox WHERE place IS NULL "
    "ORDER BY sequence LIMIT :most"
    ") AS unplaced WHERE outbox.sequence = unplaced.sequence"
)


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell: of which claim, what kind of thing, and when it happened.

    `payload` is the message's data as JSON; a decision has none, as the ledger has it.
    """

    claim_id: str
    kind: str
    at_ms: int
    payload: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r}: nobody is told of that; use one of {', '.join(KINDS)}")
        if (self.payload is None) != (self.kind == CLAIM_DECIDED):
            raise ValueError(f"kind {self.kind!r}: a decision is told out of the ledger, all else by its payload")


def note(connection: sa.Connection, rows: Iterable[Note]) -> None:
    """Write what there is to tell, in the transaction in which it happens."""
    values = [asdict(row) for row in rows]
    if values:
        connection.execute(sa.insert(OUTBOX), values)


def note_decision(connection: sa.Connection, claim_id: str, at_ms: int) -> None:
    """The same for a decision, of which there is one with every claim."""
    write_rows(connection, OUTBOX, [(claim_id, CLAIM_DECIDED, at_ms)], ("claim_id", "kind", "at_ms"))


def give_places(store: Store) -> None:
    """Give a place to every row that is committed and has none. If somebody else does so right now, that will do."""
    if not store.locks_rows:
        return
    placed = MOST_AT_ONCE
    while placed == MOST_AT_ONCE:
        with store.reading() as connection:
            if connection.scalar(sa.select(OUTBOX.c.sequence).where(OUTBOX.c.place.is_(None)).limit(1)) is None:
                return
        with store.writing() as connection:
            placed = _give_some(connection)


def newest_place(connection: sa.Connection) -> int:
    """The place of the newest row that has one; 0 where there is none."""
    return connection.scalar(sa.select(sa.func.max(place_in(connection)))) or 0


def _give_some(connection: sa.Connection) -> int:
    counter = sa.select(COUNTER.c.place).where(COUNTER.c.name == PLACED).with_for_update(skip_locked=True)
    last = connection.scalar(counter)
    if last is None:
        return 0
    # a statement of its own, after the lock: it sees what the holder before has committed
    placed = connection.execute(_GIVE_PLACES, {"last": last, "most": MOST_AT_ONCE}).rowcount
    connection.execute(sa.update(COUNTER).where(COUNTER.c.name == PLACED).values(place=last + placed))
    return placed
