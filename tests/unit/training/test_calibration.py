"""Probabilities mean what they say, on little data and on much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.model.calibration import ENOUGH_FOR_STEPS, calibrate
from training.model.calibration_fits import FITS, fit_beta, fit_isotonic, fit_logistic

RAW_SCORES = st.integers(-8 * 10**9, 8 * 10**9).map(lambda billionths: billionths / 10**9)
FEW, MANY = 1_500, 24_000  # below and above a thousand of the rarer kind


def plateau(raw_scores):
    """A true probability that no logistic curve follows: three levels."""
    return np.select([raw_scores < -1, raw_scores < 1], [0.05, 0.3], 0.6)


def draw(size, truth=plateau, seed=3):
    """Raw scores, what came of them, and a weight of 1 each."""
    random = np.random.default_rng(seed)
    raw_scores = random.uniform(-3, 3, size)
    return raw_scores, (random.random(size) < truth(raw_scores)).astype(np.int8), np.ones(size)


def middle_of_each_level(calibration):
    return calibration.probabilities(np.array([-2.0, 0.0, 2.0]))


def rising(raw_scores):
    """The probability that a raw score stands for."""
    return 1 / (1 + np.exp(-raw_scores))


def skewed(raw_scores):
    """A true probability that rises with high raw scores and hardly with low ones; a beta curve can follow it."""
    return 1 / (1 + np.exp(1.5 - 1.6 * np.logaddexp(0, raw_scores)))


def test_isotonic_fit_follows_any_rising_shape():
    """It finds the three levels."""
    assert middle_of_each_level(fit_isotonic(*draw(MANY))) == pytest.approx([0.05, 0.3, 0.6], abs=0.03)


def test_logistic_fit_is_a_line_in_log_odds():
    """Two parameters, and no shape."""
    calibration = fit_logistic(*draw(FEW))
    probabilities = np.array(calibration.y)
    slopes = np.diff(np.log(probabilities / (1 - probabilities))) / np.diff(calibration.x)
    assert slopes == pytest.approx(np.full(len(slopes), slopes[0]), rel=1e-6)
    assert slopes[0] > 0.3


def test_beta_fit_follows_a_shape_that_no_logistic_curve_does():
    """Low and high log-odds are stretched each by their own measure."""
    points = np.linspace(-2.8, 2.8, 50)
    beta, logistic = (
        abs(fit(*draw(MANY, skewed)).probabilities(points) - skewed(points)).max() for fit in (fit_beta, fit_logistic)
    )
    assert beta < 0.025 < logistic


def test_calibrate_of_many_cases_takes_the_fit_whose_shape_they_have():
    """Many cases tell whether there are levels or a curve."""
    levels, curve = calibrate(*draw(MANY)), calibrate(*draw(MANY, skewed))
    assert levels.fit == "isotonic"
    assert curve.fit == "beta"
    for calibrated in (levels, curve):
        assert calibrated.log_losses[calibrated.fit] == min(calibrated.log_losses.values())


def test_calibrate_tries_no_steps_on_few_filings():
    """Many lines of few filings are few cases: they say too little about a shape."""
    raw_scores, abusive, weights = draw(MANY)
    assert abusive.sum() > ENOUGH_FOR_STEPS
    light = calibrate(raw_scores, abusive, weights * 900 / abusive.sum())
    heavy = calibrate(raw_scores, abusive, weights * 1_100 / abusive.sum())
    assert "isotonic" not in light.log_losses
    assert heavy.fit == "isotonic"


def test_calibrate_holds_a_buyer_out_with_all_that_the_buyer_filed():
    """Else the cases of a buyer would vouch for one another, and a fit that learns them by heart would seem good."""
    raw_scores, abusive, weights = (np.repeat(part, 40) for part in draw(200, rising))
    buyers = np.repeat(np.arange(200), 40)
    apart, together = calibrate(raw_scores, abusive, weights), calibrate(raw_scores, abusive, weights, buyers)
    assert together.log_losses["isotonic"] > apart.log_losses["isotonic"] + 0.01


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_calibrated_mean_is_the_share_that_was_observed(fit):
    """Over all cases it was fitted on, the probabilities neither promise too much nor too little."""
    raw_scores, abusive, weights = draw(FEW)
    assert fit(raw_scores, abusive, weights).probabilities(raw_scores).mean() == pytest.approx(
        abusive.mean(), abs=0.005
    )


@pytest.mark.parametrize("size", [FEW, MANY])
def test_calibrated_probabilities_of_new_cases_are_near_the_true_ones(size):
    """What is fitted on one sample holds on another, here where the scores are log-odds too bold by half."""

    def truth(raw_scores):
        return 1 / (1 + np.exp(-(0.66 * raw_scores - 1)))

    calibration = calibrate(*draw(size, truth)).calibration
    raw_scores = np.linspace(-2.8, 2.8, 500)
    assert calibration.probabilities(raw_scores) == pytest.approx(truth(raw_scores), abs=0.08)
    assert abs(calibration.probabilities(raw_scores) - truth(raw_scores)).mean() < 0.025


def test_logistic_probabilities_rank_exactly_as_the_raw_scores_do():
    """Calibration changes what a number means, never who comes first."""
    raw_scores, abusive, weights = draw(FEW)
    probabilities = fit_logistic(raw_scores, abusive, weights).probabilities(raw_scores)
    assert np.argsort(probabilities).tolist() == np.argsort(raw_scores).tolist()
    assert len(np.unique(probabilities)) == len(np.unique(raw_scores))


def test_isotonic_probabilities_keep_the_order_of_claims_within_a_step():
    """Claims between the centres of two steps stay apart, where plain steps would make them equal."""
    raw_scores, abusive, weights = draw(MANY)
    calibration = fit_isotonic(raw_scores, abusive, weights)
    inside = np.sort(raw_scores[(raw_scores > calibration.x[0]) & (raw_scores < calibration.x[-1])])
    probabilities = calibration.probabilities(inside)
    assert (np.diff(probabilities) >= 0).all()
    assert len(np.unique(probabilities)) > 0.9 * len(inside)


@pytest.mark.parametrize("copies", [2, 700])
@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_case_of_a_weight_counts_as_that_many_cases(fit, copies):
    """A weight of k is k equal cases, in every fit."""
    raw_scores, abusive, weights = draw(60)
    heavy = fit(raw_scores, abusive, copies * weights)
    many = fit(*(np.repeat(part, copies) for part in (raw_scores, abusive, weights)))
    points = np.linspace(-3, 3, 50)
    assert heavy.probabilities(points) == pytest.approx(many.probabilities(points), abs=1e-3)
    abuse_heavy = fit(raw_scores, abusive, np.where(abusive == 1, copies, 1) * weights)
    assert (abuse_heavy.probabilities(points) > heavy.probabilities(points) + 0.01).any()


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_calibration_of_scores_that_are_all_equal_is_flat_at_the_share(fit):
    """A model that says nothing gets the base rate."""
    _, abusive, weights = draw(FEW)
    calibration = fit(np.zeros(FEW), abusive, weights)
    assert calibration.probability(0.0) == pytest.approx(abusive.mean(), abs=0.002)


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_calibration_of_inverted_scores_is_flat_at_the_share(fit):
    """Where higher scores went with less abuse, no probability rises or falls with them."""
    raw_scores, abusive, weights = draw(MANY)
    calibration = fit(-raw_scores, abusive, weights)
    probabilities = calibration.probabilities(np.linspace(-9, 9, 50))
    assert np.ptp(probabilities) < 0.02 if fit is fit_isotonic else np.ptp(probabilities) == 0
    assert probabilities[25] == pytest.approx(abusive.mean(), abs=0.02)


def test_beta_fit_of_scores_that_fall_at_one_end_rises_at_the_other():
    """The term that would fall is left out; a higher raw score never means less risk."""

    def truth(raw_scores):
        return np.where(raw_scores < 0, 0.2 - 0.05 * raw_scores, 0.2 + 0.2 * raw_scores)

    probabilities = fit_beta(*draw(MANY, truth)).probabilities(np.linspace(-9, 9, 200))
    assert (np.diff(probabilities) >= 0).all()
    assert probabilities[-1] > probabilities[0] + 0.3


def test_calibration_of_outcomes_that_are_all_alike_at_one_end_claims_no_certainty():
    """No number of equal outcomes makes a certainty: the most is half a case short of all."""
    raw_scores = np.repeat([-1.0, 1.0], 3_000)
    abusive = np.repeat(np.array([0, 1], dtype=np.int8), 3_000)
    calibration = fit_isotonic(raw_scores, abusive, np.ones(6_000))
    assert calibration.probability(-1.0) == pytest.approx(0.5 / 3_000.5)
    assert calibration.probability(1.0) == pytest.approx(3_000 / 3_000.5)


@pytest.mark.parametrize("weight", [0.1, 1.0])
def test_isotonic_probabilities_of_the_lowest_scores_do_not_hang_on_the_very_first_claims(weight):
    """One clean claim before an abusive one, at the lowest scores of all, says nothing about all others there."""
    raw_scores, abusive, _ = draw(int(MANY / weight / 4), lambda scores: np.where(scores < 1, 0.01, 0.6))
    raw_scores = np.concatenate([[-4.0, -3.9], raw_scores])
    abusive = np.concatenate([[0, 1], abusive]).astype(np.int8)
    calibration = fit_isotonic(raw_scores, abusive, np.full(len(raw_scores), weight))
    assert calibration.probability(-3.0) == pytest.approx(0.01, abs=0.005)


@settings(max_examples=20)
@given(
    cases=st.lists(st.tuples(RAW_SCORES, st.integers(0, 1)), min_size=2, max_size=40).filter(
        lambda cases: {outcome for _, outcome in cases} == {0, 1}
    ),
    weight=st.sampled_from([0.25, 1.0, 3_000.0]),
)
def test_calibration_of_any_cases_has_valid_knots(cases, weight):
    """Whatever the cases, there is a calibration, and it rises or stays (its own rules are checked when it is made)."""
    raw_scores = np.array([raw for raw, _ in cases])
    abusive = np.array([outcome for _, outcome in cases], dtype=np.int8)
    for fit in FITS.values():
        calibration = fit(raw_scores, abusive, np.full(len(cases), weight))
        assert (np.diff(calibration.probabilities(np.linspace(-20, 20, 200))) >= 0).all()
    assert calibrate(raw_scores, abusive, np.full(len(cases), weight)).fit in FITS
