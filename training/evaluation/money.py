"""What deciding by a model's probabilities costs under a policy, by labels.

Each claim is decided by the policy with each model's probabilities in turn, and what came of it is priced by its label.
A review costs what the policy says, but there is no shortage of places: only labelled claims are seen, and those are no
fair sample of a day's queue. What a shortage changes is `training.evaluation.capacity`'s and the cost curve's to show.

Events know no lists and no agreements of merchants, so claims are judged as if there were none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pyarrow as pa

from features.arrays import Floats, Ints
from features.event_file import to_events
from serving.decision import Case, RuleEffects, before_models, compile_rules, effects_of, fire
from serving.decision.outcomes import REVIEW, weighed
from serving.policy import Policy
from training.dataset import Period
from training.dataset.gathering import Gathered
from training.evaluation.evaluation import CostCurve
from training.stored.vectors import chunks
from training.tuning.claims import TuningClaims, as_claims, with_probabilities
from training.tuning.many import Actions, weigh_review
from training.tuning.measuring import parts_by_labels
from training.tuning.periods import case_of

PER = 1_000  # claims
POINTS = 101  # of a cost curve


@dataclass(frozen=True, slots=True)
class Decided:
    """What a policy does with n claims by one model's probabilities; each of shape (n,).

    Attributes:
        reviewed: whether it sends the claim to a person.
        cost_minor: what its action costs, by the claim's label.
        curve: what other shares of reviews would have cost.
    """

    reviewed: Floats
    cost_minor: Floats
    curve: CostCurve


@dataclass(frozen=True, slots=True)
class Docket:
    """The labelled claims of a period, ready to be decided by any model's probabilities.

    Attributes:
        policy: by which they are decided, and which says what outcomes cost.
        cases: the claims, with the vectors that rules ask about.
        effects: what the rules ask for that hang on no probability.
        hanging: the claims of which some rule does.
        claims: as arrays, with no probabilities yet.
        weights: what each claim counts for.
    """

    policy: Policy
    cases: Sequence[Case]
    effects: Sequence[RuleEffects]
    hanging: Ints
    claims: TuningClaims
    weights: Floats

    def decide(self, probability: Floats) -> Decided:
        """Decide all claims by these abuse probabilities, shape (n,)."""
        effects = list(self.effects)
        for row in self.hanging.tolist():
            case = replace(self.cases[row], abuse_probability=float(probability[row]))
            effects[row] = effects_of(case, self.policy)
        claims = with_probabilities(self.claims, self.cases, effects, probability)
        instead, gain = weigh_review(claims, self.policy)
        by_person = self._costs(claims, np.full(len(claims), REVIEW, dtype=np.int64))
        by_itself = np.where(np.isposinf(gain), by_person, self._costs(claims, instead))
        reviewed = gain >= 0
        curve = _cost_curve(gain, by_person, by_itself, self.weights)
        return Decided(reviewed.astype(np.float64), np.where(reviewed, by_person, by_itself), curve)

    def _costs(self, claims: TuningClaims, action: Ints) -> Floats:
        parts = parts_by_labels(claims, Actions(action, claims.authorised), self.policy)
        return weighed(parts, self.policy, claims.goods)


def make_docket(
    gathered: Gathered, period: Period, weights: Floats, policy: Policy, recovery: Floats | None = None
) -> Docket:
    """Read the claims' events, and fire the rules that hang on no probability.

    Args:
        gathered: what the period was cut from.
        period: with the rows of its claims there.
        weights: what each claim counts for, shape (n,).
        policy: to decide by.
        recovery: P(an advance comes back), shape (n,); None for the policy's default.

    Raises:
        ValueError: the period doesn't say where its claims are.
    """
    if period.rows is None or period.buyers is None:
        raise ValueError(f"the {period.name} period has no rows; cut it from gathered events")
    filed = to_events(gathered.events.take(pa.array(period.rows)), check=False)
    back = [None] * len(filed) if recovery is None else recovery.tolist()
    told = zip(filed, chain.from_iterable(chunks(period.vectors)), back, strict=True)
    cases = [case_of(event, vector, 0.0, share) for event, vector, share in told]
    effects = _effects_before_models(cases, policy)
    abusive = period.abusive.astype(np.float64)
    claims = as_claims(cases, policy, period.buyers, abusive, np.ones(len(period)), effects)
    hanging = np.flatnonzero([bool(each.failed) for each in effects])
    return Docket(policy, cases, effects, hanging, claims, weights)


def _effects_before_models(cases: Sequence[Case], policy: Policy) -> list[RuleEffects]:
    rules = before_models(compile_rules(policy))
    return [
        fire(rules, case.facts, case.vector, abuse_probability=0.0, recovery_probability=0.0, costs={})
        for case in cases
    ]


def _cost_curve(gain: Floats, by_person: Floats, by_itself: Floats, weights: Floats) -> CostCurve:
    """The cost of 1,000 claims by the share reviewed, claims with the largest gain first."""
    share = weights / weights.sum()
    order = np.argsort(-gain, kind="stable")
    must, may = int(np.isposinf(gain).sum()), int((~np.isneginf(gain)).sum())
    shares = np.concatenate([[0.0], np.cumsum(share[order])])
    costs = share @ by_itself + np.concatenate([[0.0], np.cumsum((share * (by_person - by_itself))[order])])
    grid = np.linspace(shares[must], shares[may], POINTS)
    at_policy = int((gain >= 0).sum())
    return CostCurve(
        tuple(grid.tolist()),
        tuple((PER * np.interp(grid, shares, costs)).tolist()),
        float(shares[at_policy]),
        float(PER * costs[at_policy]),
    )
