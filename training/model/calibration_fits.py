"""Three ways from raw scores to probabilities, from stiff to free, each stored as knots.

A **logistic** curve (Platt 1999) has two parameters: it shifts and stretches log-odds. A **beta** calibration (Kull,
Silva Filho and Flach 2017) has three: it stretches high and low log-odds each by its own measure. An **isotonic** fit
follows any rising shape, and needs many cases to do it well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from features.arrays import Floats
from serving.calibration import Calibration

Outcomes: TypeAlias = npt.NDArray[np.int8]
CalibrationFit: TypeAlias = Callable[[Floats, Outcomes, Floats], Calibration]

KNOTS: Final = 129  # between so many knots, straight lines stay within 0.001 of the curve
MARGIN: Final = 4.0
MOST: Final = 20.0  # log-odds beyond which no curve goes: no certainty, and no overflow


def fit_logistic(raw_scores: Floats, abusive: Outcomes, weights: Floats) -> Calibration:
    """A logistic curve over raw scores, cut into straight lines; a falling one becomes flat."""
    return _curve(lambda scores: scores[:, np.newaxis], raw_scores, abusive, weights)


def fit_beta(raw_scores: Floats, abusive: Outcomes, weights: Floats) -> Calibration:
    """A beta calibration of the probability p that a raw score stands for: log-odds a*log(p) - b*log(1-p) + c.

    It is fitted as the logistic regression that it is. Where a or b comes out below 0, the curve would fall somewhere:
    that term is left out and the rest fitted again, as its authors do.
    """
    return _curve(_beta_terms, raw_scores, abusive, weights)


def _beta_terms(raw_scores: Floats) -> Floats:
    """log(p) and -log(1-p), both of which rise with the raw score."""
    return np.stack([-np.logaddexp(0, -raw_scores), np.logaddexp(0, raw_scores)], axis=1)


def _curve(terms: Callable[[Floats], Floats], raw_scores: Floats, abusive: Outcomes, weights: Floats) -> Calibration:
    knots = np.linspace(raw_scores.min() - MARGIN, raw_scores.max() + MARGIN, KNOTS)
    at_cases, at_knots = terms(raw_scores), terms(knots)
    kept = np.arange(at_cases.shape[1])
    while len(kept):
        fitted = LogisticRegression(C=1e6, max_iter=1_000).fit(at_cases[:, kept], abusive, sample_weight=weights)
        slopes = fitted.coef_[0]
        if (slopes > 0).all():
            log_odds = np.clip(at_knots[:, kept] @ slopes + float(fitted.intercept_[0]), -MOST, MOST)
            probabilities = np.maximum.accumulate(1 / (1 + np.exp(-log_odds)))  # a sum may round down a last bit
            return Calibration(tuple(knots.tolist()), tuple(probabilities.tolist()))
        kept = kept[slopes > 0]
    share = float(np.average(abusive, weights=weights))  # where higher scores meant less abuse, they say nothing
    return Calibration((float(knots[0]), float(knots[-1])), (share, share))


def fit_isotonic(raw_scores: Floats, abusive: Outcomes, weights: Floats) -> Calibration:
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


FITS: Final[Mapping[str, CalibrationFit]] = {"logistic": fit_logistic, "beta": fit_beta, "isotonic": fit_isotonic}
