"""How far two distributions over the same bins lie apart, and how far chance alone would put them.

The population stability index of shares a and b is the sum over bins of (a - b) * ln(a / b): the symmetric relative
entropy of Jeffreys (1946), known in credit scoring under this name. It is never zero in samples: of n and m claims
from the same distribution over B bins it comes out near (B - 1) * (1/n + 1/m), and divided by (1/n + 1/m) it falls
about as chi-square does with B - 1 degrees of freedom (B. Yurdakul and J. Naranjo, Journal of Risk Model Validation
14, 2020). Fixed thresholds such as 0.1 and 0.25 know nothing of n and m; so a shift must pass the bound of chance
first.

Claims of one buyer, merchant or category are alike, so n of them tell less than n claims drawn one by one. By how much
is the design effect (J. Rao and A. Scott, Annals of Statistics 12, 1984, first order): the variance of the bins' shares
between buyers, over what it would be without buyers. The bound is widened by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import chi2

from features.arrays import Floats, Ints

ALPHA: Final = 0.01  # the chance that any column at all passes its bound where nothing changed
SOME: Final = 0.1  # customary: below it a shift is called small
FAR: Final = 0.25  # customary: above it a shift is called large
LEAST_CLAIMS: Final = 100  # before a shift is told at all
_SMOOTHING: Final = 0.5  # added to each bin's count, so that an empty one has no infinite logarithm


@dataclass(frozen=True, slots=True)
class Counted:
    """Claims counted by bin, and their design effect: how many claims tell as much as one drawn by itself, at least 1.

    `counts` has shape (bins,), the missing ones last.
    """

    counts: Ints
    design_effect: float

    @property
    def claims(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    @property
    def shares(self) -> Floats:
        """Each bin's share, shape (bins,); NaN without claims."""
        return self.counts / self.claims if self.claims else np.full(len(self.counts), np.nan)

    @property
    def missing(self) -> float:
        """The share of missing values."""
        return float(self.shares[-1])


@dataclass(frozen=True, slots=True)
class Shift:
    """How far two distributions lie apart (`index`), and how far chance alone would hardly ever put them (`bound`)."""

    index: float
    bound: float

    @property
    def is_seen(self) -> bool:
        """More than chance, and not small."""
        return self.index > max(self.bound, SOME)

    @property
    def is_far(self) -> bool:
        """More than chance, and large."""
        return self.index > max(self.bound, FAR)


def count(bins: Ints, number: int, groupings: tuple[Ints, ...]) -> Counted:
    """Count claims by bin, with the largest design effect of several groupings.

    Args:
        bins: of n claims, shape (n,), each below `number`.
        number: of bins.
        groupings: for each way to group claims (by buyer, by merchant ...) the code of each claim's group, shape (n,),
            codes from 0 on without large holes.
    """
    counts = np.bincount(bins, minlength=number).astype(np.int64)
    effects = [_design_effect(bins, counts, groups) for groups in groupings]
    return Counted(counts, max([1.0, *effects]))


def _design_effect(bins: Ints, counts: Ints, groups: Ints) -> float:
    total, sizes = len(bins), np.bincount(groups)
    used = int((sizes > 0).sum())
    full = counts > 0
    if used < 2 or full.sum() < 2:
        return 1.0
    table = np.bincount(groups * len(counts) + bins, minlength=len(sizes) * len(counts)).reshape(len(sizes), -1)
    share = counts[full] / total
    variance = ((table[:, full] - sizes[:, np.newaxis] * share) ** 2).sum(axis=0) / total**2 * used / (used - 1)
    return float((variance * total / share).sum() / (len(share) - 1))


def shift(then: Counted, now: Counted, columns: int = 1) -> Shift:
    """How far two counts over the same bins lie apart; NaN and an infinite bound where either has too few claims.

    Args:
        then: one of them.
        now: the other.
        columns: how many are looked at: the bound holds for all of them together (Bonferroni).
    """
    if min(then.claims, now.claims) < LEAST_CLAIMS:
        return Shift(float("nan"), float("inf"))
    used = (then.counts > 0) | (now.counts > 0)
    one, other = then.counts[used] + _SMOOTHING, now.counts[used] + _SMOOTHING
    a, b = one / one.sum(), other / other.sum()
    index = float(((a - b) * np.log(a / b)).sum())
    freedom = max(int(used.sum()) - 1, 1)
    chance = then.design_effect / then.claims + now.design_effect / now.claims
    return Shift(index, float(chi2.isf(ALPHA / columns, freedom)) * chance)
