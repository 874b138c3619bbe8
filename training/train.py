"""One training, from events to a registered challenger."""

from __future__ import annotations

import importlib.metadata
import time
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pyarrow as pa

from features.arrays import Floats
from features.parity import Parity
from features.plan import Plan
from features.progress import Progress
from serving.bundle import BundleContents, ModelColumn
from serving.calibration import Calibration
from training.card import write_card
from training.dataset import Dataset, SplitConfig, gather, rolling_datasets
from training.evaluation.metrics import probability_metrics, rank_metrics
from training.labels.statement import facts
from training.model.baselines import baseline_probabilities
from training.model.calibration import Calibrated, calibrate
from training.model.gradient_boosting import Fitted, fit
from training.model.parameters import BoostingConfig
from training.probes import make_probes
from training.recovery.fitting import Recovery, RecoveryConfig, fit_recovery
from training.recovery.statement import recovery_facts, recovery_metrics
from training.text.appended import Reading, append_texts
from training.text.fitting import ReaderConfig

PACKAGES = ("lightgbm", "numpy", "scikit-learn")


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """All that decides a training beside its events; `folds` is at how many moments of the past it is rehearsed too."""

    split: SplitConfig = field(default_factory=SplitConfig)
    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    reader: ReaderConfig = field(default_factory=ReaderConfig)
    recovery: RecoveryConfig = field(default_factory=RecoveryConfig)
    folds: int = 1


@dataclass(frozen=True, slots=True)
class Fold:
    """A model as a training at one moment makes it, and what it and its baselines make of the test after that moment.

    `rankings` are of the test's claims, by name: "model" for the model's calibrated probabilities, and the baselines'.
    """

    reading: Reading
    fitted: Fitted
    calibrated: Calibrated
    rankings: dict[str, Floats]
    metrics: dict[str, float]

    @property
    def dataset(self) -> Dataset:
        """What the model learned from, with the columns of texts."""
        return self.reading.dataset

    @property
    def calibration(self) -> Calibration:
        """What makes its raw scores probabilities."""
        return self.calibrated.calibration


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training: its folds, the latest first, and the bundle of the latest fold's model.

    `recovery` is the recovery model, or why there is none.
    """

    config: TrainingConfig
    folds: tuple[Fold, ...]
    bundle: BundleContents
    recovery: Recovery

    @property
    def latest(self) -> Fold:
        """The fold whose model is in the bundle."""
        return self.folds[0]


def train(
    events: pa.Table,
    plan: Plan,
    config: TrainingConfig,
    progress: Progress | None = None,
    parity: Parity | None = None,
) -> Trained:
    """Build the dataset, fit and calibrate the models, evaluate them beside baselines, and make their bundle.

    `parity` goes on the model's card: how the vectors that a service logged beside these events compare.

    Raises:
        DatasetError: if there are too few events to learn from.
    """
    gathered = gather(events, plan, progress)
    folds = tuple(
        fit_fold(dataset, plan, config, progress) for dataset in rolling_datasets(gathered, config.split, config.folds)
    )
    latest = folds[0]
    columns = (*plan.columns, *latest.reading.columns)
    recovery = fit_recovery(latest.dataset.advances, columns, config.recovery, config.boosting.seed)
    return Trained(config, folds, _bundle(plan, config, latest, recovery, parity), recovery)


def fit_fold(dataset: Dataset, plan: Plan, config: TrainingConfig, progress: Progress | None = None) -> Fold:
    """Fit, calibrate and evaluate a model on one dataset, beside its baselines."""
    reading = append_texts(dataset, config.reader, progress)
    dataset, columns = reading.dataset, (*plan.columns, *reading.columns)
    later = dataset.calibration
    fitted = fit(dataset.train, later, columns, config.boosting, progress)
    calibrated = calibrate(fitted.later_scores, later.abusive, later.weights, later.buyers, config.boosting.seed)
    rankings = {
        "model": calibrated.calibration.probabilities(_raw_scores(fitted, dataset.test.vectors)),
        **baseline_probabilities(dataset, columns, config.boosting, fitted.rounds, calibrated.calibration, progress),
    }
    return Fold(reading, fitted, calibrated, rankings, _metrics(dataset, rankings))


def _raw_scores(fitted: Fitted, vectors: Floats) -> Floats:
    return np.asarray(fitted.booster.predict(vectors, raw_score=True), dtype=np.float64)


def _metrics(dataset: Dataset, rankings: dict[str, Floats]) -> dict[str, float]:
    abusive, weights = dataset.test.abusive, dataset.test.weights
    metrics = {"test_abusive_share": dataset.test.abusive_share}
    for name, ranking in rankings.items():
        metrics |= rank_metrics(abusive, ranking, weights).named(name)
        metrics |= rank_metrics(abusive, ranking, dataset.test.label_weights).named(f"{name}_per_claim")
    return metrics | probability_metrics(abusive, rankings["model"], weights).named("model")


def _bundle(
    plan: Plan, config: TrainingConfig, fold: Fold, recovery: Recovery, parity: Parity | None
) -> BundleContents:
    reading, fitted, metrics = fold.reading, fold.fitted, fold.metrics
    dataset, columns = reading.dataset, (*plan.columns, *reading.columns)
    contents = BundleContents(
        model_text=fitted.booster.model_to_string(num_iteration=-1),
        calibration=fold.calibration,
        catalog_hash=plan.catalog_hash,
        columns=tuple(ModelColumn(column.name, column.reason.code) for column in columns),
        reason_texts={
            column.reason.code: {"en": column.reason.text.en, "zh-CN": column.reason.text.zh} for column in columns
        },
        card=write_card(dataset, metrics, plan.catalog_hash, parity, reading.readers, recovery),
        created_at_ms=time.time_ns() // 1_000_000,
        training={
            "label": dataset.label,
            "labelling": facts(dataset.labelling),
            "data_hash": dataset.data_hash,
            "rounds": fitted.rounds,
            "boosting": asdict(config.boosting),
            "calibration": fold.calibrated.fit,
            "split": asdict(config.split),
            "recovery": recovery_facts(recovery, config.recovery),
            "texts": None if reading.readers is None else {**asdict(config.reader), **reading.readers.as_dict()},
            "periods": {
                period.name: {
                    "from_ms": int(period.as_of_ms[0]),
                    "to_ms": int(period.as_of_ms[-1]),
                    "claims": len(period),
                    "filings": period.filings,
                    "abusive_share": period.abusive_share,
                }
                for period in dataset.periods
            },
        },
        metrics={**metrics, **recovery_metrics(recovery)},
        versions={package: importlib.metadata.version(package) for package in PACKAGES},
        reader=None if reading.readers is None else reading.readers.whole,
        recovery=recovery.head,
    )
    return replace(contents, probes=make_probes(contents, dataset.test.vectors, config.boosting.seed))
