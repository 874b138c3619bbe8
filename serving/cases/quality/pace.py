"""Clocks met, what waits, how quickly work is done, and how often it is undone or overturned. All by index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.spans import DAY_MS, HOUR_MS
from serving.cases.quality.chance import Figure, share
from serving.cases.tables import CASE_STEP, CASE_TALLY, IN_QUEUE, REVIEW_CASE
from serving.cases.words import OPEN_STATES, CaseState

WINDOWS_DAYS: Final = (1, 7, 30)
HOURS: Final = 24
MOST_APPEALS: Final = 500
_RULED: Final = ("ruled", "proposed", "seconded", "contested")


@dataclass(frozen=True, slots=True)
class ClocksMet:
    """Of the reviews that closed in the last days, how many were answered within the target and the limit."""

    days: int
    answered: int
    target: Figure
    limit: Figure


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour from `start_ms` on: cases opened and closed in it, and open ones at its end."""

    start_ms: int
    opened: int
    closed: int
    open_at_end: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is open now.

    Attributes:
        by_state: how many cases are in each state that isn't closed.
        late: cases that wait or are worked on beyond their limit.
        oldest_ms: when the case was opened that waits longest; None where none waits.
        clear_hours: what is open takes so long at the last 24 hours' pace; None where it grows or nothing closed.
    """

    by_state: Mapping[CaseState, int]
    late: int
    oldest_ms: int | None
    clear_hours: float | None

    @property
    def open(self) -> int:
        """All that is open."""
        return sum(self.by_state.values())


def clocks_met(connection: sa.Connection, now_ms: int, windows_days: Sequence[int] = WINDOWS_DAYS) -> list[ClocksMet]:
    """For each window of so many days, the shortest first. Reviews that were withdrawn aren't counted."""
    case = REVIEW_CASE.c
    met, answered, target, limit, until_ms = [], 0, 0, 0, None
    for days in windows_days:
        start_ms = now_ms - days * DAY_MS
        query = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((case.ruled_at_ms <= case.target_ms, 1), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(sa.case((case.ruled_at_ms <= case.limit_ms, 1), else_=0)), 0),
        ).where(case.kind == "review", case.closed_at_ms >= start_ms, case.ruled_at_ms.is_not(None))
        if until_ms is not None:  # each window holds the shorter ones, which were counted already
            query = query.where(case.closed_at_ms < until_ms)
        counts = connection.execute(query).one()
        answered, target, limit = answered + counts[0], target + int(counts[1]), limit + int(counts[2])
        met.append(ClocksMet(days, answered, share(target, answered), share(limit, answered)))
        until_ms = start_ms
    return met


def hours(connection: sa.Connection, now_ms: int, open_now: int) -> list[Hour]:
    """The last 24 hours, the earliest first; the last one ends now."""
    start_ms = now_ms - HOURS * HOUR_MS
    opened = _per_hour(connection, REVIEW_CASE.c.opened_at_ms, start_ms)
    closed = _per_hour(connection, REVIEW_CASE.c.closed_at_ms, start_ms)
    found, open_at_end = [], open_now
    for place in reversed(range(HOURS)):
        came, went = opened.get(place, 0), closed.get(place, 0)
        found.append(Hour(start_ms + place * HOUR_MS, came, went, open_at_end))
        open_at_end += went - came
    return found[::-1]


def backlog(connection: sa.Connection, now_ms: int) -> Backlog:
    """What is open, and how long it takes at the pace of the last 24 hours."""
    case = REVIEW_CASE.c
    counts = sa.select(CASE_TALLY.c.state, sa.func.sum(CASE_TALLY.c.change)).group_by(CASE_TALLY.c.state)
    by_state: dict[CaseState, int] = dict.fromkeys(OPEN_STATES, 0)
    by_state |= {state: int(count) for state, count in connection.execute(counts) if state in by_state}
    # no limit is before its target, and by targets there is an index
    is_late = (case.target_ms < now_ms) & (case.limit_ms < now_ms)
    late = connection.scalar(sa.select(sa.func.count()).where(IN_QUEUE, is_late)) or 0
    first = sa.select(case.opened_at_ms).where(IN_QUEUE, case.state == "waiting").order_by(case.target_ms)
    oldest_ms = connection.scalar(first.limit(1))
    start_ms = now_ms - HOURS * HOUR_MS
    closed = sum(_per_hour(connection, case.closed_at_ms, start_ms).values()) / HOURS
    opened = sum(_per_hour(connection, case.opened_at_ms, start_ms).values()) / HOURS
    left = sum(by_state.values())
    clear = left / closed if closed > 0 and (closed > opened or left == 0) else None
    return Backlog(by_state, late, oldest_ms, clear)


def undo_share(connection: sa.Connection, since_ms: int) -> Figure:
    """Of the rulings since a moment, how many were taken back within their minute."""
    steps = sa.select(CASE_STEP.c.step, sa.func.count()).where(
        CASE_STEP.c.step.in_((*_RULED, "undone")), CASE_STEP.c.at_ms >= since_ms
    )
    counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(steps.group_by(CASE_STEP.c.step))}
    ruled = sum(counts.get(step, 0) for step in _RULED)
    return share(min(counts.get("undone", 0), ruled), ruled)


def overturned_share(connection: sa.Connection, since_ms: int, until_ms: int | None = None) -> Figure:
    """Of the appeals that closed since a moment, how many ruled otherwise than the last ruling before them.

    `until_ms` leaves out those that closed from then on.
    """
    appeal, before = REVIEW_CASE.alias("appeal"), REVIEW_CASE.alias("before")
    query = (
        sa.select(appeal.c.number, appeal.c.ruling, before.c.ruling.label("first"))
        .join(before, (before.c.claim_id == appeal.c.claim_id) & (before.c.number < appeal.c.number))
        .where(
            appeal.c.closed_at_ms >= since_ms,
            appeal.c.kind == "appeal",
            appeal.c.ruled_at_ms.is_not(None),
            before.c.kind.in_(("review", "audit", "appeal")),
            before.c.ruled_at_ms.is_not(None),
        )
        .order_by(appeal.c.closed_at_ms.desc(), appeal.c.number, before.c.number)
        .limit(MOST_APPEALS)
    )
    if until_ms is not None:
        query = query.where(appeal.c.closed_at_ms < until_ms)
    changed = {row.number: _word(row.ruling) != _word(row.first) for row in connection.execute(query)}
    return share(sum(changed.values()), len(changed))


def _per_hour(
    connection: sa.Connection, moment: sa.Column[int], start_ms: int, *where: sa.ColumnElement[bool]
) -> dict[int, int]:
    place = ((moment - start_ms) // HOUR_MS).label("place")
    # by its name: as an expression with parameters, PostgreSQL takes the two for different ones
    query = sa.select(place, sa.func.count()).where(moment >= start_ms, *where).group_by("place")
    return {min(int(hour), HOURS - 1): count for hour, count in connection.execute(query)}


def _word(ruling: str | None) -> str | None:
    return None if ruling is None else str(json.loads(ruling)["ruling"])
