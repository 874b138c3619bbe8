"""Shares and medians with intervals that small numbers make wide. No scipy here: the service doesn't bring it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

SHARE: Final = 0.95
_GRID: Final = np.linspace(-30.0, 30.0, 6001)  # log-odds


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the bounds that hold it in 95 of 100 cases; NaN where nothing tells it. `count` cases tell it."""

    value: float
    low: float
    high: float
    count: int

    @property
    def is_told(self) -> bool:
        """Whether anything tells it."""
        return math.isfinite(self.value)


def untold(count: int = 0) -> Figure:
    """A figure that too little tells."""
    return Figure(math.nan, math.nan, math.nan, count)


def share(hits: int, count: int) -> Figure:
    """A share with Jeffreys' interval, which is wide where there are few and never a point.

    >>> share(10, 10)
    Figure(value=1.0, low=0.783, high=1.0, count=10)
    """
    if count == 0:
        return untold()
    low, high = beta_interval(hits + 0.5, count - hits + 0.5)
    # at either end, all of the chance lies on the other side
    return Figure(hits / count, 0.0 if hits == 0 else round(low, 3), 1.0 if hits == count else round(high, 3), count)


@lru_cache(maxsize=4096)
def beta_interval(above: float, below: float) -> tuple[float, float]:
    """The middle 95 % of a beta distribution, by summing its density over log-odds; good to a ten-thousandth.

    >>> [round(bound, 3) for bound in beta_interval(1.0, 1.0)]
    [0.025, 0.975]
    """
    # in log-odds the density is p^above (1-p)^below, which is finite everywhere
    height = -above * np.logaddexp(0, -_GRID) - below * np.logaddexp(0, _GRID)
    weight = np.exp(height - height.max())
    cumulated = (np.cumsum(weight) - weight / 2) / weight.sum()
    bounds = np.interp([(1 - SHARE) / 2, (1 + SHARE) / 2], cumulated, _GRID)
    low, high = 1 / (1 + np.exp(-bounds))
    return float(low), float(high)


def median(values: Sequence[float]) -> Figure:
    """The median between two of the values, whatever they are distributed like; untold below six.

    Below six values, not even the smallest and the largest hold the median in 95 of 100 cases.
    """
    count = len(values)
    if count < 6:
        return untold(count)
    ordered = sorted(values)
    lower = max(0, math.floor(count / 2 - 0.98 * math.sqrt(count)) - 1)
    return Figure(float(np.median(ordered)), ordered[lower], ordered[count - 1 - lower], count)
