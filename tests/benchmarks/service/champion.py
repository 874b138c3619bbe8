"""A champion of the size that is to be measured: two models of 300 trees with 31 leaves, on every column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa

from features.arrays import Floats
from features.plan import Plan
from serving.bundle import BundleContents, RecoveryHead
from serving.calibration import Calibration
from training.model.calibration import calibrate
from training.probes import make_probes
from training.train import TrainingConfig, train

TREES = 300
SHAPE = {"num_leaves": 31, "max_depth": 6, "min_data_in_leaf": 5, "learning_rate": 0.03}


def champion_contents(history: pa.Table, plan: Plan) -> BundleContents:
    """A trained bundle, with both of its models grown to that size, whatever that makes of what they know."""
    trained = train(history, plan, TrainingConfig())
    names = trained.latest.fitted.booster.feature_name()
    learned, later = trained.latest.dataset.train, trained.latest.dataset.calibration
    abuse = _grown(learned.vectors, learned.abusive, "binary", names)
    advances = trained.latest.dataset.advances.examples
    matrix = np.zeros((len(advances), len(names)))
    matrix[:, : advances.vectors.shape[1]] = advances.vectors
    recovery = _grown(matrix, advances.recovered_share, "cross_entropy", names)
    raw_scores = np.asarray(abuse.predict(later.vectors, raw_score=True))
    grown = replace(
        trained.bundle,
        model_text=abuse.model_to_string(num_iteration=-1),
        calibration=calibrate(raw_scores, later.abusive, later.weights, later.buyers).calibration,
        recovery=RecoveryHead(recovery.model_to_string(num_iteration=-1), Calibration(x=(-4.0, 4.0), y=(0.02, 0.98))),
        probes=None,
    )
    return replace(grown, probes=make_probes(grown, later.vectors, seed=7))


def _grown(vectors: Floats, target: Any, objective: str, names: list[str]) -> lightgbm.Booster:
    fixed = {"objective": objective, "verbosity": -1, "seed": 7, "deterministic": True, "force_row_wise": True}
    return lightgbm.train({**fixed, **SHAPE}, lightgbm.Dataset(vectors, target, feature_name=names), TREES)
