"""How far the decisions of a store were read, and what comes next: a part of the outbox, or of the ledger itself.

The outbox gives decisions places in the order of their commits, so nothing comes in behind a reader's back. Where it
begins too late - nothing was read before, or what wasn't read was pruned - the ledger is swept: the reader first notes
the newest place, then reads all decisions there are, part by part in the order of their moments, and goes on in the
outbox from that place. What is decided during the sweep has a later place, and is found there if not before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, NamedTuple

import sqlalchemy as sa

from serving.cases.asked import ASKS_FOR_PERSON
from serving.cases.tables import CASE_CURSOR
from serving.ledger import DECISION
from serving.outbox.kinds import CLAIM_ADJUDICATED, CLAIM_DECIDED
from serving.outbox.rows import newest_place
from serving.outbox.tables import COUNTER, OUTBOX, PRUNED, place_in

_NAME: Final = "opening"
_BEFORE_ALL: Final = -1  # no moment is that early
_INSERT: Final = sa.text(
    "INSERT INTO case_cursor (name, place, swept_ms, swept_claim) VALUES (:name, :place, :swept_ms, :swept_claim) "
    "ON CONFLICT (name) DO NOTHING"
)


class Cursor(NamedTuple):
    """How far was read: a place of the outbox; in a sweep also the last decision of the ledger."""

    place: int
    swept_ms: int | None = None
    swept_claim: str | None = None

    @property
    def is_sweep(self) -> bool:
        """Whether the ledger is being read."""
        return self.swept_ms is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """That somebody ruled on a claim, as the outbox tells it."""

    claim_id: str
    adjudication_id: str
    source: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Part:
    """What is read in one go: claims whose decisions may ask for a person, verdicts, and how far is read then."""

    after: Cursor
    claims: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


def find_cursor(connection: sa.Connection) -> Cursor | None:
    """How far was read; None where nothing was."""
    return _cursor(connection, _ROW)


def lock_cursor(connection: sa.Connection) -> Cursor | None:
    """The same, until the transaction ends for nobody else; None also where somebody else has it."""
    return _cursor(connection, _ROW.with_for_update(skip_locked=True))


def move_cursor(connection: sa.Connection, before: Cursor | None, after: Cursor) -> bool:
    """Write down how far was read, if it still stands where it was; return whether it did.

    The cursor is locked then, so nobody else opens what was read.
    """
    if before is None:
        return connection.execute(_INSERT, {"name": _NAME, **after._asdict()}).rowcount == 1
    if lock_cursor(connection) != before:
        return False
    connection.execute(sa.update(CASE_CURSOR).where(CASE_CURSOR.c.name == _NAME).values(after._asdict()))
    return True


def next_part(connection: sa.Connection, cursor: Cursor | None, rows: int) -> Part | None:
    """What comes next, at most so many rows of it; None where there is nothing."""
    if cursor is not None and cursor.is_sweep:
        return _part_of_ledger(connection, cursor, rows)
    if cursor is None or cursor.place < _pruned_place(connection):
        return Part(Cursor(newest_place(connection), _BEFORE_ALL, ""))
    return _part_of_outbox(connection, cursor, rows)


def _part_of_ledger(connection: sa.Connection, cursor: Cursor, rows: int) -> Part:
    moment, claim = DECISION.c.decided_at_ms, DECISION.c.claim_id
    is_later = (moment > cursor.swept_ms) | ((moment == cursor.swept_ms) & (claim > cursor.swept_claim))
    query = (
        sa.select(moment, claim, ASKS_FOR_PERSON.label("asks"))
        # the bound on the moment alone is what the index goes by
        .where(moment >= cursor.swept_ms, is_later)
        .order_by(moment, claim)
        .limit(rows)
    )
    found = connection.execute(query).all()
    if not found:
        return Part(Cursor(cursor.place))
    last = found[-1]
    return Part(
        Cursor(cursor.place, last.decided_at_ms, last.claim_id), tuple(row.claim_id for row in found if row.asks)
    )


def _part_of_outbox(connection: sa.Connection, cursor: Cursor, rows: int) -> Part | None:
    place = place_in(connection)
    query = (
        sa.select(place.label("at"), OUTBOX.c.claim_id, OUTBOX.c.kind, OUTBOX.c.payload, OUTBOX.c.at_ms)
        .where(place > cursor.place)
        .order_by(place)
        .limit(rows)
    )
    found = connection.execute(query).all()
    if not found:
        return None
    verdicts = tuple(_verdict(row) for row in found if row.kind == CLAIM_ADJUDICATED)
    decided = tuple(dict.fromkeys(row.claim_id for row in found if row.kind == CLAIM_DECIDED))
    return Part(Cursor(found[-1].at), decided, verdicts)


def _verdict(row: sa.Row[tuple[int, str, str, str, int]]) -> Verdict:
    told = json.loads(row.payload)
    return Verdict(row.claim_id, told.get("adjudication_id", ""), told.get("source", "reviewer"), row.at_ms)


def _pruned_place(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(COUNTER.c.place).where(COUNTER.c.name == PRUNED)) or 0


_ROW: Final = sa.select(CASE_CURSOR.c.place, CASE_CURSOR.c.swept_ms, CASE_CURSOR.c.swept_claim).where(
    CASE_CURSOR.c.name == _NAME
)


def _cursor(connection: sa.Connection, query: sa.Select[tuple[int, int | None, str | None]]) -> Cursor | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else Cursor(row.place, row.swept_ms, row.swept_claim)
