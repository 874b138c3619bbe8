"""Sums over claims of which only some were looked at, estimated from those, with intervals.

A claim that had a chance of one in fifty to be looked at stands for fifty (D. Horvitz and D. Thompson, Journal of the
American Statistical Association 47, 1952). Divided by the weights' own sum (J. Hájek, 1971) the mean is a little biased
in small samples and varies far less.

Claims of one buyer are not independent, so intervals come from drawing buyers anew, each with all its claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints

ROUNDS: Final = 500
SHARE: Final = 0.95
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Estimate:
    """Means per claim of k quantities, each of shape (k,), with the bounds of their intervals.

    Attributes:
        mean: by Hájek, for all claims of which some were looked at.
        low: lower bound of the 95 % interval.
        high: its upper bound.
        total: by Horvitz and Thompson, the sum over all those claims.
        looked_at: claims that the estimate is made from.
        effective: how many claims of equal weight would tell as much (L. Kish, 1965).
    """

    mean: Floats
    low: Floats
    high: Floats
    total: Floats
    looked_at: int
    effective: float


def estimate_means(
    values: Floats,
    chance: Floats,
    looked_at: npt.NDArray[np.bool_],
    buyer: Ints,
    *,
    rounds: int = ROUNDS,
    seed: int = SEED,
) -> Estimate:
    """Estimate the means of k quantities over n claims from those that were looked at.

    Args:
        values: shape (n, k); only rows that were looked at count, the rest may hold anything.
        chance: with which each claim would be looked at, within (0, 1], shape (n,).
        looked_at: shape (n,).
        buyer: a number for each claim's buyer, from 0, shape (n,).
        rounds: how often buyers are drawn anew.
        seed: the same seed gives the same interval.

    Raises:
        ValueError: nothing was looked at, or a chance is not within (0, 1].

    >>> found = estimate_means(np.array([[10.0], [30.0], [0.0]]), np.array([1.0, 0.5, 0.5]),
    ...                        np.array([True, True, False]), np.arange(3), rounds=20)
    >>> found.total.tolist(), found.mean.round(2).tolist()
    ([70.0], [23.33])
    """
    if not looked_at.any():
        raise ValueError("no claim was looked at; there is nothing to estimate from")
    if not ((chance > 0) & (chance <= 1)).all():
        raise ValueError("a chance is not above 0 and at most 1")
    weight = np.where(looked_at, 1 / chance, 0.0)
    weighted = np.where(looked_at[:, np.newaxis], values, 0.0) * weight[:, np.newaxis]
    sums = _by_buyer(np.column_stack([weighted, weight]), buyer)
    means = _drawn_means(sums, rounds, seed)
    low, high = np.nanquantile(means, [(1 - SHARE) / 2, (1 + SHARE) / 2], axis=0)
    total = weighted.sum(axis=0)
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return Estimate(total / weight.sum(), low, high, total, int(looked_at.sum()), effective)


def _by_buyer(columns: Floats, buyer: Ints) -> Floats:
    """Sums of the columns per buyer, shape (buyers, columns)."""
    buyers = int(buyer.max()) + 1
    return np.column_stack([np.bincount(buyer, column, minlength=buyers) for column in columns.T])


def _drawn_means(sums: Floats, rounds: int, seed: int) -> Floats:
    """The ratio of all columns to the last one, with buyers drawn anew, shape (rounds, columns - 1)."""
    random = np.random.default_rng(seed)
    drawn = np.empty((rounds, sums.shape[1]))
    for number in range(rounds):
        times = np.bincount(random.integers(0, len(sums), len(sums)), minlength=len(sums))
        drawn[number] = times @ sums
    with np.errstate(invalid="ignore", divide="ignore"):  # a round may draw no buyer that was looked at
        return np.asarray(drawn[:, :-1] / np.where(drawn[:, -1:] > 0, drawn[:, -1:], np.nan))
