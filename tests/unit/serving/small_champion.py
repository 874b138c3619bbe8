"""A small model on the service's own columns that tests can steer: it finds claims of many units abusive."""

from __future__ import annotations

import lightgbm
import numpy as np

from features.plan import Plan
from serving.bundle import BundleContents, ModelColumn
from serving.calibration import Calibration

ROWS = 400
RISKY_QUANTITY = 50  # a claim of so many units has an abuse probability near 0.95; one of a single unit, near 0.01


def champion_contents(plan: Plan, card: str = "# A model for tests\n") -> BundleContents:
    """What a bundle of the model holds. Another card makes another version."""
    random = np.random.default_rng(11)
    rows = random.poisson(1.0, size=(ROWS, len(plan.columns))).astype(np.float64)
    quantity, claims, rate = (
        plan.names.index(name) for name in ("claim_quantity", "buyer_claims_1d", "buyer_claim_rate_30d")
    )
    rows[:, quantity] = random.choice([1, RISKY_QUANTITY], size=ROWS)
    rows[:, rate] = random.random(ROWS)
    risk = (rows[:, quantity] > 1) + 0.1 * (rows[:, claims] > 2) + 0.1 * (rows[:, rate] > 0.5)
    parameters = {"objective": "regression", "num_leaves": 7, "verbosity": -1, "num_threads": 1, "seed": 1}
    model = lightgbm.train(parameters, lightgbm.Dataset(rows, risk, feature_name=list(plan.names)), 30)
    return BundleContents(
        model_text=model.model_to_string(),
        calibration=Calibration(x=(0.0, 0.5, 1.0), y=(0.01, 0.1, 0.95)),
        catalog_hash=plan.catalog_hash,
        columns=tuple(ModelColumn(column.name, column.reason.code) for column in plan.columns),
        reason_texts={
            column.reason.code: {"en": column.reason.text.en, "zh-CN": column.reason.text.zh} for column in plan.columns
        },
        card=card,
        created_at_ms=1_772_000_000_000,
        training={"seed": 11},
        metrics={},
        versions={"lightgbm": lightgbm.__version__},
    )
