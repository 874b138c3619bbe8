"""The figures, against cases small enough to work out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.evaluation.metrics import calibration_curve, probability_metrics, rank_metrics

ABUSIVE = np.array([1, 0, 1, 0], dtype=np.int8)
RANKING = np.array([0.9, 0.8, 0.7, 0.1])
ONES = np.ones(4)


def test_rank_metrics_of_four_claims_are_those_worked_out_by_hand():
    """Found first and third of four: precision 1 and 2/3; three of four pairs are in order."""
    metrics = rank_metrics(ABUSIVE, RANKING, ONES)
    assert metrics.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.auc == pytest.approx(3 / 4)


def test_rank_metrics_without_weights_count_each_claim_once():
    """No weights are weights of one."""
    assert rank_metrics(ABUSIVE, RANKING) == rank_metrics(ABUSIVE, RANKING, ONES)


def test_rank_metrics_with_weights_are_those_worked_out_by_hand():
    """The second claim, a wrong one, counts for three: precision 1 and 2/5; three of eight pairs are out of order."""
    metrics = rank_metrics(ABUSIVE, RANKING, np.array([1.0, 3.0, 1.0, 1.0]))
    assert metrics.average_precision == pytest.approx((1 + 2 / 5) / 2)
    assert metrics.auc == pytest.approx(5 / 8)


def test_rank_metrics_of_equal_ranks_are_those_of_chance():
    """A ranking that says nothing finds abuse at its base rate."""
    metrics = rank_metrics(np.array([1, 0, 0, 0], dtype=np.int8), np.zeros(4), ONES)
    assert (metrics.average_precision, metrics.auc) == (0.25, 0.5)


def test_rank_metrics_of_any_scale_are_the_same():
    """Only the order matters."""
    assert rank_metrics(ABUSIVE, RANKING * 1_000 - 5, ONES) == rank_metrics(ABUSIVE, RANKING, ONES)


def test_probability_metrics_of_two_claims_are_those_worked_out_by_hand():
    """One abusive claim at 0.8, one clean at 0.4; each is a part of its own in the calibration error."""
    metrics = probability_metrics(np.array([1, 0], dtype=np.int8), np.array([0.8, 0.4]), np.ones(2))
    assert metrics.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)
    assert metrics.brier == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert metrics.calibration_error == pytest.approx((0.2 + 0.4) / 2)


def test_probability_metrics_with_weights_count_a_claim_for_its_weight():
    """The first claim counts for three."""
    metrics = probability_metrics(np.array([1, 0], dtype=np.int8), np.array([0.8, 0.4]), np.array([3.0, 1.0]))
    assert metrics.log_loss == pytest.approx(-(3 * math.log(0.8) + math.log(0.6)) / 4)
    assert metrics.brier == pytest.approx((3 * 0.2**2 + 0.4**2) / 4)
    assert metrics.calibration_error == pytest.approx((3 * 0.2 + 0.4) / 4)


def test_calibration_error_of_probabilities_that_mean_what_they_say_is_zero():
    """Of a hundred claims at each tenth, as many are abusive as it says."""
    tenths = np.arange(1, 10) / 10
    probabilities = np.repeat(tenths, 100)
    abusive = np.concatenate([np.arange(100) < round(100 * tenth) for tenth in tenths]).astype(np.int8)
    # nine levels in nine parts
    curve = calibration_curve(abusive, probabilities, np.ones(900), parts=9)
    assert curve.observed == pytest.approx(curve.predicted)
    assert curve.predicted == pytest.approx(tenths)


def test_calibration_error_of_probabilities_all_too_high_is_how_much():
    """A tenth too much everywhere is an error of a tenth."""
    abusive = np.tile([1, 0, 0, 0, 0], 40).astype(np.int8)
    metrics = probability_metrics(abusive, np.full(200, 0.3), np.ones(200))
    assert metrics.calibration_error == pytest.approx(0.1)


@pytest.mark.parametrize("size", [10, 20, 1_000])
def test_calibration_curve_of_claims_that_divide_by_ten_has_ten_equal_parts(size):
    """Each part holds a tenth of the claims, in the order of their probabilities."""
    probabilities = np.random.default_rng(1).permutation(size) / size
    curve = calibration_curve(np.zeros(size, dtype=np.int8), probabilities, np.ones(size))
    assert curve.weight.tolist() == [size / 10] * 10
    assert (np.diff(curve.predicted) > 0).all()


def test_calibration_curve_of_weighted_claims_has_parts_of_about_equal_weight():
    """A part is a share of the filings, not of their lines."""
    random = np.random.default_rng(2)
    weights = 1 / random.integers(1, 9, 4_000)
    curve = calibration_curve(np.ones(4_000, dtype=np.int8), random.random(4_000), weights)
    assert curve.weight == pytest.approx(np.full(10, weights.sum() / 10), abs=1.0)


def test_calibration_curve_of_weighted_claims_averages_within_a_part_by_weight():
    """In one part: an abusive claim at 0.8 that counts for three, and a clean one at 0.4."""
    curve = calibration_curve(np.array([1, 0], dtype=np.int8), np.array([0.8, 0.4]), np.array([3.0, 1.0]), parts=1)
    assert curve.predicted == pytest.approx([0.7])
    assert curve.observed == pytest.approx([0.75])
    assert curve.weight.tolist() == [4.0]


def test_calibration_curve_of_fewer_claims_than_parts_has_no_empty_part():
    """Three claims make three parts, and nothing is divided by zero."""
    curve = calibration_curve(np.array([1, 0, 1], dtype=np.int8), np.array([0.5, 0.1, 0.9]), np.ones(3))
    assert curve.predicted.tolist() == [0.1, 0.5, 0.9]
    assert curve.observed.tolist() == [0.0, 1.0, 1.0]


def test_named_metrics_carry_the_prefix():
    """In MLflow a figure says whose it is."""
    assert set(rank_metrics(ABUSIVE, RANKING).named("model")) == {"model_average_precision", "model_auc"}
    assert set(probability_metrics(ABUSIVE, RANKING, ONES).named("model")) == {
        "model_log_loss",
        "model_brier",
        "model_calibration_error",
    }
