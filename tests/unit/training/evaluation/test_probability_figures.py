"""Calibration and log loss under any draw are the plain figures of the claims so often."""

import numpy as np
import pytest

from training.evaluation.intervals import Ratios, bootstrap
from training.evaluation.metrics import calibration_curve, probability_metrics
from training.evaluation.probability_figures import CalibrationError, band_of, log_losses, part_shares

RANDOM = np.random.default_rng(9)
N, BUYERS = 500, 120
BUYER = RANDOM.integers(0, BUYERS, N)
WEIGHTS = RANDOM.random(N) + 0.2
PROBABILITIES = RANDOM.beta(0.6, 3, N)
ABUSIVE = (RANDOM.random(N) < PROBABILITIES**0.8).astype(np.int8)
COUNTS = RANDOM.poisson(1.0, (8, BUYERS)).astype(np.float64)


@pytest.mark.parametrize("probabilities", [PROBABILITIES, np.round(PROBABILITIES, 1), np.full(N, 0.3)])
def test_figures_under_each_draw_are_the_plain_ones(probabilities):
    """Parts are cut anew under each draw, and claims that weren't drawn play no part."""
    error = CalibrationError.of(ABUSIVE, probabilities, WEIGHTS, BUYER)(COUNTS)["calibration_error"]
    losses = Ratios.of(BUYER, log_loss=(log_losses(ABUSIVE, probabilities), WEIGHTS))(COUNTS)["log_loss"]
    for draw, counts in enumerate(COUNTS):
        weights = WEIGHTS * counts[BUYER]
        kept = weights > 0
        plain = probability_metrics(ABUSIVE[kept], probabilities[kept], weights[kept])
        assert error[draw] == pytest.approx(plain.calibration_error)
        assert losses[draw] == pytest.approx(plain.log_loss)


@pytest.mark.parametrize("count", [5, 15, 100])
def test_calibration_error_of_equal_claims_cuts_parts_where_the_plain_one_does(count):
    """A claim in the very middle of a cut is on the same side of it."""
    given = (ABUSIVE[:count], PROBABILITIES[:count], np.ones(count))
    error = CalibrationError.of(*given, np.arange(count))(np.ones((1, count)))["calibration_error"]
    assert error.tolist() == [pytest.approx(probability_metrics(*given).calibration_error)]


def test_calibration_error_of_no_claims_is_unknown():
    """A draw of none of a slice's buyers tells nothing."""
    assert np.isnan(CalibrationError.of(ABUSIVE, PROBABILITIES, WEIGHTS, BUYER)(0 * COUNTS)["calibration_error"]).all()


def test_log_loss_of_a_certainty_that_was_wrong_is_finite():
    """As scikit-learn has it, one says no more than a float can."""
    wrong = log_losses(np.array([1, 0], dtype=np.int8), np.array([0.0, 1.0]))
    plain = probability_metrics(np.array([1, 0], dtype=np.int8), np.array([0.0, 1.0]), np.ones(2))
    assert wrong.mean() == pytest.approx(plain.log_loss)


def test_band_holds_the_curve_with_an_interval_for_each_part():
    """Its middle is the plain curve; its ends are of drawn buyers."""
    shares = part_shares(ABUSIVE, PROBABILITIES, WEIGHTS, BUYER)
    drawn = bootstrap({"parts": [shares]}, BUYERS, N, 100, 7)["parts"]
    band = band_of(ABUSIVE, PROBABILITIES, WEIGHTS, drawn)
    curve = calibration_curve(ABUSIVE, PROBABILITIES, WEIGHTS)
    assert band.predicted == pytest.approx(curve.predicted)
    assert [each.value for each in band.observed] == pytest.approx(curve.observed)
    assert band.filings == pytest.approx(curve.weight)
    assert all(each.low < each.value < each.high for each in band.observed[1:])
