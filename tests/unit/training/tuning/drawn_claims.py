"""Claims drawn by hand or by chance, as the arrays that a search works on."""

from __future__ import annotations

from typing import Any

import numpy as np

from serving.decision.outcomes import CODES, Goods
from serving.policy import Policy, default_policy_path, read_policy
from training.tuning.claims import NOT_FORCED, TuningClaims


def drawn(count: int, **columns: Any) -> TuningClaims:
    """So many claims, each of a buyer of its own, all on one day and chargeable to merchants, all found honest."""
    plain: dict[str, Any] = {
        "day": 0,
        "amount_minor": 10_000,
        "probability": 0.1,
        "back": np.nan,
        "authorised": True,
        "only_person": False,
        "forced": NOT_FORCED,
        "borne_by_rule": False,
        "abusive": 0.0,
        "chance": 1.0,
    }
    given = {name: np.broadcast_to(np.asarray(value), count).copy() for name, value in {**plain, **columns}.items()}
    given.setdefault("buyer", np.arange(count))
    goods = Goods.of([""] * count)
    return TuningClaims(goods=goods, forbidden=np.zeros((len(CODES), count), dtype=np.bool_), **given)


def policy_with(**tables: dict[str, Any]) -> Policy:
    """The shipped policy with some settings of its tables changed."""
    content = read_policy(default_policy_path()).model_dump()
    for table, settings in tables.items():
        content[table] = {**content[table], **settings}
    return Policy.model_validate(content)
