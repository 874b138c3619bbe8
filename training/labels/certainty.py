"""How sure estimated rates are: the curvature of the likelihood at its top, with all parameters free to move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from features.arrays import Floats
from training.labels.dawid_skene import Beliefs, Votes, log_posterior

_STEP: Final = 1e-3  # in log-odds


def rate_errors(votes: Votes, found: Beliefs, prior: Beliefs) -> Floats:
    """Standard errors of the rates, shape (voters, 2); infinite where a rate was not free, or nothing tells it.

    The observed information is the negative second derivative of the log posterior by the log-odds of all free rates
    and shares together, by central differences; an error in log-odds becomes one of a rate by the delta method.
    """
    flat = np.concatenate([found.rates.ravel(), found.shares])
    free = np.flatnonzero(np.isfinite(np.concatenate([prior.rate_counts.ravel(), prior.share_counts])))
    errors = np.full(len(flat), np.inf)
    if len(free) == 0 or len(votes.case) == 0:
        return errors[: found.rates.size].reshape(found.rates.shape)
    centre = np.log(flat[free]) - np.log1p(-flat[free])

    def height(point: Floats) -> float:
        values = flat.copy()
        values[free] = 1 / (1 + np.exp(-point))
        rates, shares = np.split(values, [found.rates.size])
        return log_posterior(votes, replace(found, rates=rates.reshape(found.rates.shape), shares=shares), prior)

    variances = np.diag(np.linalg.pinv(-_second_derivatives(height, centre)))
    known = variances > 0
    slope = flat[free] * (1 - flat[free])
    errors[free[known]] = np.sqrt(variances[known]) * slope[known]
    return errors[: found.rates.size].reshape(found.rates.shape)


def _second_derivatives(height: Callable[[Floats], float], centre: Floats) -> Floats:
    """The matrix of second derivatives of a function, by central differences."""
    steps = np.eye(len(centre)) * _STEP
    matrix = np.empty((len(centre), len(centre)))
    for i, one in enumerate(steps):
        for j, other in enumerate(steps[: i + 1]):
            corners = (
                height(centre + one + other)
                - height(centre + one - other)
                - height(centre - one + other)
                + height(centre - one - other)
            )
            matrix[i, j] = matrix[j, i] = corners / (4 * _STEP**2)
    return matrix
