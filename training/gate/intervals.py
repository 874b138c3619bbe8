"""Buyers drawn anew, each with all its claims: how far figures could have come out otherwise.

Claims of one buyer are not independent. Figures of two models are taken from the same draws, so that the interval of
their difference doesn't pay for what hits both alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.evaluation.evaluation import Interval

ROUNDS: Final = 500
SHARE: Final = 0.95
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Draws:
    """k figures, and what they came to in each draw: shapes (k,) and (rounds, k). NaN where a figure can't be told."""

    values: Floats
    drawn: Floats

    def interval(self, place: int) -> Interval:
        """A figure, and between what 95 % of the draws lie."""
        return _interval(float(self.values[place]), self.drawn[:, place])

    def difference(self, place: int, base: int) -> Interval:
        """The figure at a place less the one at another, from the same draws."""
        return _interval(
            float(self.values[place] - self.values[base]),
            self.drawn[:, place] - self.drawn[:, base],
        )

    def mirrored(self, place: int, base: int | None = None) -> Interval:
        """The interval turned round the figure, or round a difference: for figures to which chance only adds.

        Draws of a mean of distances lie as far above the figure as that lies above the truth.
        """
        plain = self.interval(place) if base is None else self.difference(place, base)
        least = 0.0 if base is None else -np.inf
        low, high = 2 * plain.value - plain.high, 2 * plain.value - plain.low
        return Interval(plain.value, min(max(low, least), plain.value), max(high, plain.value))

    def differences_together(self, pairs: Ints) -> tuple[Interval, ...]:
        """Differences of figures by pairs of places, shape (m, 2), with bounds that hold for all m at once.

        Looked at one by one, a dozen slices would show a harm by chance every few comparisons. So the width is told by
        the draws' largest deviation, in standard deviations of each (the max-t bootstrap).
        """
        values = self.values[pairs[:, 0]] - self.values[pairs[:, 1]]
        away = self.drawn[:, pairs[:, 0]] - self.drawn[:, pairs[:, 1]] - values
        counted = np.isfinite(away).all(axis=0)
        spread = np.where(counted, away.std(axis=0, ddof=1) if len(away) else 0.0, np.nan)
        moving = counted & (spread > 0)
        times = 0.0
        if moving.any():
            times = float(np.quantile(np.abs(away[:, moving] / spread[moving]).max(axis=1), SHARE))
        return tuple(
            Interval(float(value), float(value - times * each), float(value + times * each))
            if np.isfinite(each)
            else Interval(float(value), float("nan"), float("nan"))
            for value, each in zip(values, spread, strict=True)
        )


def draw_buyers(buyer: Ints, figures: Callable[[Floats], Floats], *, rounds: int = ROUNDS, seed: int = SEED) -> Draws:
    """Figures of all buyers, and of buyers drawn anew with replacement.

    Args:
        buyer: a number for each claim's buyer, from 0, shape (n,).
        figures: told how often each claim counts, shape (n,), gives k figures.
        rounds: how often buyers are drawn.
        seed: the same seed gives the same draws.
    """
    random = np.random.default_rng(seed)
    buyers = int(buyer.max()) + 1
    values = figures(np.ones(len(buyer)))
    drawn = np.empty((rounds, len(values)))
    for number in range(rounds):
        times = np.bincount(random.integers(0, buyers, buyers), minlength=buyers)
        drawn[number] = figures(times[buyer].astype(np.float64))
    return Draws(values, drawn)


def _interval(value: float, drawn: Floats) -> Interval:
    told = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or len(told) == 0:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(told, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return Interval(value, float(low), float(high))
