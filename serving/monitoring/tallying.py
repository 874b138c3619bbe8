"""Decisions by action and five minutes, each counted once.

To count a week of a busy ledger takes longer than a page may. Each decision has a row in the outbox, whose places rise
in the order of commits, so a cursor over them misses none, also of those that waited in a spool; each is counted into
the minutes in which it was decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from serving.ledger import DECISION
from serving.monitoring.tables import ACTION_TALLY, TALLY_CURSOR
from serving.outbox.kinds import CLAIM_DECIDED
from serving.outbox.rows import newest_place
from serving.outbox.tables import OUTBOX, place_in

SLOT_MS: Final = 300_000
KEPT_MS: Final = 8 * 86_400_000
COUNTED_AT_ONCE: Final = 5_000
READ_BACK: Final = 200_000  # places before the newest one from which a store that has none counted yet begins
_NAME: Final = "decisions"
_CURSOR: Final = sa.select(TALLY_CURSOR.c.place).where(TALLY_CURSOR.c.name == _NAME)
_BEGIN: Final = sa.text("INSERT INTO action_tally_cursor VALUES (:name, :place) ON CONFLICT (name) DO NOTHING")
_ADD: Final = sa.text(
    "INSERT INTO action_tally VALUES (:slot, :action, :decisions) ON CONFLICT (slot, action) "
    "DO UPDATE SET decisions = action_tally.decisions + excluded.decisions"
)


def count_decisions(connection: sa.Connection, now_ms: int) -> int:
    """Count the next decisions, in a transaction that writes; return how many places are left to be looked at."""
    newest = newest_place(connection)
    cursor = TALLY_CURSOR.c
    mine = _CURSOR.with_for_update()
    last = connection.scalar(mine)
    if last is None:
        connection.execute(_BEGIN, {"name": _NAME, "place": max(0, newest - READ_BACK)})
        last = connection.scalar(mine) or 0
    if newest <= last:
        return 0
    upto = min(newest, last + COUNTED_AT_ONCE)
    rows = connection.execute(_decided(connection, last, upto, now_ms - KEPT_MS)).all()
    if rows:
        connection.execute(_ADD, [row._asdict() for row in rows])
    connection.execute(sa.update(TALLY_CURSOR).where(cursor.name == _NAME).values(place=upto))
    return newest - upto


def prune_actions(connection: sa.Connection, now_ms: int) -> None:
    """Drop what is older than anybody is told of."""
    connection.execute(sa.delete(ACTION_TALLY).where(ACTION_TALLY.c.slot < (now_ms - KEPT_MS) // SLOT_MS))


def not_counted(connection: sa.Connection) -> int:
    """How many places of the outbox are still to be looked at."""
    last = connection.scalar(_CURSOR) or 0
    return max(0, newest_place(connection) - last)


def read_actions(connection: sa.Connection, since_ms: Sequence[int]) -> list[dict[str, int]]:
    """How many decisions there were of each action since each of some moments, to five minutes, by one question."""
    tally = ACTION_TALLY.c
    sums = [sa.func.sum(sa.case((tally.slot >= moment // SLOT_MS, tally.decisions), else_=0)) for moment in since_ms]
    query = sa.select(tally.action, *sums).where(tally.slot >= min(since_ms) // SLOT_MS).group_by(tally.action)
    found: list[dict[str, int]] = [{} for _ in since_ms]
    for action, *counts in connection.execute(query):
        for span, count in zip(found, counts, strict=True):
            if count:
                span[action] = int(count)
    return found


def _decided(connection: sa.Connection, last: int, upto: int, since_ms: int) -> sa.Select[tuple[int, str, int]]:
    slot = (DECISION.c.decided_at_ms // SLOT_MS).label("slot")
    place = place_in(connection)
    return (
        sa.select(slot, DECISION.c.action, sa.func.count().label("decisions"))
        .join_from(OUTBOX, DECISION, DECISION.c.claim_id == OUTBOX.c.claim_id)
        .where(place > last, place <= upto, OUTBOX.c.kind == CLAIM_DECIDED, DECISION.c.decided_at_ms >= since_ms)
        .group_by("slot", DECISION.c.action)
    )
