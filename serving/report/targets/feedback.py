"""Feedback: how often buyers said in the quarter how their claim was handled. Every rating counts.

A quarter without a rating is told as 0 only where the time around it has some: where none is on record at all, nobody
can tell whether buyers were silent or their ratings aren't sent.
"""

from __future__ import annotations

from typing import Final

from serving.insight.record import times
from serving.report.figures import Goal, Point, Said, Target, Value, number_change, within
from serving.report.ground import Ground

GOAL: Final = Goal("number", 500)


def feedback(ground: Ground) -> Target:
    """Ratings given."""
    period = ground.period
    rated_ms = times(ground.record.ratings, "rated_at_ms")
    given = within(rated_ms, period.span)
    is_known = len(rated_ms) > 0
    months = (Point(month.name, Value("number", within(rated_ms, month))) for month in period.months)
    return Target(
        "feedback",
        GOAL,
        Value("number", given if is_known else None),
        trend=tuple(months) if is_known else (),
        change=number_change(given, within(rated_ms, period.before)),
        missing=() if given else (Said("feedback_none"),),
    )
