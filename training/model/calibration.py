"""From raw scores to probabilities that mean what they say: which of the fits the data bear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.metrics import log_loss

from features.arrays import Floats, Ints
from serving.calibration import Calibration
from training.model.calibration_fits import FITS, CalibrationFit, Outcomes

ENOUGH_FOR_STEPS: Final = 1_000
FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration, the name of its fit, and the log loss of each fit that was tried on buyers it hadn't seen."""

    calibration: Calibration
    fit: str
    log_losses: dict[str, float]


def calibrate(
    raw_scores: Floats, abusive: Outcomes, weights: Floats, buyers: Ints | None = None, seed: int = 7
) -> Calibrated:
    """Fit the calibration that loses least on buyers it hasn't seen; of equals, the stiffest.

    An isotonic fit needs about a thousand cases of the rarer kind before it does better than a curve (Niculescu-Mizil
    and Caruana 2005); with fewer it isn't tried, since so few cases can't tell fits apart either.

    Args:
        raw_scores: log-odds of a booster that never saw these cases, shape (n,).
        abusive: 1 or 0, shape (n,); both must occur.
        weights: what each case counts for, shape (n,).
        buyers: whose case each is, shape (n,); None if each stands alone.
        seed: which buyers are held out together.
    """
    rarer = min(float(weights[abusive == 1].sum()), float(weights[abusive == 0].sum()))
    tried = {name: fit for name, fit in FITS.items() if name != "isotonic" or rarer >= ENOUGH_FOR_STEPS}
    held_out = _folds(np.arange(len(abusive)) if buyers is None else buyers, seed)
    losses = {name: _loss(fit, raw_scores, abusive, weights, held_out) for name, fit in tried.items()}
    best = min(losses, key=losses.__getitem__)
    return Calibrated(FITS[best](raw_scores, abusive, weights), best, losses)


def _folds(buyers: Ints, seed: int) -> Ints:
    """The fold of each case, by its buyer. Shape (n,)."""
    _, number = np.unique(buyers, return_inverse=True)
    order = np.random.default_rng(seed).permutation(int(number.max()) + 1)
    return np.asarray(order[number] % FOLDS, dtype=np.int64)


def _loss(fit: CalibrationFit, raw_scores: Floats, abusive: Outcomes, weights: Floats, held_out: Ints) -> float:
    """Log loss on the cases of each fold, by a fit on those of the others.

    Folds without which one kind of case is missing are passed over; where that leaves none, every fit loses the same.
    """
    probabilities = np.full(len(abusive), np.nan)
    for fold in range(FOLDS):
        others = held_out != fold
        if len(np.unique(abusive[others])) == 2:
            fitted = fit(raw_scores[others], abusive[others], weights[others])
            probabilities[~others] = fitted.probabilities(raw_scores[~others])
    told = ~np.isnan(probabilities)
    if not told.any():
        return float("inf")
    return float(log_loss(abusive[told], probabilities[told], sample_weight=weights[told], labels=[0, 1]))
