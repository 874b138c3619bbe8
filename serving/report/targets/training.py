"""Training: of the people who ruled on cases in the quarter, the share who practised in it (drill mode)."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from serving.cases.quality.tables import DRILL_ANSWER
from serving.cases.tables import REVIEW_CASE
from serving.report.figures import Goal, Point, Said, Target, share_change, share_of
from serving.report.ground import Ground
from serving.report.quarter import Quarter, Span

GOAL: Final = Goal("share", 1.0)
QUARTERS: Final = 4  # of the trend


def training(ground: Ground) -> Target:
    """People who practised. Nobody is named."""
    if not ground.has(REVIEW_CASE, DRILL_ANSWER):
        return Target("training", GOAL, share_of(0, 0), missing=(Said("training_no_console"),))
    period = ground.period
    now, before = _count(ground, period.span), _count(ground, period.before)
    earlier = _earlier(period.quarter)
    spans = [*(quarter.span(ground.policy.zone) for quarter in earlier), period.span]
    points = [Point(span.name, share_of(*_count(ground, span))) for span in spans]
    first = next((place for place, point in enumerate(points) if point.value.count), len(points))
    return Target(
        "training",
        GOAL,
        share_of(*now),
        trend=tuple(points[first:]),
        change=share_change(now, before),
        missing=() if now[1] else (Said("training_nobody"),),
    )


def _earlier(quarter: Quarter) -> list[Quarter]:
    found = [quarter]
    while len(found) < QUARTERS:
        found.append(found[-1].before())
    return found[:0:-1]


def _count(ground: Ground, span: Span) -> tuple[int, int]:
    """How many of those who ruled in a stretch of time practised in it, and how many ruled."""
    case, answer = REVIEW_CASE.c, DRILL_ANSWER.c
    ruled = (
        sa.select(case.ruled_by)
        .distinct()
        .where(case.ruled_by.is_not(None), case.ruled_at_ms >= span.from_ms, case.ruled_at_ms < span.until_ms)
    )
    drilled = (
        sa.select(answer.person)
        .distinct()
        .where(answer.ruling.is_not(None), answer.answered_at_ms >= span.from_ms, answer.answered_at_ms < span.until_ms)
    )
    people = set(ground.connection.scalars(ruled))
    return len(people & set(ground.connection.scalars(drilled))), len(people)
