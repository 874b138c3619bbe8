"""One training, from events to a registered challenger."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

from features.parity import Parity
from features.plan import Plan
from features.progress import Progress
from serving.bundle import BundleContents
from training.bundling import make_bundle
from training.config import TrainingConfig
from training.dataset import gather, rolling_datasets
from training.dataset.keeping import VectorMaker, compute
from training.fold import Fold, fit_fold
from training.leakage import check_dataset
from training.model.gradient_boosting import Fitter, fit
from training.recovery.fitting import Recovery, fit_recovery

__all__ = ["Fold", "Trained", "TrainingConfig", "fit_fold", "train"]


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
    fit_with: Fitter = fit,
) -> Trained:
    """Build the dataset, fit and calibrate the models, evaluate them beside baselines, and make their bundle.

    `parity` goes on the model's card: how the vectors that a service logged beside these events compare.
    `vectors_of` says where vectors come from, and whether they lie in memory (`training.dataset.keeping`); `fit_with`
    what fits the model: this machine, or a cluster (`training.model.dask_boosting`).

    Raises:
        DatasetError: if there are too few events to learn from.
        LeakageError: if the dataset tells what a service would not know.
    """
    gathered = replace(gather(events, plan, progress, vectors_of), reviewers=config.reviewers)
    folds = tuple(
        fit_fold(
            check_dataset(dataset, gathered.table, plan, config.leakage, progress),
            plan,
            config,
            progress,
            gathered=gathered,
            fit_with=fit_with,
        )
        for dataset in rolling_datasets(gathered, config.split, config.folds)
    )
    latest = folds[0]
    columns = (*plan.columns, *latest.reading.columns)
    recovery = fit_recovery(latest.dataset.advances, columns, config.recovery, config.boosting.seed)
    return Trained(config, folds, make_bundle(plan, config, folds, recovery, parity, gathered), recovery)
