"""The last hour in two lines: claims a minute, and how long the slowest twentieth took at least."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from serving.console.pages.team_charts import HEIGHT, WIDTH, round_top
from serving.monitoring.windows import Step


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line with a gap where nothing is known: the points of each piece as SVG writes them, and the axis' top."""

    name: str
    pieces: tuple[str, ...]
    top: int
    newest: float | None


def lines_of(steps: Sequence[Step]) -> tuple[BrokenLine, BrokenLine]:
    """Claims by minute, and their 95th percentile in milliseconds."""
    return (
        broken_line("claims", [step.claims for step in steps]),
        broken_line("p95", [step.p95_ms for step in steps]),
    )


_LEAST_WIDTH: Final = 2.0  # of a piece of one minute, or it couldn't be seen


def broken_line(name: str, values: Sequence[float | None]) -> BrokenLine:
    """A line through what is known, from the left edge to the right one.

    >>> broken_line("claims", [2, 4, None, 1]).pieces
    ('0.0,60.0 160.0,0.0', '480.0,90.0 482.0,90.0')
    """
    known = [value for value in values if value is not None]
    top = round_top(math.ceil(max(known, default=0)))
    step = WIDTH / max(len(values) - 1, 1)
    pieces = []
    for is_known, group in groupby(enumerate(values), key=lambda pair: pair[1] is not None):
        if is_known:
            points = [(place * step, HEIGHT - HEIGHT * (value or 0) / top) for place, value in group]
            if len(points) == 1:
                points.append((points[0][0] + _LEAST_WIDTH, points[0][1]))
            pieces.append(" ".join(f"{x:.1f},{y:.1f}" for x, y in points))
    return BrokenLine(name, tuple(pieces), top, known[-1] if known else None)
