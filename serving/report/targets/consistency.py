"""Consistency: of the closed reviews that a second person ruled on without knowing it, the share ruled alike.

Reviews are drawn for that by a keyed hash, so the share is that of a sample. How often people find what is known of
gold cases stands beside it: to be consistent in error is no aim.
"""

from __future__ import annotations

from serving.cases.quality.agreement import TARGET
from serving.cases.quality.ratings import doubled_reviews, gold_rulings
from serving.cases.quality.tables import DOUBLE_CASE, GOLD_CASE
from serving.cases.tables import REVIEW_CASE
from serving.report.figures import Goal, Named, Point, Said, Target, share_change, share_of
from serving.report.ground import Ground
from serving.report.quarter import Span

GOAL = Goal("share", TARGET)


def consistency(ground: Ground) -> Target:
    """Doubled reviews on which both people ruled alike."""
    if not ground.has(REVIEW_CASE, DOUBLE_CASE, GOLD_CASE):
        return Target("consistency", GOAL, share_of(0, 0), missing=(Said("consistency_no_console"),))
    period = ground.period
    counts = {span: _doubles(ground, span) for span in {period.span, period.before, *period.months}}
    golds = gold_rulings(ground.connection, period.span.from_ms, until_ms=period.span.until_ms)
    right = share_of(sum(each.is_right for each in golds), len(golds), is_drawn=True)
    points = [Point(month.name, share_of(*counts[month], is_drawn=True)) for month in period.months]
    return Target(
        "consistency",
        GOAL,
        share_of(*counts[period.span], is_drawn=True),
        trend=tuple(points),
        change=share_change(counts[period.span], counts[period.before]),
        missing=() if counts[period.span][1] else (Said("consistency_none"),),
        beside=(Named("consistency_gold", right),) if golds else (),
    )


def _doubles(ground: Ground, span: Span) -> tuple[int, int]:
    found = doubled_reviews(ground.connection, span.from_ms, until_ms=span.until_ms)
    return sum(first == second for first, second in (each.rulings for each in found)), len(found)
