"""Figures about probabilities and what came of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from features.arrays import Floats, Ints

Outcomes = npt.NDArray[np.int8]

PARTS: Final = 10  # of a calibration curve


@dataclass(frozen=True, slots=True)
class RankMetrics:
    """How well a ranking puts abusive claims first: 1 is perfect, and average precision by chance is the base rate."""

    average_precision: float
    auc: float

    def named(self, prefix: str) -> dict[str, float]:
        """The figures under names for MLflow."""
        return {f"{prefix}_{name}": value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class ProbabilityMetrics:
    """Whether probabilities mean what they say; less is better.

    `calibration_error` is the mean distance between probability and outcome share over ten parts of equal size.
    """

    log_loss: float
    brier: float
    calibration_error: float

    def named(self, prefix: str) -> dict[str, float]:
        """The figures under names for MLflow."""
        return {f"{prefix}_{name}": value for name, value in asdict(self).items()}


def rank_metrics(abusive: Outcomes, ranking: Floats, weights: Floats | None = None) -> RankMetrics:
    """Average precision and area under the ROC curve; each case counts for its weight, or for 1."""
    return RankMetrics(
        float(average_precision_score(abusive, ranking, sample_weight=weights)),
        float(roc_auc_score(abusive, ranking, sample_weight=weights)),
    )


def probability_metrics(abusive: Outcomes, probabilities: Floats, weights: Floats) -> ProbabilityMetrics:
    """Log loss, Brier score and calibration error; each case counts for its weight."""
    curve = calibration_curve(abusive, probabilities, weights)
    return ProbabilityMetrics(
        float(log_loss(abusive, probabilities, sample_weight=weights, labels=[0, 1])),
        float(brier_score_loss(abusive, probabilities, sample_weight=weights)),
        float(np.average(np.abs(curve.predicted - curve.observed), weights=curve.weight)),
    )


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """Parts of the claims by probability: mean probability, share abusive and total weight, each of shape (parts,)."""

    predicted: Floats
    observed: Floats
    weight: Floats


def calibration_curve(
    abusive: Outcomes | Floats, probabilities: Floats, weights: Floats, parts: int = PARTS
) -> CalibrationCurve:
    """Cut the claims, sorted by probability, into parts of about equal weight."""
    chunks = calibration_parts(probabilities, weights, parts)
    return CalibrationCurve(
        np.array([np.average(probabilities[chunk], weights=weights[chunk]) for chunk in chunks]),
        np.array([np.average(abusive[chunk], weights=weights[chunk]) for chunk in chunks]),
        np.array([weights[chunk].sum() for chunk in chunks]),
    )


def calibration_parts(probabilities: Floats, weights: Floats, parts: int = PARTS) -> list[Ints]:
    """Which claims are in each part of the curve, the least probable first; no part is empty."""
    order = np.argsort(probabilities, kind="stable")
    middle = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()  # of each claim, as a share of all weight
    cuts = np.searchsorted(middle, np.arange(1, parts) / parts)
    return [chunk for chunk in np.split(order, cuts) if len(chunk)]
