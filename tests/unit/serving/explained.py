"""Decisions to explain, on a model that looks at pictures and at units."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np

from features.plan import Plan
from serving.bundle import BundleContents
from serving.model import Model
from serving.past_decision.models import FoundModel
from tests.unit.serving.claims import CONSENT, DAY_MS, NOW_MS
from tests.unit.serving.small_champion import RISKY_QUANTITY, champion_contents


class Models:
    """Models by version, from memory."""

    def __init__(self, *models: Model) -> None:
        self._models = {model.version: model for model in models}

    def find(self, version: str) -> FoundModel:
        """The model, or that it isn't there."""
        found = self._models.get(version)
        return FoundModel(found, "in memory" if found else "not in memory")


def picture_contents(plan: Plan) -> BundleContents:
    """A bundle whose model finds claims without pictures abusive, and all of many units."""
    chance = np.random.default_rng(5)
    rows = chance.poisson(1.0, size=(400, len(plan.columns))).astype(np.float64)
    quantity, pictures = plan.names.index("claim_quantity"), plan.names.index("claim_evidence_count")
    rows[:, quantity] = chance.choice([1, RISKY_QUANTITY], size=400)
    rows[:, pictures] = chance.integers(0, 6, size=400)
    risk = np.where(rows[:, quantity] > 1, 1.0, (rows[:, pictures] < 1) * 1.0)
    rows[:, pictures] += 0.0
    data = lightgbm.Dataset(rows, risk, feature_name=list(plan.names))
    settings = {"objective": "regression", "num_leaves": 7, "verbosity": -1, "num_threads": 1, "seed": 1}
    return replace(champion_contents(plan), model_text=lightgbm.train(settings, data, 40).model_to_string())


def any_claim(number: int) -> dict[str, Any]:
    """Claims of all sorts."""
    chance = random.Random(number)
    return {
        "claim_type": chance.choice(["refund_only", "refund_only", "return_refund", "exchange", "repair"]),
        "reason": chance.choice(["damaged", "changed_mind", "not_received", "other", "counterfeit"]),
        "amount_minor": chance.choice([500, 5_000, 60_000]),
        "quantity": chance.choice([1, 1, 2, RISKY_QUANTITY]),
        "evidence_count": chance.randrange(3),
        "text": chance.choice([None, "it came broken", "太小了"]),
        "device_id": chance.choice(["D1", "D2", None]),
        "authority": chance.choice([None, CONSENT]),
        "human_requested": chance.random() < 0.1,
        "explain": chance.random() < 0.5,
        "language": chance.choice([None, "en", "zh-CN"]),
        "order": {
            "buyer_id": f"B{chance.randrange(4)}",
            "merchant_id": f"M{chance.randrange(2)}",
            "category_id": chance.choice([None, "electronics"]),
            "delivered_at_ms": chance.choice([None, NOW_MS - 2 * DAY_MS]),
            "promised_at_ms": chance.choice([None, NOW_MS - 3 * DAY_MS]),
        },
    }
