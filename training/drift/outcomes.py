"""What a model gave and what was found, on labelled claims: calibration and ranking, each with its error."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from pydantic import JsonValue

from features.arrays import Floats, Ints
from training.drift.resampling import DRAWS, Estimate, Outcomes, draw, estimate, figures, rank
from training.evaluation.metrics import CalibrationCurve, calibration_curve
from training.labels.propensity import effective_size

SEED: Final = 20_260_201  # of the draws: the same claims give the same figures
LEAST_OF_EACH: Final = 20  # abusive and other claims, before a figure about them means anything
CURVE_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class OutcomeFigures:
    """Figures of a model on labelled claims.

    Attributes:
        claims: how many.
        abusive: how many of them were found abusive.
        effective: how many of equal weight would tell as much.
        given: the weighted mean of the probabilities.
        found: the weighted share of abuse; its interval is that of the distance from `given`.
        average_precision: of the ranking; by chance it is `found`.
        auc: area under the ROC curve, which doesn't hang on how common abuse is.
    """

    claims: int
    abusive: int
    effective: float
    given: float
    found: Estimate
    average_precision: Estimate
    auc: Estimate

    @property
    def tell_ranking(self) -> bool:
        """Whether enough of both kinds were found."""
        return min(self.abusive, self.claims - self.abusive) >= LEAST_OF_EACH

    @property
    def tell_calibration(self) -> bool:
        """Whether enough of both kinds were found, or should have been."""
        abusive, others = self.effective * self.given, self.effective * (1 - self.given)
        return min(max(self.abusive, abusive), max(self.claims - self.abusive, others)) >= LEAST_OF_EACH

    def as_json(self) -> dict[str, JsonValue]:
        """As JSON: what is NaN becomes None."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def outcome_figures(abusive: Outcomes, probabilities: Floats, weights: Floats, buyers: Ints) -> OutcomeFigures:
    """Figures of n labelled claims, errors by draws of buyers.

    Args:
        abusive: 1 and 0, shape (n,).
        probabilities: what the model gave, shape (n,).
        weights: what each label counts for, shape (n,).
        buyers: codes, shape (n,).
    """
    ranked = rank(abusive, probabilities, weights, buyers)
    precision, auc, given, found = figures(ranked).tolist()
    drawn = draw(ranked, SEED, DRAWS)
    return OutcomeFigures(
        claims=len(abusive),
        abusive=int(abusive.sum()),
        effective=effective_size(weights),
        given=given,
        found=estimate(found, given + drawn[:, 3] - drawn[:, 2]),
        average_precision=estimate(precision, drawn[:, 0]),
        auc=estimate(auc, drawn[:, 1]),
    )


@dataclass(frozen=True, slots=True)
class OutcomeCurve:
    """Claims in parts by probability: given, found and the standard error of their distance, each of shape (parts,)."""

    given: Floats
    found: Floats
    error: Floats


def outcome_curve(abusive: Outcomes, probabilities: Floats, weights: Floats) -> OutcomeCurve:
    """The calibration curve in few parts, each with the error that its weights leave it."""
    curve: CalibrationCurve = calibration_curve(abusive, probabilities, weights, CURVE_PARTS)
    worth = effective_size(weights) / max(float(weights.sum()), 1e-12)
    # where none was found, only what was given tells how many there might have been
    spread = np.maximum(curve.observed * (1 - curve.observed), curve.predicted * (1 - curve.predicted))
    return OutcomeCurve(curve.predicted, curve.observed, np.sqrt(spread / np.maximum(curve.weight * worth, 1.0)))


def outcomes_from_json(content: object) -> OutcomeFigures:
    """Read what `as_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: if it is anything else.
    """
    if not isinstance(content, dict):
        raise TypeError("outcomes must be an object")
    claims, abusive, effective, given = (content[name] for name in ("claims", "abusive", "effective", "given"))
    found, precision, auc = (_estimate(content[name]) for name in ("found", "average_precision", "auc"))
    return OutcomeFigures(int(claims), int(abusive), float(effective), float(given), found, precision, auc)


def _plain(value: object) -> JsonValue:
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case int():
            return value
        case float() if np.isfinite(value):
            return value
        case _:
            return None


def _estimate(content: dict[str, float | None]) -> Estimate:
    return Estimate(**{name: float("nan") if value is None else value for name, value in content.items()})
