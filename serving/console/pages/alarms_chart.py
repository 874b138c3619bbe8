"""An alarm's chart as shapes that a template draws as SVG: claims against what is usual, both summed up day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from features.spans import DAY_MS
from serving.console.pages.team_charts import HEIGHT, WIDTH, round_top
from serving.insight.alarms.alarm import Alarm

MOST_MARKS: Final = 4


@dataclass(frozen=True, slots=True)
class AlarmChart:
    """The points of both lines, where the batch and the day of the alarm are, what the height stands for, and moments
    (ms) at even distances from the left edge on, the last one at the right.
    """

    claims: str
    usual: str
    batch_x: float
    batch_width: float
    opened_x: float
    top: int
    marks: list[int]


def chart_of(alarm: Alarm) -> AlarmChart:
    """The chart of an alarm."""
    days = len(alarm.daily)
    claims, usual = list(accumulate(alarm.daily)), list(accumulate(alarm.daily_expected))
    top = round_top(max(claims[-1], int(usual[-1]) + 1))
    from_x, to_x, opened_x = (
        _x(moment / DAY_MS - alarm.first_day, days)
        for moment in (alarm.batch_from_ms, alarm.batch_to_ms, alarm.opened_ms)
    )
    marks = [(alarm.first_day + days * place // MOST_MARKS) * DAY_MS for place in range(MOST_MARKS + 1)]
    return AlarmChart(
        claims=_steps(claims, top, days),
        usual=_steps(usual, top, days),
        batch_x=from_x,
        batch_width=round(to_x - from_x, 1),
        opened_x=opened_x,
        top=top,
        marks=marks,
    )


def _x(day: float, days: int) -> float:
    return round(min(max(day, 0.0), days) * WIDTH / days, 1)


def _steps(sums: Sequence[float], top: int, days: int) -> str:
    """A line that rises at each day's end."""
    points = [(0.0, 0.0), *((_x(day, days), value) for day, value in enumerate(sums, 1))]
    return " ".join(f"{x:.1f},{HEIGHT - HEIGHT * value / top:.1f}" for x, value in points)
