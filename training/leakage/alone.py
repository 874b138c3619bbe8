"""How well one column alone tells the labels of a period.

The column's values are cut into bins, the missing ones a bin of their own. How abusive each bin is, is learned from the
claims of half of the buyers, and tried on those of the other half, and the other way round. So a column needn't rise
with abuse to be found, only its being missing may tell, and one that merely names buyers tells nothing.

Whether a figure exceeds a limit by more than luck is judged as if it were the limit itself: the error of an AUC by
Hanley and McNeil (Radiology 143, 1982), that of a share by Wilson's interval. Both don't vanish at 1, where the usual
errors do. Buyers are counted in place of claims, since those of one buyer are alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from features.arrays import Floats, Ints
from training.dataset import Period

BINS: Final = 32
SURE_SHARE: Final = 0.8  # a bin of which so much is abusive, by the other half of the buyers, is sure
PRIOR: Final = 2.0  # filings at the period's own share that each bin is thought to hold beside its own
ONE_SIDED: Final = 2.326  # 99 %, of one side: there are some 250 columns


@dataclass(frozen=True, slots=True)
class Halves:
    """The labels of n claims in halves by buyer: `cell` is twice the half plus the label. `weights` share a filing.

    `abusive` and `others` are how many buyers the labels of either kind come from, those with many claims counting for
    more than they add (Kish's effective number).
    """

    cell: Ints
    weights: Floats
    abusive: float
    others: float

    @classmethod
    def of(cls, period: Period) -> Self:
        """Halve a period's claims: buyers with odd codes, and those with even ones."""
        weights = period.weights if period.label_weights is None else period.weights / period.label_weights
        weights = weights * (period.filings / weights.sum())
        buyers = np.arange(len(period)) if period.buyers is None else period.buyers
        label = period.abusive.astype(np.int64)
        counts = [_effective(buyers[label == one], weights[label == one]) for one in (1, 0)]
        return cls((buyers & 1) * 2 + label, weights, *counts)

    @property
    def tells(self) -> bool:
        """Whether both halves have labels of both kinds."""
        return len(np.unique(self.cell)) == 4


@dataclass(frozen=True, slots=True)
class Alone:
    """What a column alone says: how well it ranks, and the share of abuse that it is sure of, and how rightly.

    `sure_share` is of all abusive filings, those in bins that are sure; `precision` the abusive share of these bins,
    and `precision_low` between what and 1 it lies with 99 % confidence.
    """

    auc: float
    sure_share: float
    precision: float
    precision_low: float


def told_alone(values: Floats, halves: Halves) -> Alone:
    """What one column tells; of shape (n,), NaN where it is missing."""
    bins, number = _binned(values)
    counted = np.bincount(bins * 4 + halves.cell, weights=halves.weights, minlength=4 * number)
    counts = np.asarray(counted, dtype=np.float64).reshape(number, 2, 2)  # bin, half, label
    aucs, sure, wrong = [], 0.0, 0.0
    for half in (0, 1):
        taught, tried = counts[:, 1 - half], counts[:, half]
        share = taught[:, 1].sum() / taught.sum()
        rate = (taught[:, 1] + PRIOR * share) / (taught.sum(axis=1) + PRIOR)
        aucs.append(_auc(tried[np.argsort(-rate, kind="stable")]))
        is_sure = rate >= SURE_SHARE
        sure, wrong = sure + tried[is_sure, 1].sum(), wrong + tried[is_sure, 0].sum()
    precision = float(sure / (sure + wrong)) if sure else 0.0
    buyers = (sure + wrong) * min(1.0, halves.abusive / counts[:, :, 1].sum())
    return Alone(float(np.mean(aucs)), float(sure / counts[:, :, 1].sum()), precision, _wilson_low(precision, buyers))


def auc_to_exceed(limit: float, abusive: float, others: float) -> float:
    """The AUC above which it exceeds a limit by more than luck, with so many labels of either kind."""
    both_above = limit / (2 - limit) - limit**2
    both_below = 2 * limit**2 / (1 + limit) - limit**2
    spread = limit * (1 - limit) + (abusive - 1) * both_above + (others - 1) * both_below
    return limit + ONE_SIDED * math.sqrt(max(spread, 0.0) / (abusive * others))


def _effective(buyers: Ints, weights: Floats) -> float:
    if len(buyers) == 0:
        return 0.0
    each = np.bincount(np.unique(buyers, return_inverse=True)[1], weights=weights)
    return float(each.sum() ** 2 / (each**2).sum())


def _binned(values: Floats) -> tuple[Ints, int]:
    """The bin of each value, and how many bins there are.

    Bins of about equal size, and of about equally many different values: the former would put a value that few claims
    have into one bin with others.
    """
    missing = np.isnan(values)
    present = np.sort(values[~missing])
    different = present[np.append(True, present[1:] != present[:-1])[: len(present)]]
    edges = np.unique(np.concatenate([_quantiles(present), _quantiles(different)]))
    bins = np.searchsorted(edges, values)
    bins[missing] = len(edges)
    return bins, len(edges) + 1


def _quantiles(ordered: Floats) -> Floats:
    if len(ordered) == 0:
        return ordered
    return np.asarray(ordered[np.linspace(0, len(ordered) - 1, BINS + 1).round().astype(np.int64)[1:]])


def _auc(ranked: Floats) -> float:
    """The AUC of bins from the most abusive on, shape (bins, 2); the claims of a bin are tied."""
    others, abusive = ranked[:, 0], ranked[:, 1]
    below = others.sum() - np.cumsum(others) + others / 2
    return float(abusive @ below / (abusive.sum() * others.sum()))


def _wilson_low(share: float, number: float) -> float:
    if number <= 0:
        return 0.0
    square = ONE_SIDED**2
    middle = share + square / (2 * number)
    half = ONE_SIDED * math.sqrt(share * (1 - share) / number + square / (4 * number**2))
    return float((middle - half) / (1 + square / number))
