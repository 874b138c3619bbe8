"""What claims of a period count for when a model is fitted on them."""

from __future__ import annotations

from dataclasses import replace

from training.dataset import Period
from training.labels.propensity import WORTH_IN_FITTING, inverse_weights


def weighed_for_fitting(period: Period) -> Period:
    """The period with its largest weights cut, until its claims are worth `WORTH_IN_FITTING` of their number.

    The weights of a calibration or test period are whole, so that figures and probabilities speak of all claims. In
    fitting, few that count for a hundred others each would make a model of these few (`training.labels.propensity`).
    """
    weights = period.weights
    cut = inverse_weights(1 / weights, clip=float(weights.max()), least_worth=WORTH_IN_FITTING)
    return replace(period, weights=cut.values * weights.mean())
