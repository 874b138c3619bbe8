"""What the policy does on a period with either of two models, and what that cost by labels."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Floats
from features.events import Event
from serving.decision.outcomes import cost_parts, weighed
from serving.policy import Policy
from training.gate.duel import Duel, Flags, Side, Slicing
from training.gate.period import LaterPeriod, Model
from training.tuning.claims import TuningClaims, as_claims
from training.tuning.many import Capacity, decide_many
from training.tuning.periods import case_of

AMOUNT_BANDS: Final = 5
NEW_UP_TO_ORDERS: Final = 1  # ever, the claimed one among them


def decide_duel(
    period: LaterPeriod,
    challenger: Model,
    champion: Model,
    policy: Policy,
    consents: frozenset[str] = frozenset(),
    capacity: Capacity = "price",
) -> Duel:
    """Score all claims with both models, decide by the policy, and price that by labels.

    Args:
        period: the claims.
        challenger: the model that would be put in force.
        champion: the one in force.
        policy: decides, and says what outcomes cost.
        consents: ids of merchants that agreed to be charged; events don't say it.
        capacity: what happens to more reviews in a day than the policy's capacity, as of `decide_many`.
    """
    one, other = (_claims(period, each, policy, consents) for each in (challenger, champion))
    return Duel(
        challenger=_side(challenger, one, other, policy, capacity),
        champion=_side(champion, other, one, policy, capacity),
        abusive=period.abusive,
        weight=period.weight,
        claim_weight=period.claim_weight,
        buyer=one.buyer,
        as_of_ms=period.as_of_ms,
        slicings=_slicings(period.filed, period.vectors[:, period.names.index("buyer_orders_ever")]),
        label=period.label,
        policy_version=policy.version,
        currency=policy.currency,
    )


def _claims(period: LaterPeriod, model: Model, policy: Policy, consents: frozenset[str]) -> TuningClaims:
    scorer, filed, vectors = model.scorer, period.filed, period.vectors
    whole = np.stack(
        [
            scorer.complete(vector, event.claim_text, event.claim_reason or "")
            for vector, event in zip(vectors, filed, strict=True)
        ]
    )
    back = scorer.recovery_probabilities(whole)
    told = zip(
        filed,
        vectors,
        scorer.score_many(whole).tolist(),
        [None] * len(filed) if back is None else back.tolist(),
        strict=True,
    )
    cases = [case_of(event, vector, probability, share, consents) for event, vector, probability, share in told]
    return as_claims(cases, policy, period.buyer, period.abusive, period.chance)


def _side(model: Model, own: TuningClaims, others: TuningClaims, policy: Policy, capacity: Capacity) -> Side:
    """What the policy does with a model, priced alike for both: by what the two together expect to come back."""
    done = decide_many(own, policy, capacity)
    labelled = own.labelled
    parts = cost_parts(
        policy,
        goods=own.goods,
        action=done.action,
        charged=done.charged,
        amount_minor=own.amount_minor,
        abusive=np.where(labelled, own.abusive, 0.0),
        back=(_back(own, policy) + _back(others, policy)) / 2,
    )
    costs = np.where(labelled, weighed(parts, policy, own.goods), 0.0)
    return Side(model.name, model.bundle.model_version, own.probability, done.action, costs)


def _back(claims: TuningClaims, policy: Policy) -> Floats:
    return np.where(np.isnan(claims.back), policy.recovery.default_probability, claims.back)


def _slicings(filed: list[Event], orders_ever: Floats) -> tuple[Slicing, ...]:
    categories = [each.category_id or "unknown" for each in filed]
    names, category = np.unique(categories, return_inverse=True)
    amounts = np.array([each.amount_minor or 0 for each in filed], dtype=np.int64)
    edges = np.unique(np.quantile(amounts, np.arange(1, AMOUNT_BANDS) / AMOUNT_BANDS, method="higher")).astype(np.int64)
    words = [f"{edge / 100:,.2f}" for edge in edges.tolist()]
    bands = [f"under {words[0]}", *(f"from {word}" for word in words)]
    known: Flags = orders_ever > NEW_UP_TO_ORDERS
    return (
        Slicing("category", tuple(names.tolist()), category.astype(np.int64)),
        Slicing("amount", tuple(bands), np.searchsorted(edges, amounts, side="right").astype(np.int64)),
        Slicing("buyer", ("new", "known"), known.astype(np.int64)),
    )
