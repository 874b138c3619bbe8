"""Decisions after a cursor: every one of them once, in an order that never changes.

A reader keeps the cursor of its last page. Nothing is written down about readers, so there may be any number.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store
from serving.ledger import DECISION
from serving.outbox.kinds import CLAIM_DECIDED
from serving.outbox.rows import give_places, newest_place
from serving.outbox.tables import COUNTER, OUTBOX, PRUNED, place_in

MOST_DECISIONS: Final = 1_000  # on a page
_CURSOR: Final = re.compile(rb"1:(0|[1-9][0-9]{0,17})")  # its own version first


class CursorError(ValueError):
    """A cursor that this feed never gave."""


class CursorExpiredError(CursorError):
    """A cursor from before what was pruned: to go on would leave out decisions without a word."""


@dataclass(frozen=True, slots=True)
class Page:
    """Decisions, each as the JSON of its answer, and the cursor to ask for what comes after them."""

    decisions: tuple[str, ...]
    cursor: str


def read_decisions(store: Store, cursor: str | None, limit: int) -> Page:
    """A page of the feed as of now: what is committed is on it or on one that follows.

    Raises:
        CursorError: as `decisions_after`.
    """
    give_places(store)
    with store.reading() as connection:
        return decisions_after(connection, cursor, limit)


def decisions_after(connection: sa.Connection, cursor: str | None, limit: int) -> Page:
    """Up to `limit` decisions that were committed after those of a cursor; without one, from the oldest on.

    An empty page keeps the cursor.

    Raises:
        CursorError: the cursor is none of this store's, or what came after it was pruned (`CursorExpiredError`).
        ValueError: the limit isn't from 1 to 1,000.
    """
    if not 1 <= limit <= MOST_DECISIONS:
        raise ValueError(f"limit: is {limit}; ask for 1 to {MOST_DECISIONS:,} decisions")
    begin = 0 if cursor is None else _place_of(cursor)
    if cursor is not None and begin < _pruned_place(connection):
        raise CursorExpiredError("what came after this cursor was pruned; begin anew without one")
    place = place_in(connection)
    query = (
        sa.select(place, DECISION.c.answer)
        .join_from(OUTBOX, DECISION, DECISION.c.claim_id == OUTBOX.c.claim_id)
        .where(place > begin, OUTBOX.c.kind == CLAIM_DECIDED)
        .order_by(place)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    if rows:
        return Page(tuple(row.answer for row in rows), cursor_at(rows[-1][0]))
    if begin > newest_place(connection):
        raise CursorError("this cursor lies ahead of the store; it is of another one: begin anew without a cursor")
    return Page((), cursor_at(begin))


def cursor_at(place: int) -> str:
    """The cursor of a reader who has everything up to a place.

    >>> cursor_at(41)
    'MTo0MQ'
    """
    return base64.urlsafe_b64encode(b"1:%d" % place).decode().rstrip("=")


def _place_of(cursor: str) -> int:
    try:
        text = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        text = b""
    found = _CURSOR.fullmatch(text)
    if found is None or cursor_at(int(found[1])) != cursor:
        raise CursorError("not a cursor of this feed; send the one of your last page as it was, or none to begin")
    return int(found[1])


def _pruned_place(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(COUNTER.c.place).where(COUNTER.c.name == PRUNED)) or 0
