"""What a model must beat, so that a gain is visible: each is fitted on the claims that the model learned from.

A logistic regression on the same columns tells what trees are worth; LightGBM without the catalogue's directions, what
those cost; the buyer's past refund rate alone, what learning is worth. Together they take less time than the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import lightgbm
import numpy as np
import numpy.typing as npt
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from features.arrays import Floats, Ints
from features.columns import Column
from features.progress import Progress
from serving.calibration import Calibration
from training.dataset import Dataset, Period
from training.model.gradient_boosting import boosting_parameters, make_dataset, raw_scores
from training.model.parameters import BoostingConfig
from training.model.weighing import weighed_for_fitting
from training.stored.vectors import chunks

Mask: TypeAlias = npt.NDArray[np.bool_]

PAST_REFUND_RATE: Final = "buyer_refunded_share_ever"
MOST_CLAIMS: Final = 20_000  # that the logistic regression learns from: more move its few hundred weights little
HASTE: Final = 2.0  # how much faster the unconstrained model learns
STRENGTHS: Final = (0.001, 0.003, 0.01, 0.1)  # inverse of how strongly weights are held down


def baseline_probabilities(
    dataset: Dataset,
    columns: Sequence[Column],
    config: BoostingConfig,
    rounds: int,
    calibration: Calibration,
    progress: Progress | None = None,
) -> dict[str, Floats]:
    """Each baseline's ranking of the test period, shape (n,), fitted on train and calibration together.

    The past refund rate is a rank, not a probability: only measures of order apply to it.

    Args:
        dataset: what the model learned from, and the test.
        columns: of the vectors.
        config: the model's parameters.
        rounds: the number of its trees.
        calibration: what makes its raw scores probabilities.
        progress: called with (done, total, what).
    """
    tell = progress or (lambda *_: None)
    tell(0, 2, "fitting baselines")
    logistic = _logistic_regression(dataset, config.seed)
    tell(1, 2, "fitting baselines")
    unconstrained = _unconstrained(dataset, columns, config, rounds, calibration)
    tell(2, 2, "fitting baselines")
    return {
        "logistic_regression": logistic,
        "past_refund_rate": dataset.test.vectors[:, dataset.columns.index(PAST_REFUND_RATE)],
        "unconstrained": unconstrained,
    }


def _logistic_regression(dataset: Dataset, seed: int) -> Floats:
    """How strongly weights are held down is chosen on the calibration period, as the model's number of trees is."""
    lesson, early = _lesson(_periods(dataset), seed)
    # on matrices of this width, threads wait for one another longer than they work
    with threadpool_limits(limits=1):
        encoding = _encoding()
        encoded = np.asarray(encoding.fit_transform(lesson.vectors), dtype=np.float64)

        def loss(strength: float) -> float:
            probabilities = _fit(encoded[early], lesson.part(early), strength).predict_proba(encoded[~early])[:, 1]
            late = lesson.part(~early)
            return float(log_loss(late.abusive, probabilities, sample_weight=late.weights, labels=[0, 1]))

        model = _fit(encoded, lesson, min(STRENGTHS, key=loss))
        parts = [model.predict_proba(encoding.transform(rows))[:, 1] for rows in chunks(dataset.test.vectors)]
        return np.concatenate(parts)


def _periods(dataset: Dataset) -> tuple[Period, Period]:
    """What the model learned from, each claim counting for as much as there."""
    return dataset.train, weighed_for_fitting(dataset.calibration)


@dataclass(frozen=True, slots=True)
class _Lesson:
    """Claims to learn from: vectors, outcomes and weights."""

    vectors: Floats
    abusive: npt.NDArray[np.int8]
    weights: Floats

    def part(self, chosen: Mask | Ints) -> _Lesson:
        return _Lesson(self.vectors[chosen], self.abusive[chosen], self.weights[chosen])


def _lesson(periods: Sequence[Period], seed: int) -> tuple[_Lesson, Mask]:
    """Claims of both periods, at random where there are more than `MOST_CLAIMS`, and which are of the earlier one."""
    sizes = [len(period) for period in periods]
    random = np.random.default_rng(seed)
    chosen = np.sort(random.choice(sum(sizes), min(sum(sizes), MOST_CLAIMS), replace=False))
    early = chosen < sizes[0]
    first, second = chosen[early], chosen[~early] - sizes[0]
    lesson = _Lesson(
        np.concatenate([periods[0].vectors[first], periods[1].vectors[second]]),
        np.concatenate([periods[0].abusive[first], periods[1].abusive[second]]),
        np.concatenate([periods[0].weights[first], periods[1].weights[second]]),
    )
    return lesson, early


def _encoding() -> Pipeline:
    # counts and amounts have long tails, which a linear model takes badly as they are
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        FunctionTransformer(_tame),
        StandardScaler(copy=False),
    )


def _fit(encoded: Floats, lesson: _Lesson, strength: float) -> LogisticRegression:
    model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=100, tol=1e-3)
    return model.fit(encoded, lesson.abusive, sample_weight=lesson.weights)


def _tame(values: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


def _unconstrained(
    dataset: Dataset, columns: Sequence[Column], config: BoostingConfig, rounds: int, calibration: Calibration
) -> Floats:
    """The model without directions, in half as many trees at twice the rate, calibrated by the same knots.

    A search of its own for either would cost more fits than the model's own, and is worth little: raw scores of as many
    rounds, times the rate, mean nearly the same.
    """
    rate = min(HASTE * config.learning_rate, 1.0)
    parameters = boosting_parameters(columns, replace(config, learning_rate=rate))
    for name in ("monotone_constraints", "monotone_constraints_method"):
        del parameters[name]
    rounds = max(1, round(rounds * config.learning_rate / rate))
    booster = lightgbm.train(parameters, make_dataset(_periods(dataset), columns, parameters), rounds)
    return calibration.probabilities(raw_scores(booster, dataset.test.vectors))
