"""Figures of one model's probabilities, quickly again and again with other weights: the sorting is done once.

With the same weights they are those of `training.evaluation.metrics`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from features.arrays import Floats, Ints

PARTS: Final = 10
NAMES: Final = ("average_precision", "auc", "calibration_error", "log_loss")


@dataclass(frozen=True, slots=True)
class Ranked:
    """Probabilities of n claims and what those were, sorted by probability, the least first.

    Attributes:
        order: the claims' places before the sorting.
        probability, abusive: float64, sorted.
        groups: where each run of equal probabilities begins.
        loss: the log loss of each claim.
    """

    order: Ints
    probability: Floats
    abusive: Floats
    groups: Ints
    loss: Floats

    @classmethod
    def of(cls, probability: Floats, abusive: Floats) -> Self:
        """Sort probabilities, each within (0, 1), and what the claims were, 1 or 0."""
        order = np.argsort(probability, kind="stable")
        given, found = probability[order], abusive[order]
        groups = np.flatnonzero(np.concatenate([[True], np.diff(given) > 0]))
        return cls(order, given, found, groups, -np.log(np.where(found > 0, given, 1 - given)))

    def figures(self, weights: Floats) -> Floats:
        """The figures by `NAMES`, shape (4,), each claim counting for its weight; NaN where they can't be told.

        Args:
            weights: zero or more, shape (n,), in the order in which the claims were given.
        """
        sorted_weights = weights[self.order]
        abusive = np.add.reduceat(sorted_weights * self.abusive, self.groups)
        everything = np.add.reduceat(sorted_weights, self.groups)
        total, positive = everything.sum(), abusive.sum()
        if not 0 < positive < total:
            return np.full(len(NAMES), np.nan)
        found, seen = np.cumsum(abusive[::-1]), np.cumsum(everything[::-1])  # from the highest probability down
        precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
        above = found - abusive[::-1]
        honest = (everything - abusive)[::-1]
        return np.array(
            [
                (abusive[::-1] @ precision) / positive,
                (honest @ (above + abusive[::-1] / 2)) / (positive * (total - positive)),
                self._calibration_error(self.abusive, sorted_weights),
                (self.loss @ sorted_weights) / total,
            ]
        )

    def calibration_error(self, abusive: Floats, weights: Floats) -> float:
        """The mean distance of probability and outcome over ten parts, for other outcomes; both shape (n,) as given."""
        return self._calibration_error(abusive[self.order], weights[self.order])

    def _calibration_error(self, abusive: Floats, weights: Floats) -> float:
        middle = (np.cumsum(weights) - weights / 2) / weights.sum()
        cuts = np.searchsorted(middle, np.arange(1, PARTS) / PARTS)
        ends = np.concatenate([cuts, [len(weights)]])
        sums = np.concatenate([[0.0], np.cumsum(weights * (self.probability - abusive))])[ends]
        return float(np.abs(np.diff(sums, prepend=0.0)).sum() / weights.sum())
