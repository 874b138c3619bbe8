"""A model fitted, calibrated and evaluated at one moment of a history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from features.plan import Plan
from features.progress import Progress
from serving.calibration import Calibration
from training.config import TrainingConfig
from training.dataset import Dataset, Gathered
from training.evaluation.evaluating import evaluate
from training.evaluation.evaluation import Evaluation
from training.evaluation.metrics import probability_metrics, rank_metrics
from training.model.baselines import baseline_probabilities
from training.model.calibration import Calibrated, calibrate
from training.model.gradient_boosting import Fitted, Fitter, fit, raw_scores
from training.text.appended import Reading, append_texts


@dataclass(frozen=True, slots=True)
class Fold:
    """A model as a training at one moment makes it, and what it and its baselines make of the test after that moment.

    `rankings` are of the test's claims, by name: "model" for the model's calibrated probabilities, and the baselines'.
    `metrics` are the evaluation's figures under names for MLflow, and the same per claim in place of per filing.
    """

    reading: Reading
    fitted: Fitted
    calibrated: Calibrated
    rankings: dict[str, Floats]
    metrics: dict[str, float]
    evaluation: Evaluation

    @property
    def dataset(self) -> Dataset:
        """What the model learned from, with the columns of texts."""
        return self.reading.dataset

    @property
    def calibration(self) -> Calibration:
        """What makes its raw scores probabilities."""
        return self.calibrated.calibration


def fit_fold(
    dataset: Dataset,
    plan: Plan,
    config: TrainingConfig,
    progress: Progress | None = None,
    *,
    gathered: Gathered | None = None,
    fit_with: Fitter = fit,
) -> Fold:
    """Fit, calibrate and evaluate a model on one dataset, beside its baselines.

    `gathered` is what the dataset was cut from; without it no money is counted.
    """
    reading = append_texts(dataset, config.reader, progress)
    dataset, columns = reading.dataset, (*plan.columns, *reading.columns)
    later = dataset.calibration
    fitted = fit_with(dataset.train, later, columns, config.boosting, progress)
    calibrated = calibrate(fitted.later_scores, later.abusive, later.weights, later.buyers, config.boosting.seed)
    calibration = calibrated.calibration
    rankings = {
        "model": calibration.probabilities(raw_scores(fitted.booster, dataset.test.vectors)),
        **baseline_probabilities(dataset, columns, config.boosting, fitted.rounds, calibration, progress),
    }
    evaluation = evaluate(
        dataset, rankings, gathered=gathered, policy=config.policy, config=config.evaluation, progress=progress
    )
    return Fold(reading, fitted, calibrated, rankings, _metrics(dataset, rankings, evaluation), evaluation)


def _metrics(dataset: Dataset, rankings: dict[str, Floats], evaluation: Evaluation) -> dict[str, float]:
    abusive, test = dataset.test.abusive, dataset.test
    metrics = {"test_abusive_share": test.abusive_share} | {
        f"{name}_{figure}": interval.value
        for name, figures in evaluation.figures.items()
        for figure, interval in figures.items()
        if np.isfinite(interval.value)
    }
    for name, ranking in rankings.items():
        metrics |= rank_metrics(abusive, ranking, test.weights).named(name)
        metrics |= rank_metrics(abusive, ranking, test.label_weights).named(f"{name}_per_claim")
    return metrics | probability_metrics(abusive, rankings["model"], test.weights).named("model")
