"""From a finished training to its bundle."""

from __future__ import annotations

import importlib.metadata
import time
from dataclasses import asdict, replace

from pydantic import JsonValue

from features.parity import Parity
from features.plan import Plan
from serving.bundle import BundleContents, ModelColumn
from training.card import card_page, write_card
from training.card.use import Recipe
from training.config import TrainingConfig
from training.dataset import Gathered
from training.drift.reference import KEY as REFERENCE
from training.drift.remembering import make_reference
from training.fold import Fold
from training.labels.statement import facts
from training.leakage.statement import leakage_facts
from training.model.gradient_boosting import raw_scores
from training.probes import make_probes
from training.provenance import git_commit
from training.recovery.fitting import Recovery
from training.recovery.statement import recovery_facts, recovery_metrics

PACKAGES = ("lightgbm", "numpy", "scikit-learn")


def make_bundle(
    plan: Plan,
    config: TrainingConfig,
    folds: tuple[Fold, ...],
    recovery: Recovery,
    parity: Parity | None,
    gathered: Gathered,
) -> BundleContents:
    """The bundle of the latest fold's model, which is the first of `folds`."""
    fold = folds[0]
    reading, fitted, metrics = fold.reading, fold.fitted, fold.metrics
    dataset, columns = reading.dataset, (*plan.columns, *reading.columns)
    recipe = Recipe(config.split, config.boosting, config.folds)
    card = write_card(
        dataset, metrics, plan.catalog_hash, parity, reading.readers, recovery, folds=folds, recipe=recipe
    )
    contents = BundleContents(
        model_text=fitted.booster.model_to_string(num_iteration=-1),
        calibration=fold.calibration,
        catalog_hash=plan.catalog_hash,
        columns=tuple(ModelColumn(column.name, column.reason.code) for column in columns),
        reason_texts={
            column.reason.code: {"en": column.reason.text.en, "zh-CN": column.reason.text.zh} for column in columns
        },
        card=card,
        card_html=card_page(card),
        created_at_ms=time.time_ns() // 1_000_000,
        training={**_facts(config, fold, recovery, parity), REFERENCE: _reference(gathered, fold)},
        metrics={**metrics, **recovery_metrics(recovery)},
        versions={package: importlib.metadata.version(package) for package in PACKAGES},
        reader=None if reading.readers is None else reading.readers.whole,
        recovery=recovery.head,
    )
    return replace(contents, probes=make_probes(contents, dataset.test.vectors, config.boosting.seed))


def _facts(config: TrainingConfig, fold: Fold, recovery: Recovery, parity: Parity | None) -> dict[str, JsonValue]:
    """What made the model, for its manifest."""
    dataset, reading = fold.dataset, fold.reading
    return {
        "label": dataset.label,
        "labelling": facts(dataset.labelling),
        "leakage": leakage_facts(dataset.checked),
        "data_hash": dataset.data_hash,
        "git_commit": git_commit(),
        "rounds": fold.fitted.rounds,
        "boosting": asdict(config.boosting),
        "calibration": fold.calibrated.fit,
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
    }


def _reference(gathered: Gathered, fold: Fold) -> JsonValue:
    readers = fold.reading.readers
    return make_reference(
        gathered,
        fold.dataset,
        None if readers is None else readers.whole,
        lambda vectors: fold.calibration.probabilities(raw_scores(fold.fitted.booster, vectors)),
    ).as_json()
