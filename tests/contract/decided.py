"""Ledgers with decisions in them, made by the service's own desk."""

from __future__ import annotations

from itertools import count

from features.store import Store
from serving.claim_desk import ClaimDesk
from serving.model import Model
from serving.policy import Policy, default_policy_path, read_policy
from tests.unit.serving.claims import DAY_MS, HOUR_MS, NOW_MS, make_claim

TYPES = ("refund_only", "return_refund", "exchange", "repair")


def decide(
    store: Store, claims: int, first: int = 0, model: Model | None = None, policy: Policy | None = None
) -> list[str]:
    """Decide so many claims, one an hour from `NOW_MS` on; return their ids."""
    moments = count(NOW_MS + first * HOUR_MS, HOUR_MS)
    desk = ClaimDesk(store, policy or read_policy(default_policy_path()), model, lambda _: next(moments))
    ids = [f"C{number:03}" for number in range(first, first + claims)]
    for number, claim_id in enumerate(ids, first):
        desk.score(
            make_claim(
                claim_id,
                claim_type=TYPES[number % len(TYPES)],
                text="杯子, broken" if number % 2 else None,
                evidence_count=number % 3,
                order={"buyer_id": f"B{number % 3}", "delivered_at_ms": NOW_MS - DAY_MS},
            )
        )
    return ids
