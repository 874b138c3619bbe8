"""Intervals and tests: what chance alone would do.

Shares have Wilson's interval. Counts of claims scatter more than dice do, since what befalls one buyer befalls others
in the same week; so their intervals are widened by how much the weeks of the period scatter.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.rates import Z95, wilson_of
from serving.insight.returns.figures import Bounded, Share
from serving.insight.tails import tail

UNTOLD: Final = Bounded(None, None, None)
LEAST_COUNT: Final = 10  # claims on either side of a ratio: with fewer, its interval isn't what it says
_LEAST_GROUPS: Final = 5


def share(count: int, of: int) -> Share:
    """`count` of `of` with Wilson's 95 % interval.

    >>> told = share(41, 100)
    >>> told.value, round(told.low, 4), round(told.high, 4)
    (0.41, 0.3187, 0.508)
    """
    if of <= 0:
        return Share(count, of, None, None, None)
    return Share(count, of, count / of, *wilson_of(count, of))


def scatter(counts: Ints, exposure: Floats) -> float:
    """How many times more counts scatter than dice from one group to the next, no less than 1.

    It is the mean of the squared steps, each over what dice would make of it; so a slow rise isn't taken for scatter.

    Args:
        counts: of groups in the order of time, such as weeks, shape (groups,).
        exposure: what each should be in proportion to. Groups of which nothing is expected tell nothing.

    >>> round(scatter(np.array([10, 30, 10, 30, 10, 30, 10]), np.ones(7)), 2)
    10.77
    """
    told = exposure > 0
    counts, exposure = counts[told], exposure[told]
    if len(counts) <= _LEAST_GROUPS or not counts.sum():
        return 1.0
    rate = counts.sum() / exposure.sum()
    steps = np.diff(counts / exposure) ** 2
    return max(1.0, float((steps / (rate * (1 / exposure[1:] + 1 / exposure[:-1]))).mean()))


def ratio(count: int, exposure: float, usual_count: int, usual_exposure: float, scattering: float) -> Bounded:
    """One rate over another, with its 95 % interval: on the logarithm, by the counts, widened by their scatter.

    >>> told = ratio(200, 10, 300, 30, 1.0)
    >>> told.value, round(told.low, 2), round(told.high, 2)
    (2.0, 1.67, 2.39)
    >>> ratio(4, 10, 300, 30, 1.0).value is None
    True
    """
    if min(count, usual_count) < LEAST_COUNT or exposure <= 0 or usual_exposure <= 0:
        return UNTOLD
    value = (count / exposure) / (usual_count / usual_exposure)
    reach = Z95 * math.sqrt(scattering * (1 / count + 1 / usual_count))
    return Bounded(value, value * math.exp(-reach), value * math.exp(reach))


def p_of_ratio(told: Bounded) -> float:
    """How often chance alone would take a ratio as far from 1, to either side; 1 where nothing is told.

    >>> round(p_of_ratio(ratio(130, 10, 100, 10, 1.0)), 3)
    0.049
    """
    if told.value is None or told.low is None or told.high is None:
        return 1.0
    error = math.log(told.high / told.low) / (2 * Z95)
    return p_of_z(math.log(told.value) / error) if error else 1.0


def p_of_shares(count: int, of: int, other_count: int, other_of: int, scattering: float = 1.0) -> float:
    """How often chance alone would make two shares as different: the normal test of two proportions, both sides.

    >>> round(p_of_shares(30, 100, 20, 100), 3)
    0.102
    """
    if not of or not other_of:
        return 1.0
    together = (count + other_count) / (of + other_of)
    variance = scattering * together * (1 - together) * (1 / of + 1 / other_of)
    return p_of_z((count / of - other_count / other_of) / math.sqrt(variance)) if variance > 0 else 1.0


def p_of_z(z: float) -> float:
    """How often a standard normal number lies as far from 0, to either side."""
    return math.erfc(abs(z) / math.sqrt(2))


def p_of_count(count: int, expected: float) -> float:
    """How often a Poisson number of an expectation would be as high: exactly, or by the normal curve above 1,000.

    >>> round(p_of_count(10, 5.0), 4), round(p_of_count(2, 0.1), 5)
    (0.0318, 0.00468)
    """
    if expected > 1_000:
        return 0.5 * math.erfc((count - 0.5 - expected) / math.sqrt(2 * expected))
    return tail(count, expected)


def median(values: Floats) -> float | None:
    """The middle one; None of none."""
    return float(np.median(values)) if len(values) else None
