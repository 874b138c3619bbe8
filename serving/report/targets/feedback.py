"""Feedback: how often buyers said in the quarter how their claim was handled. Every rating counts."""

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
    months = (Point(month.name, Value("number", within(rated_ms, month))) for month in period.months)
    return Target(
        "feedback",
        GOAL,
        Value("number", given),
        trend=tuple(months) if len(rated_ms) else (),
        change=number_change(given, within(rated_ms, period.before)),
        missing=() if given else (Said("feedback_none"),),
    )
