"""Figures about probabilities whose outcomes are shares: of an advance, a quarter may come back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from features.arrays import Floats, Ints
from training.evaluation.metrics import calibration_curve


def as_cases(share: Floats) -> tuple[npt.NDArray[np.int8], Ints, Floats]:
    """Shares as cases that came back or didn't, each with its weight: outcomes, rows of `share`, and weights.

    >>> outcomes, row, weights = as_cases(np.array([1.0, 0.75]))
    >>> outcomes.tolist(), row.tolist(), weights.tolist()
    ([1, 1, 0], [0, 1, 1], [1.0, 0.75, 0.25])
    """
    weights = np.concatenate([share, 1 - share])
    held = np.flatnonzero(weights > 0)
    return (held < len(share)).astype(np.int8), held % max(len(share), 1), weights[held]


def log_loss(share: Floats, probabilities: Floats | float) -> float:
    """The mean log loss, each share counting as two cases.

    >>> round(log_loss(np.array([1.0, 0.5]), 0.5), 4)
    0.6931
    """
    given = np.asarray(probabilities, dtype=np.float64)
    return float(-np.mean(share * np.log(given) + (1 - share) * np.log1p(-given)))


def figures_of_test(share: Floats, probabilities: Floats, constant: float) -> dict[str, float]:
    """What probabilities are worth on shares that came after, and a constant in their place.

    `test_brier` is the mean squared distance to the share; `test_calibration_error` the mean distance between
    probability and share over ten parts of equal size.
    """
    outcomes, row, weights = as_cases(share)
    curve = calibration_curve(share, probabilities, np.ones(len(share)))
    return {
        "test_examples": float(len(share)),
        "test_came_back": float(share.mean()),
        "test_log_loss": log_loss(share, probabilities),
        "test_constant_log_loss": log_loss(share, constant),
        "test_brier": float(np.mean((probabilities - share) ** 2)),
        "test_constant_brier": float(np.mean((constant - share) ** 2)),
        "test_calibration_error": float(np.average(np.abs(curve.predicted - curve.observed), weights=curve.weight)),
        "test_auc": float(roc_auc_score(outcomes, probabilities[row], sample_weight=weights)),
    }
