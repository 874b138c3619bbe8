"""Figures of shares: a part of an advance is a part of a case."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss as log_loss_of_cases

from training.recovery.figures import as_cases, figures_of_test, log_loss


def test_log_loss_of_shares_is_that_of_their_cases():
    """Three quarters of an advance are one case that came back, at weight .75, and one that didn't."""
    random = np.random.default_rng(3)
    share = random.choice([0.0, 0.25, 0.9, 1.0], size=200)
    probabilities = random.uniform(0.05, 0.95, size=200)
    outcomes, row, weights = as_cases(share)
    expected = log_loss_of_cases(outcomes, probabilities[row], sample_weight=weights)
    assert log_loss(share, probabilities) == pytest.approx(expected)


def test_cases_weigh_as_much_as_the_advances():
    """Nothing is counted twice, and nothing without weight is kept."""
    share = np.array([0.0, 0.3, 1.0])
    outcomes, row, weights = as_cases(share)
    assert np.bincount(row, weights=weights).tolist() == pytest.approx([1, 1, 1])
    assert float(weights[outcomes == 1].sum()) == pytest.approx(1.3)
    assert (weights > 0).all()


def test_figures_of_right_probabilities_beat_the_constant():
    """Each figure stands beside that of the mean share."""
    share = np.repeat([0.0, 1.0], 50)
    figures = figures_of_test(share, np.where(share == 1, 0.9, 0.1), 0.5)
    assert figures["test_log_loss"] < figures["test_constant_log_loss"] == pytest.approx(np.log(2))
    assert figures["test_brier"] == pytest.approx(0.01)
    assert figures["test_constant_brier"] == pytest.approx(0.25)
    assert figures["test_calibration_error"] == pytest.approx(0.1)
    assert (figures["test_auc"], figures["test_examples"], figures["test_came_back"]) == (1.0, 100.0, 0.5)
