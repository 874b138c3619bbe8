"""A claim judged: what rules ask for, and the decision. The service, the simulator and every comparison of policies
judge through this one function, so that they can't differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.arrays import Floats
from serving.decision.authority import find_authority
from serving.decision.choosing import Decision, cost_lines, decide
from serving.decision.economics import ActionCosts
from serving.decision.effects import NO_EFFECTS, RuleEffects
from serving.decision.facts import ClaimFacts
from serving.decision.firing import compile_rules, fire
from serving.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a policy judges a claim by.

    Attributes:
        facts: the claim and its order.
        vector: float64, NaN for missing, the catalogue's columns first; None where the history couldn't be asked.
        abuse_probability: calibrated; None where nobody could tell, which leads to a person.
        recovery_probability: calibrated; None for the policy's default.
        capacity_price_minor: what a place in the reviewers' queue costs at the moment; None for the policy's lowest.
        lists: names of the policy's lists that the claim's buyer, merchant or pictures are on.
    """

    facts: ClaimFacts
    vector: Floats | None
    abuse_probability: float | None
    recovery_probability: float | None = None
    capacity_price_minor: float | None = None
    lists: frozenset[str] = frozenset()


def judge(case: Case, policy: Policy) -> Decision:
    """The decision of a policy on a case: its rules are asked first, about costs as they are without them.

    Raises:
        ValueError: a probability is NaN or outside 0 to 1.
    """
    return decide(
        case.facts,
        case.abuse_probability,
        policy,
        case.recovery_probability,
        capacity_price_minor=case.capacity_price_minor,
        effects=effects_of(case, policy),
    )


def effects_of(case: Case, policy: Policy) -> RuleEffects:
    """What the policy's rules ask for on a case."""
    rules = compile_rules(policy)
    if case.abuse_probability is None or not rules.rules:
        return NO_EFFECTS
    recovery = policy.recovery.default_probability if case.recovery_probability is None else case.recovery_probability
    costs: ActionCosts = {}
    if rules.asks_costs:
        authority = find_authority(case.facts, policy)
        price = case.capacity_price_minor
        price_minor = policy.review.lowest_price_minor if price is None else price
        costs = cost_lines(case.facts, policy, authority, recovery, price_minor)(case.abuse_probability)
    return fire(
        rules,
        case.facts,
        case.vector,
        abuse_probability=case.abuse_probability,
        recovery_probability=recovery,
        costs=costs,
        lists=case.lists,
    )
