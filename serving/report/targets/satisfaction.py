"""Satisfaction: of the claims that were rated in the quarter, the share with 4 or 5 stars.

It is counted as everywhere, by `serving.insight.feedback.satisfaction`: ratings of the whole handling, the last one of
each claim, with Wilson's interval. Who rates is not who doesn't: the interval tells what chance does, and not what
silence hides. So the ratings for each claim filed stand beside it.
"""

from __future__ import annotations

from typing import Final

from serving.insight.feedback.satisfaction import TARGET, Rated
from serving.insight.feedback.satisfaction import satisfaction as count_ratings
from serving.report.figures import Goal, Named, Point, Said, Target, Value, share_change, share_of, within
from serving.report.ground import Ground

GOAL: Final = Goal("share", TARGET)


def satisfaction(ground: Ground) -> Target:
    """Claims whose buyers were satisfied."""
    period, ratings = ground.period, ground.record.ratings
    spans = {period.span, period.before, *period.months}
    found = {span: count_ratings(ratings, span.from_ms, span.until_ms).whole for span in spans}
    now, before = found[period.span], found[period.before]
    filed = within(ground.filed_ms, period.span)
    beside = Named("satisfaction_rated", share_of(min(now.count, filed), filed))
    return Target(
        "satisfaction",
        GOAL,
        _value(now),
        trend=tuple(Point(month.name, _value(found[month])) for month in period.months),
        change=share_change((now.satisfied, now.count), (before.satisfied, before.count)),
        missing=() if now.count else (Said("satisfaction_none"),),
        beside=(beside,) if now.count and filed else (),
    )


def _value(rated: Rated) -> Value:
    return Value("share", rated.share, rated.low, rated.high, rated.satisfied, rated.count)
