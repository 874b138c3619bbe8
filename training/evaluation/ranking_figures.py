"""How well a ranking puts abusive claims first, for many draws of buyers at once.

The claims are sorted once; under each draw only their weights differ, so every figure is a few running sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints

Outcomes = npt.NDArray[np.int8]

FALSE_POSITIVES: Final[Mapping[str, float]] = {"recall_at_1_fpr": 0.01, "recall_at_5_fpr": 0.05}
_SLACK: Final = 1e-12  # of a share of false positives: sums of weights are rounded


@dataclass(frozen=True, slots=True)
class RankingFigures:
    """`average_precision`, `auc`, and the recall at 1 % and 5 % of false positives.

    Claims of equal rank come all at once for the average precision, as scikit-learn has it; for a recall they come in
    an order drawn by chance, which is a straight line on the ROC curve.

    Attributes:
        buyer: of the claims by falling rank, shape (claims,).
        abusive, honest: their weights, 0 for those of the other kind.
        ends: the last places of equal ranks.
        brief: whether only the average precision is wanted.
    """

    buyer: Ints
    abusive: Floats
    honest: Floats
    ends: Ints
    brief: bool = False

    @classmethod
    def of(
        cls, abusive: Outcomes, ranking: Floats, weights: Floats, buyer: Ints, *, brief: bool = False
    ) -> RankingFigures:
        """Sort the claims, each array of shape (claims,)."""
        order = np.argsort(-ranking, kind="stable")
        ends = np.flatnonzero(np.append(np.diff(ranking[order]) != 0, True))[: len(order)]
        counted = weights[order]
        return cls(buyer[order], counted * abusive[order], counted * (1 - abusive[order]), ends, brief)

    def __call__(self, counts: Floats) -> dict[str, Floats]:
        """Figures by name, shape (draws,); NaN where abusive or honest claims are missing."""
        times = counts[:, self.buyer]
        found = np.cumsum(times * self.abusive, axis=1)[:, self.ends]
        wrong = np.cumsum(times * self.honest, axis=1)[:, self.ends]
        all_found, all_wrong = found[:, -1].copy(), wrong[:, -1].copy()
        told = (all_found > 0) & (all_wrong > 0)
        all_found[~told] = all_wrong[~told] = np.nan
        steps = np.diff(found, axis=1, prepend=0.0)
        precision = np.divide(found, found + wrong, out=np.zeros_like(found), where=steps > 0)
        mean_precision = {"average_precision": np.einsum("ij,ij->i", steps, precision) / all_found}
        if self.brief:
            return mean_precision
        wide = np.diff(wrong, axis=1, prepend=0.0)
        auc = {"auc": np.einsum("ij,ij->i", wide, found - steps / 2) / (all_found * all_wrong)}
        found /= all_found[:, np.newaxis]
        wrong /= all_wrong[:, np.newaxis]
        return {**mean_precision, **auc, **{name: _at(found, wrong, most) for name, most in FALSE_POSITIVES.items()}}


def _at(found: Floats, wrong: Floats, most: float) -> Floats:
    """The recall where so large a share of honest claims is found, on straight lines between the points."""
    after = first_above(wrong, np.array([most + _SLACK]))[:, 0]
    rows = np.arange(len(wrong))
    right = np.minimum(after, wrong.shape[1] - 1)
    left_found = np.where(after > 0, found[rows, after - 1], 0.0)
    left_wrong = np.where(after > 0, wrong[rows, after - 1], 0.0)
    wide = wrong[rows, right] - left_wrong
    part = np.divide(most - left_wrong, wide, out=np.zeros_like(wide), where=(wide > 0) & (after < wrong.shape[1]))
    return np.asarray(left_found + np.clip(part, 0, 1) * (found[rows, right] - left_found) + 0 * found[:, -1])


def first_above(rising: Floats, values: Floats) -> Ints:
    """In each row, the places of the first numbers above some values; the row's length where there is none.

    Args:
        rising: numbers that rise along each row, shape (rows, n).
        values: shape (k,).

    Returns:
        Shape (rows, k).

    >>> first_above(np.array([[0.1, 0.5, 0.5, 1.0], [0.2, 0.3, 0.4, 0.5]]), np.array([0.5])).tolist()
    [[3], [4]]
    """
    return np.array([np.searchsorted(row, values, side="right") for row in rising], dtype=np.int64)
