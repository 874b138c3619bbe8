"""Quick figures are the known figures."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.metrics import probability_metrics, rank_metrics
from training.gate.ranked import NAMES, Ranked


@pytest.mark.parametrize("ties", [False, True])
def test_figures_are_those_of_an_evaluation_for_any_weights(ties):
    """Average precision, AUC, calibration error and log loss, with and without equal probabilities."""
    random = np.random.default_rng(5)
    given = random.random(700).clip(0.01, 0.99)
    given = given.round(1).clip(0.05, 0.95) if ties else given
    abusive = (random.random(700) < given).astype(np.int8)
    ranked = Ranked.of(given, abusive.astype(np.float64))
    for _ in range(5):
        weights = random.integers(0, 4, 700) * random.random(700)
        counted = weights > 0
        found = dict(zip(NAMES, ranked.figures(weights), strict=True))
        ranks = rank_metrics(abusive, given, weights)
        told = probability_metrics(abusive[counted], given[counted], weights[counted])
        assert found["average_precision"] == pytest.approx(ranks.average_precision, rel=1e-12)
        assert found["auc"] == pytest.approx(ranks.auc, rel=1e-12)
        assert found["calibration_error"] == pytest.approx(told.calibration_error, rel=1e-9)
        assert found["log_loss"] == pytest.approx(told.log_loss, rel=1e-12)


def test_figures_of_one_kind_of_claims_only_are_unknown():
    """Without an abusive claim there is nothing to rank, and no number is made up."""
    ranked = Ranked.of(np.array([0.2, 0.4, 0.6]), np.array([0.0, 1.0, 0.0]))
    assert np.isnan(ranked.figures(np.array([1.0, 0.0, 1.0]))).all()
