"""What a model must beat, made fairly: from the same claims, without a look at the test's labels."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from features.definition import Direction
from serving.calibration import Calibration
from training.dataset import Dataset, Period
from training.evaluation.metrics import rank_metrics
from training.model.baselines import PAST_REFUND_RATE, baseline_probabilities
from training.model.parameters import BoostingConfig

COLUMNS = ("claim_amount_minor", "never_known", PAST_REFUND_RATE, "noise")


class FakeColumn(NamedTuple):
    """All that a fit asks of a column."""

    name: str
    direction: Direction


def make_period(name: str, seed: int, sign: int = 1) -> Period:
    """Abuse rises with the first column, which has a long tail; the second is never known."""
    random = np.random.default_rng(seed)
    vectors = np.stack([random.lognormal(5, 2, 400), np.full(400, np.nan), *random.random((2, 400))], axis=1)
    vectors[::7, 3] = np.nan
    risk = sign * (np.log(vectors[:, 0]) - 5) + 0.5 * random.normal(size=400)
    return Period(name, vectors, (risk > 1).astype(np.int8), np.ones(400), np.arange(400, dtype=np.int64))


def baselines(dataset: Dataset, directions: tuple[Direction, ...] = (Direction.EITHER,) * 4) -> dict[str, np.ndarray]:
    columns = [FakeColumn(name, direction) for name, direction in zip(COLUMNS, directions, strict=True)]
    calibration = Calibration((-4.0, 4.0), (0.02, 0.98))
    config = BoostingConfig(learning_rate=0.2, extra_trees=False)
    return baseline_probabilities(dataset, columns, config, rounds=20, calibration=calibration)


@pytest.fixture
def dataset() -> Dataset:
    periods = [make_period(name, seed) for seed, name in enumerate(("train", "calibration", "test"))]
    return Dataset(*periods, COLUMNS, "verdict", (0, 1), 1_200, 0, 0, advances=None)


def test_past_refund_rate_is_the_column_as_it_is(dataset):
    """The second baseline is no model at all."""
    ranking = baselines(dataset)["past_refund_rate"]
    assert ranking.tolist() == dataset.test.vectors[:, 2].tolist()


def test_past_refund_rate_is_a_column_of_the_catalogue(plan):
    """The baseline has something to read."""
    assert PAST_REFUND_RATE in plan.names


def test_logistic_regression_finds_a_signal_with_a_long_tail_among_missing_values(dataset):
    """It is a baseline worth beating: long tails and missing values don't stop it."""
    probabilities = baselines(dataset)["logistic_regression"]
    assert ((probabilities > 0) & (probabilities < 1)).all()
    assert rank_metrics(dataset.test.abusive, probabilities).auc > 0.95


def test_baselines_with_the_same_seed_are_the_same(dataset):
    """A comparison can be made again."""
    first, again = (baselines(dataset) for _ in range(2))
    assert first["logistic_regression"].tolist() == again["logistic_regression"].tolist()


def test_baselines_never_look_at_the_labels_of_the_test(dataset):
    """They know no more than the model does."""
    turned = replace(dataset, test=replace(dataset.test, abusive=(1 - dataset.test.abusive).astype(np.int8)))
    for name, ranking in baselines(dataset).items():
        assert baselines(turned)[name].tolist() == ranking.tolist()


@pytest.mark.parametrize("name", ["train", "calibration"])
@pytest.mark.parametrize("baseline", ["logistic_regression", "unconstrained"])
def test_baselines_learn_from_both_earlier_periods(dataset, name, baseline):
    """They learn from what the model does."""
    other = replace(dataset, **{name: make_period(name, 9, sign=-1)})
    one, two = (baselines(part)[baseline] for part in (dataset, other))
    assert abs(one - two).max() > 0.1


def test_unconstrained_heeds_no_direction(dataset):
    """What the catalogue forbids, it may find: here that abuse rises with a column that may only lower risk."""
    lowers = baselines(dataset, (Direction.LOWERS, *(Direction.EITHER,) * 3))["unconstrained"]
    assert rank_metrics(dataset.test.abusive, lowers).auc > 0.9
    assert lowers.tolist() == baselines(dataset)["unconstrained"].tolist()


def test_unconstrained_is_calibrated_as_the_model_is(dataset):
    """Its probabilities lie between the ends of the knots."""
    probabilities = baselines(dataset)["unconstrained"]
    assert 0.02 <= probabilities.min() < 0.2
    assert 0.6 < probabilities.max() <= 0.98


def test_logistic_regression_counts_a_claim_for_its_weight(dataset):
    """A period that weighs nothing teaches nothing."""
    contrary = make_period("train", 9, sign=-1)
    light = replace(dataset, train=replace(contrary, weights=np.full(400, 1e-6)))
    heavy = replace(dataset, train=replace(contrary, weights=np.full(400, 1e3)))
    for part, finds in ((light, True), (heavy, False)):
        ranking = baselines(part)["logistic_regression"]
        assert (rank_metrics(dataset.test.abusive, ranking).auc > 0.9) is finds
