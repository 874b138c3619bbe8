"""Figures of weighted, ranked claims are scikit-learn's, and their errors are those of buyers drawn again."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from training.drift.outcomes import outcome_figures, outcomes_from_json
from training.drift.resampling import draw, estimate, figures, rank


def world(seed, claims=600, buyers=600):
    rng = np.random.default_rng(seed)
    given = rng.beta(1, 6, claims).round(2)  # with ties
    abusive = (rng.random(claims) < given).astype(np.int8)
    return abusive, given, rng.exponential(size=claims), rng.integers(0, buyers, claims)


@pytest.mark.parametrize("seed", range(5))
def test_figures_of_weighted_claims_with_ties_are_scikit_learns(seed):
    """Average precision, AUC, mean given and share found."""
    abusive, given, weights, buyers = world(seed)
    expected = [
        average_precision_score(abusive, given, sample_weight=weights),
        roc_auc_score(abusive, given, sample_weight=weights),
        np.average(given, weights=weights),
        np.average(abusive, weights=weights),
    ]
    assert figures(rank(abusive, given, weights, buyers)) == pytest.approx(expected, rel=1e-9)


def test_figures_of_one_class_tell_no_ranking():
    """Without abuse there is nothing to put first; what was given is still told."""
    abusive, given, weights, buyers = world(1)
    precision, auc, mean, found = figures(rank(np.zeros_like(abusive), given, weights, buyers))
    assert np.isnan([precision, auc]).all()
    assert (mean, found) == pytest.approx((np.average(given, weights=weights), 0.0))
    assert figures(rank(abusive[:0], given[:0], weights[:0], buyers[:0])) == pytest.approx([np.nan] * 4, nan_ok=True)


def test_error_of_a_share_is_that_of_its_buyers():
    """Claims drawn one by one: the binomial error. Ten equal claims a buyer: the square root of ten times as much."""
    rng = np.random.default_rng(2)
    abusive = (rng.random(1_000) < 0.2).astype(np.int8)
    given = np.full(1_000, 0.2)
    alone = draw(rank(abusive, given, np.ones(1_000), np.arange(1_000)), 1, 300)[:, 3]
    tenfold = draw(rank(abusive.repeat(10), given.repeat(10), np.ones(10_000), np.arange(1_000).repeat(10)), 1, 300)
    error = np.sqrt(0.2 * 0.8 / 1_000)
    assert estimate(0.2, alone).error == pytest.approx(error, rel=0.15)
    assert estimate(0.2, tenfold[:, 3]).error == pytest.approx(error, rel=0.15)


@pytest.mark.slow
def test_interval_of_what_was_found_holds_what_was_given_about_nineteen_times_in_twenty():
    """Where probabilities mean what they say, calibration is called off about as seldom as it says."""
    held = []
    for seed in range(60):
        found = outcome_figures(*world(100 + seed, claims=300))
        held.append(found.found.low <= found.given <= found.found.high)
    assert 0.88 <= np.mean(held) <= 1.0


def test_figures_of_outcomes_written_as_json_are_read_as_they_were():
    """What a bundle remembers is what the training saw, unknown errors included."""
    known = outcome_figures(*world(5))
    assert outcomes_from_json(known.as_json()) == known
    abusive, given, weights, buyers = world(6)
    blank = outcome_figures(np.zeros_like(abusive), given, weights, buyers)
    assert outcomes_from_json(blank.as_json()).as_json() == blank.as_json()
    assert not blank.tell_ranking
