"""What a model must beat, made fairly: from the same claims, without a look at the test's labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.dataset import Dataset, Period
from training.evaluation.metrics import rank_metrics
from training.model.baselines import PAST_REFUND_RATE, baseline_probabilities

COLUMNS = ("claim_amount_minor", "never_known", PAST_REFUND_RATE, "noise")


def make_period(name: str, seed: int, sign: int = 1) -> Period:
    """Abuse rises with the first column, which has a long tail; the second is never known."""
    random = np.random.default_rng(seed)
    vectors = np.stack([random.lognormal(5, 2, 400), np.full(400, np.nan), *random.random((2, 400))], axis=1)
    vectors[::7, 3] = np.nan
    risk = sign * (np.log(vectors[:, 0]) - 5) + 0.5 * random.normal(size=400)
    return Period(name, vectors, (risk > 1).astype(np.int8), np.ones(400), np.arange(400, dtype=np.int64))


@pytest.fixture
def dataset() -> Dataset:
    periods = [make_period(name, seed) for seed, name in enumerate(("train", "calibration", "test"))]
    return Dataset(*periods, COLUMNS, "verdict", (0, 1), 1_200, 0, 0, advances=None)


def test_past_refund_rate_is_the_column_as_it_is(dataset):
    """The second baseline is no model at all."""
    ranking = baseline_probabilities(dataset, 7)["past_refund_rate"]
    assert ranking.tolist() == dataset.test.vectors[:, 2].tolist()


def test_past_refund_rate_is_a_column_of_the_catalogue(plan):
    """The baseline has something to read."""
    assert PAST_REFUND_RATE in plan.names


def test_logistic_regression_finds_a_signal_with_a_long_tail_among_missing_values(dataset):
    """It is a baseline worth beating: long tails and missing values don't stop it."""
    probabilities = baseline_probabilities(dataset, 7)["logistic_regression"]
    assert ((probabilities > 0) & (probabilities < 1)).all()
    assert rank_metrics(dataset.test.abusive, probabilities).auc > 0.95


def test_baselines_with_the_same_seed_are_the_same(dataset):
    """A comparison can be made again."""
    first, again = (baseline_probabilities(dataset, 7) for _ in range(2))
    assert first["logistic_regression"].tolist() == again["logistic_regression"].tolist()


def test_baselines_never_look_at_the_labels_of_the_test(dataset):
    """They know no more than the model does."""
    turned = replace(dataset, test=replace(dataset.test, abusive=(1 - dataset.test.abusive).astype(np.int8)))
    for name, ranking in baseline_probabilities(dataset, 7).items():
        assert baseline_probabilities(turned, 7)[name].tolist() == ranking.tolist()


@pytest.mark.parametrize("name", ["train", "calibration"])
def test_logistic_regression_learns_from_both_earlier_periods(dataset, name):
    """It needs no calibration period of its own, so it may learn from that too."""
    other = replace(dataset, **{name: make_period(name, 9, sign=-1)})
    one, two = (baseline_probabilities(part, 7)["logistic_regression"] for part in (dataset, other))
    assert abs(one - two).max() > 0.1


def test_logistic_regression_counts_a_claim_for_its_weight(dataset):
    """A period that weighs nothing teaches nothing."""
    contrary = make_period("calibration", 9, sign=-1)
    light = replace(dataset, calibration=replace(contrary, weights=np.full(400, 1e-6)))
    heavy = replace(dataset, calibration=replace(contrary, weights=np.full(400, 1e3)))
    for part, finds in ((light, True), (heavy, False)):
        ranking = baseline_probabilities(part, 7)["logistic_regression"]
        assert (rank_metrics(dataset.test.abusive, ranking).auc > 0.9) is finds
