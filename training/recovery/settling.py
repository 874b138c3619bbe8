"""How long advances take to be settled, told from those that are.

What comes back in full comes back early, and what is lost is written off last. Among all settlements together the
write-offs would be the few late ones that nobody waits for, and without them recovery looks too good. So the two kinds
are looked at apart, each by the estimator for delays that show only where they are shorter than the advance is old
(`training.labels.maturity`), and the slower kind decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from training.labels.maturity import MaturityCurve, maturity_curve

SHARE: Final = 0.98  # of the settlements of a kind, those that have come once an advance may teach
SHORTEST_DAYS: Final = 7.0
FALLBACK_DAYS: Final = 90.0
LONGEST_DAYS: Final = 180.0


@dataclass(frozen=True, slots=True)
class Settling:
    """The days from an advance to its settlement that must have passed, and whether delays told them."""

    days: float
    told: bool


def settling_days(delay_ms: Ints, age_ms: Ints, came_back: npt.NDArray[np.bool_]) -> Settling:
    """The days after which practically all advances of either kind are settled.

    Where there are too few of a kind to tell, or the history may be too short to show its longest delays, a fixed time
    counts unless the other kind takes longer.

    Args:
        delay_ms: of n settled advances, from the advance to its settlement; all less than `age_ms`. Shape (n,).
        age_ms: from the advance to the moment of asking, shape (n,).
        came_back: whether all of it came back, shape (n,).
    """
    curves = [maturity_curve(delay_ms[kind], age_ms[kind]) for kind in (came_back, ~came_back)]
    days = [_days(curve) for curve in curves]
    told = not any(np.isnan(days))
    longest = max([SHORTEST_DAYS, *(each for each in days if not np.isnan(each))])
    return Settling(min(longest if told else max(longest, FALLBACK_DAYS), LONGEST_DAYS), told)


def _days(curve: MaturityCurve) -> float:
    """NaN where the curve doesn't tell, or its horizon may cut it off."""
    days = curve.mature_after_days(SHARE)
    return days if days <= curve.horizon_days / 2 else float("nan")
