"""Trends as shapes: numbers alone, which a template draws as SVG. Words stand in the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from serving.report.figures import Goal, Point, Value

WIDTH: Final = 320
HEIGHT: Final = 110
LEFT, RIGHT, TOP, BOTTOM = 18, 302, 20, 88  # where points lie; values stand above them, names below the plot
_ROOM: Final = 0.15  # of the range, above and below it


@dataclass(frozen=True, slots=True)
class Mark:
    """One month: where its point is, and the ends of its interval if it has one."""

    name: str
    value: Value
    x: float
    y: float | None
    low_y: float | None = None
    high_y: float | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """Marks from the left to the right, lines between neighbours that both have a point, and the goal's line."""

    marks: tuple[Mark, ...]
    lines: tuple[tuple[float, float, float, float], ...]
    goal_y: float | None


def trend(points: Sequence[Point], goal: Goal | None) -> Trend | None:
    """The shapes of a trend; None where fewer than two months can be told."""
    told = [point.value for point in points if point.value.value is not None]
    if len(told) < 2:
        return None
    bounds = [bound for value in told for bound in (value.value, value.low, value.high) if bound is not None]
    ends = [*bounds, *([] if goal is None else [goal.value])]
    low, high = min(ends), max(ends)
    room = _ROOM * ((high - low) or abs(high) or 1.0)
    low, high = low - room, high + room

    def y_of(value: float | None) -> float | None:
        return None if value is None else round(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low), 1)

    step = (RIGHT - LEFT) / (len(points) - 1)
    marks = tuple(
        Mark(
            point.name,
            point.value,
            round(LEFT + place * step, 1),
            y_of(point.value.value),
            y_of(point.value.low),
            y_of(point.value.high),
        )
        for place, point in enumerate(points)
    )
    lines = tuple(
        (one.x, one.y, other.x, other.y) for one, other in pairwise(marks) if one.y is not None and other.y is not None
    )
    return Trend(marks, lines, None if goal is None else y_of(goal.value))
