"""What rules ask about, read from a claim: a function for every field of the policy's vocabulary."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from features.arrays import Floats
from features.definition.window import MS_PER_DAY
from serving.decision.facts import ClaimFacts
from serving.policy.vocabulary import LISTS, PolicyField, Value
from serving.words import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that a claim's fields are read from."""

    facts: ClaimFacts
    vector: Floats | None
    abuse_probability: float
    recovery_probability: float
    costs: Mapping[Action, float]
    lists: frozenset[str]
    zone: ZoneInfo


Read: TypeAlias = Callable[[Asked], Value | None]


def _days(since_ms: int | None, asked: Asked) -> float | None:
    return None if since_ms is None else (asked.facts.as_of_ms - since_ms) / MS_PER_DAY


def _hour(asked: Asked) -> int:
    return dt.datetime.fromtimestamp(asked.facts.as_of_ms / 1000, asked.zone).hour


_READS: Final[Mapping[str, Read]] = {
    "claim.id": lambda asked: asked.facts.claim_id,
    "claim.type": lambda asked: asked.facts.claim_type,
    "claim.reason": lambda asked: asked.facts.reason,
    "claim.authority": lambda asked: "" if asked.facts.authority is None else asked.facts.authority.kind,
    "claim.amount_minor": lambda asked: asked.facts.amount_minor,
    "claim.quantity": lambda asked: asked.facts.quantity,
    "claim.evidence_count": lambda asked: asked.facts.evidence_count,
    "claim.hour_of_day": _hour,
    "order.id": lambda asked: asked.facts.order_id,
    "order.category_id": lambda asked: asked.facts.category_id,
    "order.amount_minor": lambda asked: asked.facts.order_amount_minor,
    "order.delivered": lambda asked: asked.facts.order_delivered_at_ms is not None,
    "order.paid_at_ms": lambda asked: asked.facts.order_paid_at_ms,
    "order.promised_at_ms": lambda asked: asked.facts.order_promised_at_ms,
    "order.delivered_at_ms": lambda asked: asked.facts.order_delivered_at_ms,
    "order.days_since_payment": lambda asked: _days(asked.facts.order_paid_at_ms, asked),
    "order.days_since_delivery": lambda asked: _days(asked.facts.order_delivered_at_ms, asked),
    "buyer.id": lambda asked: asked.facts.buyer_id,
    "merchant.id": lambda asked: asked.facts.merchant_id,
    "product.id": lambda asked: asked.facts.product_id,
    "probabilities.abuse": lambda asked: asked.abuse_probability,
    "probabilities.recovery": lambda asked: asked.recovery_probability,
    "costs.auto_approve": lambda asked: asked.costs["auto_approve"],
    "costs.manual_review": lambda asked: asked.costs["manual_review"],
    "costs.pre_payment_compensation": lambda asked: asked.costs["pre_payment_compensation"],
}


def reader(field: PolicyField, columns: Mapping[str, int]) -> Read:
    """How a field is read from a claim; missing ones come out as None.

    Args:
        field: the field.
        columns: the place of each column in a feature vector.
    """
    if field.root == LISTS:
        return lambda asked: field.name in asked.lists
    if field.column is None:
        return _READS[field.key]
    number = columns[field.column]

    def column(asked: Asked) -> float | None:
        value = math.nan if asked.vector is None else float(asked.vector[number])
        return None if math.isnan(value) else value

    return column
