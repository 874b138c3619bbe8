"""A small model on the service's own columns that tests can steer: it finds claims of many units abusive."""

from __future__ import annotations

import lightgbm
import numpy as np

from features.plan import Plan
from serving.bundle import BundleContents, ModelColumn, RecoveryHead
from serving.calibration import Calibration
from serving.text.columns import TEXT_COLUMNS
from serving.text.reader import TextReader

ROWS = 400
RISKY_QUANTITY = 50  # a claim of so many units has an abuse probability near 0.95; one of a single unit, near 0.01


def champion_contents(
    plan: Plan, card: str = "# A model for tests\n", reader: TextReader | None = None, *, recovers: bool = False
) -> BundleContents:
    """What a bundle of the model holds. Another card makes another version.

    With a reader, it also finds claims abusive whose text disagrees with the stated reason. If it recovers, it expects
    little to come back of a claim of many units, and much of one of a single unit.
    """
    random = np.random.default_rng(11)
    columns = plan.columns if reader is None else (*plan.columns, *TEXT_COLUMNS)
    rows = random.poisson(1.0, size=(ROWS, len(columns))).astype(np.float64)
    quantity, claims, rate = (
        plan.names.index(name) for name in ("claim_quantity", "buyer_claims_1d", "buyer_claim_rate_30d")
    )
    rows[:, quantity] = random.choice([1, RISKY_QUANTITY], size=ROWS)
    rows[:, rate] = random.random(ROWS)
    risk = (rows[:, quantity] > 1) + 0.1 * (rows[:, claims] > 2) + 0.1 * (rows[:, rate] > 0.5)
    if reader is not None:
        rows[:, -1] = random.random(ROWS)
        risk += rows[:, -1] > 0.6
    names = [column.name for column in columns]
    parameters = {"objective": "regression", "num_leaves": 7, "verbosity": -1, "num_threads": 1, "seed": 1}
    model = lightgbm.train(parameters, lightgbm.Dataset(rows, risk, feature_name=names), 30)
    back = lightgbm.Dataset(rows, np.where(rows[:, quantity] > 1, 0.2, 0.9), feature_name=names)
    head = RecoveryHead(
        lightgbm.train({**parameters, "objective": "cross_entropy"}, back, 30).model_to_string(),
        Calibration(x=(-2.0, 2.0), y=(0.15, 0.85)),
    )
    return BundleContents(
        model_text=model.model_to_string(),
        calibration=Calibration(x=(0.0, 0.5, 1.0), y=(0.01, 0.1, 0.95)),
        catalog_hash=plan.catalog_hash,
        columns=tuple(ModelColumn(column.name, column.reason.code) for column in columns),
        reason_texts={
            column.reason.code: {"en": column.reason.text.en, "zh-CN": column.reason.text.zh} for column in columns
        },
        card=card,
        created_at_ms=1_772_000_000_000,
        training={"seed": 11},
        metrics={},
        versions={"lightgbm": lightgbm.__version__},
        reader=reader,
        recovery=head if recovers else None,
    )
