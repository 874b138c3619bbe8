"""How unlikely a count is by chance, where people differ, and how many false findings that leaves.

Of a buyer from whom E claims of a sort are expected, the number is negative binomial: Poisson around a mean that
differs from buyer to buyer by a gamma of the same shape for all. Without that spread, whoever is merely fussy would
look like a wonder. How much honest buyers differ is told by the claims that were found legitimate: those that a pattern
counts are partly abuse, whose few heavy hands would pass for ordinary spread.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from features.arrays import Floats, Ints

FALSE_SHARE: Final = 0.10  # of the findings of a kind, expected to be chance
LEAST_SHAPE: Final = 0.1


def fit_shape(counts: Ints, expected: Floats) -> float:
    """The gamma's shape by moments: the sum of E^2 over that of (n - E)^2 - E; infinite where nothing is spread."""
    number, mean = counts[expected > 0], expected[expected > 0]
    beyond = float(((number - mean) ** 2 - mean).sum())
    return max(float((mean**2).sum()) / beyond, LEAST_SHAPE) if beyond > 0 else math.inf


def unlikely(chances: Floats, tested: int, share: float = FALSE_SHARE) -> Ints:
    """Which of some chances are findings, if no more than a share of these shall be false (Benjamini and Hochberg).

    `tested` is how many were looked at, of which these are the smallest. Returns their places, the least likely first.

    >>> unlikely(np.array([0.5, 0.0001, 0.03]), 10).tolist()
    [1]
    """
    order = np.argsort(chances, kind="stable")
    holds = np.flatnonzero(chances[order] * max(tested, 1) <= share * np.arange(1, len(order) + 1))
    return order[: holds[-1] + 1] if len(holds) else order[:0]
