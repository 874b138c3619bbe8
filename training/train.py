"""One training, from events to a registered challenger."""

from __future__ import annotations

import importlib.metadata
import time
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pyarrow as pa
from pydantic import JsonValue

from features.arrays import Floats
from features.parity import Parity
from features.plan import Plan
from features.progress import Progress
from serving.bundle import BundleContents, ModelColumn
from serving.calibration import Calibration
from serving.policy import Policy, default_policy_path, read_policy
from training.card import write_card
from training.dataset import Dataset, Gathered, SplitConfig, gather, rolling_datasets
from training.dataset.keeping import VectorMaker, compute
from training.drift.reference import KEY as REFERENCE
from training.drift.remembering import make_reference
from training.evaluation.config import EvaluationConfig
from training.evaluation.evaluating import evaluate
from training.evaluation.evaluation import Evaluation
from training.evaluation.metrics import probability_metrics, rank_metrics
from training.labels.statement import facts
from training.leakage import LeakageConfig, check_dataset
from training.leakage.statement import leakage_facts
from training.model.baselines import baseline_probabilities
from training.model.calibration import calibrate
from training.model.gradient_boosting import BoostingConfig, Fitted, fit, raw_scores
from training.probes import make_probes
from training.recovery.fitting import Recovery, RecoveryConfig, fit_recovery
from training.recovery.statement import recovery_facts, recovery_metrics
from training.text.appended import Reading, append_texts
from training.text.fitting import ReaderConfig

PACKAGES = ("lightgbm", "numpy", "scikit-learn")


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """All that decides a training beside its events.

    `folds` is at how many moments of the past it is rehearsed too. By `policy` its money is counted; None counts none.
    """

    split: SplitConfig = field(default_factory=SplitConfig)
    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    reader: ReaderConfig = field(default_factory=ReaderConfig)
    recovery: RecoveryConfig = field(default_factory=RecoveryConfig)
    leakage: LeakageConfig = field(default_factory=LeakageConfig)
    folds: int = 1
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    policy: Policy | None = field(default_factory=lambda: read_policy(default_policy_path()))


@dataclass(frozen=True, slots=True)
class Fold:
    """A model as a training at one moment makes it, and what it and its baselines make of the test after that moment.

    `rankings` are of the test's claims, by name: "model" for the model's calibrated probabilities, and the baselines'.
    `metrics` are the evaluation's figures under names for MLflow, and the same per claim in place of per filing.
    """

    reading: Reading
    fitted: Fitted
    calibration: Calibration
    rankings: dict[str, Floats]
    metrics: dict[str, float]
    evaluation: Evaluation

    @property
    def dataset(self) -> Dataset:
        """What the model learned from, with the columns of texts."""
        return self.reading.dataset


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
    vectors_of: VectorMaker = compute,
) -> Trained:
    """Build the dataset, fit and calibrate the models, evaluate them beside baselines, and make their bundle.

    `parity` goes on the model's card: how the vectors that a service logged beside these events compare.
    `vectors_of` says where vectors come from, and whether they lie in memory (`training.dataset.keeping`).

    Raises:
        DatasetError: if there are too few events to learn from.
        LeakageError: if the dataset tells what a service would not know.
    """
    gathered = gather(events, plan, progress, vectors_of)
    folds = tuple(
        fit_fold(
            check_dataset(dataset, gathered.table, plan, config.leakage, progress),
            plan,
            config,
            progress,
            gathered=gathered,
        )
        for dataset in rolling_datasets(gathered, config.split, config.folds)
    )
    latest = folds[0]
    columns = (*plan.columns, *latest.reading.columns)
    recovery = fit_recovery(latest.dataset.advances, columns, config.recovery, config.boosting.seed)
    bundle = _bundle(plan, config, latest, recovery, parity)
    remembered = {**bundle.training, REFERENCE: _reference(gathered, latest)}
    return Trained(config, folds, replace(bundle, training=remembered), recovery)


def fit_fold(
    dataset: Dataset,
    plan: Plan,
    config: TrainingConfig,
    progress: Progress | None = None,
    *,
    gathered: Gathered | None = None,
) -> Fold:
    """Fit, calibrate and evaluate a model on one dataset, beside its baselines.

    `gathered` is what the dataset was cut from; without it no money is counted.
    """
    reading = append_texts(dataset, config.reader, progress)
    dataset = reading.dataset
    fitted = fit(dataset.train, plan, config.boosting, progress, added=reading.columns)
    later = dataset.calibration
    calibration = calibrate(raw_scores(fitted.booster, later.vectors), later.abusive, later.weights)
    probabilities = calibration.probabilities(raw_scores(fitted.booster, dataset.test.vectors))
    rankings = {"model": probabilities, **baseline_probabilities(dataset, config.boosting.seed)}
    evaluation = evaluate(
        dataset, rankings, gathered=gathered, policy=config.policy, config=config.evaluation, progress=progress
    )
    return Fold(reading, fitted, calibration, rankings, _metrics(dataset, rankings, evaluation), evaluation)


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


def _reference(gathered: Gathered, fold: Fold) -> JsonValue:
    readers = fold.reading.readers
    return make_reference(
        gathered,
        fold.dataset,
        None if readers is None else readers.whole,
        lambda vectors: fold.calibration.probabilities(raw_scores(fold.fitted.booster, vectors)),
    ).as_json()


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
            "leakage": leakage_facts(dataset.checked),
            "data_hash": dataset.data_hash,
            "rounds": fitted.rounds,
            "boosting": asdict(config.boosting),
            "split": asdict(config.split),
            "recovery": recovery_facts(recovery, config.recovery),
            "parity": None
            if parity is None
            else {
                "claims": parity.claims,
                "differing": parity.differing,
                "missing_claims": len(parity.missing_claims),
            },
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
