"""What a policy costs on the claims of a period, by labels, and how it stands to what must hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from serving.decision.estimating import Estimate, estimate_means
from serving.decision.outcomes import ADVANCE, APPROVE, REVIEW, cost_parts, weighed
from serving.policy import Policy
from training.tuning.claims import TuningClaims
from training.tuning.limits import Limit
from training.tuning.many import Actions, Capacity, decide_many

PER = 1_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A policy on a period.

    Attributes:
        cost_minor: what its actions cost per 1,000 claims, by labels, at the true costs.
        costs_minor: the same per labelled claim, 0 for others, shape (n,).
        measures: by the names of `training.tuning.limits.MEASURES`.
    """

    cost_minor: float
    costs_minor: Floats
    measures: dict[str, float]

    def excess(self, limits: tuple[Limit, ...]) -> float:
        """By how much all limits together are broken; 0 where they hold."""
        return sum(limit.excess(self.measures[limit.measure]) for limit in limits)


def measure(claims: TuningClaims, acting: Policy, true: Policy, capacity: Capacity) -> Measured:
    """What a policy's actions come to.

    Args:
        claims: of the period; some must be labelled.
        acting: the policy to act by.
        true: the policy that says what outcomes cost.
        capacity: as of `decide_many`.
    """
    done = decide_many(claims, acting, capacity)
    labelled = claims.labelled
    parts = parts_by_labels(claims, done, true)
    weights = np.where(labelled, 1 / claims.chance, 0.0)
    weights = weights / weights.sum()
    costs = np.where(labelled, weighed(parts, true, claims.goods), 0.0)
    reviewed = done.action == REVIEW
    refused = reviewed * np.where(labelled, 1 - claims.abusive, 0.0) * (1 - true.review.specificity)
    paid = sum(parts[name] for name in ("abuse_charged", "abuse_borne", "abuse_advanced", "abuse_missed"))
    per_day = np.bincount(claims.day, reviewed, minlength=max(claims.days, 1))
    return Measured(
        cost_minor=PER * float(weights @ costs),
        costs_minor=costs,
        measures={
            "reviews_per_day": float(per_day.mean()),
            "most_reviews_per_day": float(per_day.max()),
            "automatic_share": float(1 - reviewed.mean()),
            "approved_share": float((done.action == APPROVE).mean()),
            "advanced_share": float((done.action == ADVANCE).mean()),
            "wrongful_denials_per_1000": PER * float(weights @ refused),
            "abuse_paid_per_1000": PER * float(weights @ np.asarray(paid)) / 100,
        },
    )


def parts_by_labels(claims: TuningClaims, done: Actions, true: Policy) -> dict[str, Floats]:
    """What actions cost by labels, by the names of `PARTS`, each of shape (n,); unlabelled claims count as honest."""
    return cost_parts(
        true,
        goods=claims.goods,
        action=done.action,
        charged=done.charged,
        amount_minor=claims.amount_minor,
        abusive=np.where(claims.labelled, claims.abusive, 0.0),
        back=np.where(np.isnan(claims.back), true.recovery.default_probability, claims.back),
    )


def saved(claims: TuningClaims, base: Measured, tuned: Measured) -> Estimate:
    """How much less the tuned policy costs than the base, claim by claim, with an interval by buyer; minor units."""
    return estimate_means(
        (base.costs_minor - tuned.costs_minor)[:, np.newaxis], claims.chance, claims.labelled, claims.buyer
    )
