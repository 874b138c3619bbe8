"""From raw scores to probabilities that mean what they say, fitted on a period that the model never saw."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from features.arrays import Floats
from serving.calibration import Calibration

Outcomes = npt.NDArray[np.int8]

ENOUGH_FOR_STEPS: Final = 1_000
KNOTS: Final = 129  # between so many knots, straight lines stay within 0.001 of the curve
MARGIN: Final = 4.0


def calibrate(raw_scores: Floats, abusive: Outcomes, weights: Floats) -> Calibration:
    """Fit a calibration and return it as knots.

    A logistic curve has two parameters and does well on little data; an isotonic fit follows any shape, but needs
    about a thousand cases of the rarer kind before it does better (Niculescu-Mizil and Caruana 2005).

    Args:
        raw_scores: log-odds, shape (n,).
        abusive: 1 or 0, shape (n,); both must occur.
        weights: what each case counts for, shape (n,).
    """
    rarer = min(float(weights[abusive == 1].sum()), float(weights[abusive == 0].sum()))
    fit = _isotonic if rarer >= ENOUGH_FOR_STEPS else _logistic
    return fit(raw_scores, abusive, weights)


def _logistic(raw_scores: Floats, abusive: Outcomes, weights: Floats) -> Calibration:
    """A logistic curve over raw scores, cut into straight lines; a falling one becomes flat."""
    fitted = LogisticRegression(C=1e6).fit(raw_scores[:, np.newaxis], abusive, sample_weight=weights)
    knots = np.linspace(raw_scores.min() - MARGIN, raw_scores.max() + MARGIN, KNOTS)
    slope = max(float(fitted.coef_[0, 0]), 0.0)  # where higher scores meant less abuse, the scores say nothing
    if slope == 0.0:
        share = float(np.average(abusive, weights=weights))
        return Calibration((float(knots[0]), float(knots[-1])), (share, share))
    log_odds = np.clip(slope * knots + float(fitted.intercept_[0]), -20, 20)  # no certainty, and no overflow
    return Calibration(tuple(knots.tolist()), tuple((1 / (1 + np.exp(-log_odds))).tolist()))


def _isotonic(raw_scores: Floats, abusive: Outcomes, weights: Floats) -> Calibration:
    """An isotonic fit, with a knot at the centre of each of its steps.

    Straight lines between the centres, in place of steps, keep the order of claims within a step (centred isotonic
    regression, Oron and Flournoy 2017). Half a claim of the other outcome stands at either end, so that no number of
    equal outcomes makes a certainty; where a few equal ones begin or end the row, the fit itself pools them with it.
    """
    ends = np.array([raw_scores.min(), raw_scores.max()])
    raw_scores = np.concatenate([raw_scores, ends])
    weights = np.concatenate([weights, [0.5, 0.5]])
    fitted = IsotonicRegression().fit(raw_scores, np.concatenate([abusive, [1, 0]]), sample_weight=weights)
    levels, step = np.unique(fitted.predict(raw_scores), return_inverse=True)
    centre = np.bincount(step, weights=weights * raw_scores) / np.bincount(step, weights=weights)
    if len(levels) == 1:  # the scores say nothing: the same probability everywhere
        return Calibration((float(centre[0]), float(centre[0]) + 1.0), (float(levels[0]), float(levels[0])))
    return Calibration(tuple(centre.tolist()), tuple(levels.tolist()))
