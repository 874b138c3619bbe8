"""Small charts as lists of shapes, which a template draws as SVG: numbers alone, no text and no style.

All are drawn into a box of `WIDTH` by `HEIGHT` that is stretched to the page's width, so words stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 480
HEIGHT: Final = 120
GAP: Final = 4
_TOPS: Final = (2, 4, 6, 8, 10)  # times a power of ten: half of each is a whole number


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `kind` is "opened" or "closed", which is its class."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars in pairs, and the number that the chart's height stands for."""

    bars: list[Bar]
    top: int


@dataclass(frozen=True, slots=True)
class Line:
    """The points of a line as SVG writes them, and the number that the chart's height stands for."""

    points: str
    top: int


def bars(pairs: Sequence[tuple[int, int]]) -> Bars:
    """A pair of bars for each pair of numbers, side by side."""
    top = round_top(max((max(pair) for pair in pairs), default=0))
    place_width = WIDTH / max(len(pairs), 1)
    width = (place_width - GAP) / 2
    drawn = [
        Bar(
            round(place * place_width + GAP / 2 + side * width, 1),
            round(HEIGHT - _height(count, top), 1),
            round(width, 1),
            round(_height(count, top), 1),
            kind,
        )
        for place, pair in enumerate(pairs)
        for side, (count, kind) in enumerate(zip(pair, ("opened", "closed"), strict=True))
    ]
    return Bars(drawn, top)


def line(values: Sequence[int]) -> Line:
    """A line through the values, from the left edge to the right one.

    >>> line([0, 5, 10]).points
    '0.0,120.0 240.0,60.0 480.0,0.0'
    """
    top = round_top(max(values, default=0))
    step = WIDTH / max(len(values) - 1, 1)
    points = (f"{place * step:.1f},{HEIGHT - _height(value, top):.1f}" for place, value in enumerate(values))
    return Line(" ".join(points), top)


def round_top(most: int) -> int:
    """A round number that is no less, for the top of an axis.

    >>> [round_top(most) for most in (0, 3, 9, 10, 53, 101)]
    [2, 4, 10, 10, 60, 200]
    """
    power = 1
    while most > _TOPS[-1] * power:
        power *= 10
    return next(top * power for top in _TOPS if top * power >= most)


def _height(value: int, top: int) -> float:
    return HEIGHT * value / top
