"""What a policy comes to on past claims: actions, reviews per day, cost by party, complaints to be expected.

Two answers stand side by side. By the model: each claim counts by its abuse probability, so all claims count, and the
answer is as good as the probabilities. By findings: claims whose truth came to light speak for the others, by the
inverse of the chance with which it did (`chances`), so the answer needs no model, and is as sharp as findings are many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.decision.estimating import Estimate, estimate_means
from serving.decision.outcomes import ADVANCE, APPROVE, PARTS, REVIEW, cost_parts, weighed
from serving.policy import Policy
from serving.policy_compare.chances import Chances, find_chances
from serving.policy_compare.judged import Claims, Judged, days

PARTIES: Final = ("buyer", "merchant", "platform", "open")
QUANTITIES: Final = (*PARTIES, "weighed", "refused", "abusive")  # per claim, in the order of estimates


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is done with claims, and what that is expected to cost; money in minor units.

    Attributes:
        approved, approved_own, advanced, reviewed: claims; `approved_own` are those of the approved that the platform
            pays for itself.
        reviews_per_day: mean over the days with a claim.
        most_reviews: of a day.
        days_over: days with more reviews than the capacity.
        parts: expected cost by part (`serving.decision.outcomes.PARTS`).
        weighed_minor: their sum as decisions weigh it.
        refused: honest claims that reviewers are expected to refuse: reviews x (1 - p) x (1 - specificity). Each is a
            complaint to come.
    """

    approved: int
    approved_own: int
    advanced: int
    reviewed: int
    reviews_per_day: float
    most_reviews: int
    days_over: int
    parts: dict[str, float]
    weighed_minor: float
    refused: float

    def party(self, name: str) -> float:
        """What one of `PARTIES` is expected to bear."""
        return sum(cost for part, cost in self.parts.items() if PARTS[part] == name)


@dataclass(frozen=True, slots=True)
class Settled:
    """Advances that were settled: how many, what was paid, and what came back."""

    claims: int
    advanced_minor: int
    recovered_minor: int

    @property
    def recovered_share(self) -> float:
        """Of the money, the share that came back."""
        return self.recovered_minor / self.advanced_minor if self.advanced_minor else float("nan")


@dataclass(frozen=True, slots=True)
class ByFindings:
    """Means per claim, over the claims with a known chance, in the order of `QUANTITIES`.

    `policy` and `then` estimate them under the policy and as decided then, `saved` what the policy costs less than
    that, claim by claim; `model` are the same means under the policy by the model's probabilities.
    """

    claims: int
    policy: Estimate
    then: Estimate
    saved: Estimate
    model: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A policy on past claims, beside what was decided then, priced alike.

    `unknown` are claims that nobody knew the probability of: they go to a person, and count in no cost.
    """

    version: str
    claims: int
    days: int
    unknown: int
    policy: Figures
    then: Figures
    settled: Settled
    chances: Chances
    by_findings: ByFindings | None


def backtest(claims: Claims, judged: Judged, policy: Policy, *, now_ms: int, mature_days: float = 30.0) -> Backtest:
    """Replay a policy on past claims.

    Args:
        claims: the claims.
        judged: what the policy does with them.
        policy: the policy; its prices count.
        now_ms: the moment as of which claims are old enough or not.
        mature_days: how old a claim is once its truth has come to light, if it does.
    """
    then = Judged(action=claims.then, charged=claims.then_charged, back=judged.back)
    chances = find_chances(claims, now_ms, mature_days)
    day = days(claims.as_of_ms, policy.zone)
    return Backtest(
        version=policy.version,
        claims=len(claims),
        days=len(np.unique(day)),
        unknown=int(np.isnan(claims.probability).sum()),
        policy=_figures(claims, judged, policy, day),
        then=_figures(claims, then, policy, day),
        settled=Settled(
            int((claims.advanced_minor > 0).sum()), int(claims.advanced_minor.sum()), int(claims.recovered_minor.sum())
        ),
        chances=chances,
        by_findings=None if chances.refusal is not None else _by_findings(claims, judged, then, policy, chances),
    )


def _figures(claims: Claims, judged: Judged, policy: Policy, day: Ints) -> Figures:
    approved, reviewed = judged.action == APPROVE, judged.action == REVIEW
    _, number = np.unique(day, return_inverse=True)
    per_day = np.bincount(number, reviewed) if len(day) else np.zeros(0)
    capacity = policy.review.capacity_per_day
    known = np.isfinite(claims.probability)
    parts = _parts(claims, judged, policy, claims.probability)
    return Figures(
        approved=int(approved.sum()),
        approved_own=int((approved & ~judged.charged).sum()),
        advanced=int((judged.action == ADVANCE).sum()),
        reviewed=int(reviewed.sum()),
        reviews_per_day=float(per_day.mean()) if len(per_day) else 0.0,
        most_reviews=int(per_day.max(initial=0)),
        days_over=0 if capacity is None else int((per_day > capacity).sum()),
        parts={name: float(part[known].sum()) for name, part in parts.items()},
        weighed_minor=float(weighed(parts, policy, claims.goods)[known].sum()),
        refused=float(_refused(judged, policy, claims.probability)[known].sum()),
    )


def _by_findings(claims: Claims, judged: Judged, then: Judged, policy: Policy, chances: Chances) -> ByFindings:
    covered = np.flatnonzero(chances.covered)
    looked_at, chance = chances.looked_at[covered], chances.chance[covered]
    _, buyer = np.unique(claims.buyer[covered], return_inverse=True)
    truth = np.where(chances.looked_at, claims.abusive, 0.0)
    ours, theirs = (_quantities(claims, each, policy, truth)[covered] for each in (judged, then))

    def estimate(values: Floats) -> Estimate:
        return estimate_means(values, chance, looked_at, np.asarray(buyer, dtype=np.int64))

    model = _quantities(claims, judged, policy, claims.probability)[covered]
    told = np.isfinite(model[:, -1])
    return ByFindings(
        claims=len(covered),
        policy=estimate(ours),
        then=estimate(theirs),
        saved=estimate(theirs - ours),
        model=model[told].mean(axis=0) if told.any() else np.full(len(QUANTITIES), np.nan),
    )


def _quantities(claims: Claims, judged: Judged, policy: Policy, abusive: Floats) -> Floats:
    """Shape (n, quantities)."""
    parts = _parts(claims, judged, policy, abusive)
    parties = [sum(part for name, part in parts.items() if PARTS[name] == party) for party in PARTIES]
    return np.column_stack([*parties, weighed(parts, policy, claims.goods), _refused(judged, policy, abusive), abusive])


def _parts(claims: Claims, judged: Judged, policy: Policy, abusive: Floats) -> dict[str, Floats]:
    return cost_parts(
        policy,
        goods=claims.goods,
        action=judged.action,
        charged=judged.charged,
        amount_minor=claims.amount_minor,
        abusive=abusive,
        back=judged.back,
    )


def _refused(judged: Judged, policy: Policy, abusive: Floats) -> Floats:
    return np.asarray((judged.action == REVIEW) * (1 - abusive) * (1 - policy.review.specificity), dtype=np.float64)
