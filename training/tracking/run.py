"""One training as one run of one experiment, with a child run per fold and per baseline.

The run holds what decided the training (parameters), what came of it (metrics, plots, the card), what it learned from
(datasets), the bundle that a service takes, and the model as MLflow serves it, which is registered as challenger. A
fold's child says how a training at that moment would have done; a baseline's child holds its figures under the same
names as the folds', so that MLflow's table compares them in one column.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Final

import mlflow

from serving.bundle import Bundle, write_bundle
from training.card.table import day
from training.evaluation.storing import as_json
from training.labels.statement import label_metrics
from training.provenance import clearclaim_version
from training.recovery.statement import recovery_metrics
from training.tracking.card import log_card, provenance_of
from training.tracking.connection import connect, failures_in_one_line, where_to_look
from training.tracking.data import log_periods
from training.tracking.figures import (
    chunked,
    evaluation_metrics,
    figures_of,
    model_metrics,
    period_metrics,
)
from training.tracking.model import description_of, register
from training.tracking.names import BUNDLE_FOLDER, CHALLENGER, EXPERIMENT
from training.tracking.plots import draw_plots, log_plots
from training.train import Fold, Trained

APART: Final = ("policy", "reviewers")  # settings that are tags: a version, and a file's hash without its names


@dataclass(frozen=True, slots=True)
class Registered:
    """Where a training went: its run, the registered version and its alias, and the bundle's version."""

    run_id: str
    version: str
    model_version: str
    experiment_id: str = "0"
    alias: str = CHALLENGER

    def lines(self, uri: str) -> list[str]:
        """What the terminal says of it: what it is called, and where to look."""
        return [
            f"run {self.run_id}, registered as version {self.version}, alias {self.alias}",
            f"look at it: {where_to_look(uri, self.experiment_id, self.run_id)}",
        ]


def log_training(trained: Trained, source: str | None = None) -> Registered:
    """Log a training as one run, register its model, and give it the alias `challenger`.

    Args:
        trained: the training.
        source: where its events came from: a file's path or a store's URL.

    Raises:
        TrackingError: if MLflow can't be reached, or can't keep something.
    """
    connect()
    with failures_in_one_line("logging the training to MLflow"), tempfile.TemporaryDirectory() as folder:
        mlflow.set_experiment(EXPERIMENT)
        bundle = write_bundle(Path(folder) / BUNDLE_FOLDER, trained.bundle)
        with mlflow.start_run(run_name=f"training to {day(trained.latest.dataset.label_drawn_at_ms[1])}") as run:
            tags = _tags(trained, bundle)
            mlflow.set_tags(tags)
            mlflow.log_params(_params(trained))
            _log_metrics(_metrics(trained))
            log_periods(trained.latest.dataset, source)
            _log_evaluation(trained.latest)
            plots = draw_plots(trained)
            log_plots(plots)
            mlflow.log_artifacts(str(bundle.path), BUNDLE_FOLDER)
            _log_children(trained)
            version = register(trained, {**tags, "bundle_version": bundle.model_version}, description_of(trained))
            log_card(trained, provenance_of(trained, source, tags, run.info.run_id, version), plots)
    return Registered(run.info.run_id, version, bundle.model_version, run.info.experiment_id)


def _params(trained: Trained) -> dict[str, object]:
    """All settings, each with its part's name before it, and how many claims each period has.

    A policy is no setting of the training: its version is a tag, and so is the hash of the reviewers' rates.
    """
    named: dict[str, object] = {}
    for each in fields(trained.config):
        value = getattr(trained.config, each.name)
        if each.name not in APART:
            named |= _of_part(each.name, value)
    return named | {f"claims_{period.name}": len(period) for period in trained.latest.dataset.periods}


def _of_part(part: str, value: object) -> dict[str, object]:
    if not is_dataclass(value) or isinstance(value, type):
        return {part: value}
    return {f"{part}_{name}": setting for name, setting in asdict(value).items()}


def _metrics(trained: Trained) -> dict[str, float]:
    latest = trained.latest
    return {
        **evaluation_metrics(latest.evaluation),
        **period_metrics(latest.dataset),
        **latest.metrics,
        **label_metrics(latest.dataset.labelling),
        **recovery_metrics(trained.recovery),
        "rounds": latest.fitted.rounds,
    }


def _tags(trained: Trained, bundle: Bundle) -> dict[str, str]:
    """What tells which model this is and what made it, on the run and on the registered version alike."""
    evaluation = trained.latest.evaluation
    policy = None if evaluation is None else evaluation.policy_version
    reviewers = trained.config.reviewers
    return {
        "data_hash": trained.latest.dataset.data_hash,
        "catalog_hash": trained.bundle.catalog_hash,
        "policy_version": "none" if policy is None else policy,
        "git_commit": str(trained.bundle.training["git_commit"]),
        "label": trained.latest.dataset.label,
        **({} if reviewers is None else {"reviewers_hash": reviewers.digest}),
        "model_version": bundle.model_version,
        "clearclaim_version": clearclaim_version(),
        **{f"package_{name}": version for name, version in trained.bundle.versions.items()},
    }


def _log_metrics(metrics: Mapping[str, float]) -> None:
    for part in chunked(metrics):
        mlflow.log_metrics(part)


def _log_evaluation(fold: Fold) -> None:
    if fold.evaluation is not None:
        mlflow.log_text(as_json(fold.evaluation), "evaluation/evaluation.json")


def _log_children(trained: Trained) -> None:
    for fold in trained.folds:
        _log_fold(fold)
    for name in trained.latest.rankings:
        if name != "model":
            metrics = {**_of_models(trained.latest), **trained.latest.metrics}
            with mlflow.start_run(run_name=f"baseline {name}", nested=True):
                mlflow.set_tags({"kind": "baseline", "baseline": name})
                _log_metrics(figures_of(name, metrics))


def _log_fold(fold: Fold) -> None:
    dataset = fold.dataset
    start, end = (day(int(dataset.test.as_of_ms[at])) for at in (0, -1))
    with mlflow.start_run(run_name=f"fold {start}", nested=True):
        mlflow.set_tags({"kind": "fold", "data_hash": dataset.data_hash})
        mlflow.log_params({"test_from": start, "test_to": end, "rounds": fold.fitted.rounds})
        metrics = {**_of_models(fold), **period_metrics(dataset), **fold.metrics}
        _log_metrics({**metrics, **figures_of("model", metrics)})
        _log_evaluation(fold)


def _of_models(fold: Fold) -> dict[str, float]:
    return {} if fold.evaluation is None else model_metrics(fold.evaluation)
