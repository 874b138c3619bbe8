"""The choice: the action with the lowest expected cost among those that may be taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from serving.decision.authority import Authority, find_authority
from serving.decision.economics import (
    PREFERENCE,
    ActionCosts,
    CostLines,
    cheapest,
    expected_costs,
    nearest_changes,
)
from serving.decision.effects import NO_EFFECTS, RuleEffects
from serving.decision.facts import ClaimFacts
from serving.decision.standing import find_standing, platform_bears
from serving.policy import Policy
from serving.words import Action, Cause, Why


@dataclass(frozen=True, slots=True)
class ActionCost:
    """What an action is expected to cost (minor units; None where nothing is known), and whether and why it may be
    taken. An action that may not be taken has its cost all the same, for comparison.
    """

    action: Action
    expected_cost_minor: float | None
    available: bool
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with a claim, and what it was weighed against. Money is minor units.

    Attributes:
        action: what to do.
        cause: why it is this action: the costs, or what stands above them.
        costs: what each action is expected to cost, and whether it may be taken.
        runner_up: the next cheapest action that may be taken, if there is one.
        action_changes_at: the nearest abuse probabilities, below and above, at which another action would be the
            cheapest one available (None where there is none).
        authority: the one used: set exactly where the merchant is charged.
        charged_to: who pays. With `pre_payment_compensation` the platform does, and recovers from the merchant later.
        recovery_probability: what the costs were made with, and from where (`recovery_source`).
        capacity_price_minor: what a place in the reviewers' queue cost.
        review_gain_minor: what a review would save against the cheapest other action, if places in the queue were
            free; None where nothing else may be done. Claims are reviewed whose gain is at least the price.
        effects: what rules asked for.
        degraded: whether the service couldn't judge the claim.
    """

    action: Action
    cause: Cause
    costs: tuple[ActionCost, ...]
    runner_up: Action | None
    action_changes_at: tuple[float | None, float | None]
    authority: Authority | None
    charged_to: Literal["merchant", "platform"] | None
    recovery_probability: float
    recovery_source: Literal["policy_default", "model"]
    capacity_price_minor: float
    review_gain_minor: float | None
    effects: RuleEffects
    degraded: bool


def decide(
    facts: ClaimFacts,
    abuse_probability: float | None,
    policy: Policy,
    recovery_probability: float | None = None,
    *,
    capacity_price_minor: float | None = None,
    effects: RuleEffects = NO_EFFECTS,
) -> Decision:
    """Choose the action for a claim.

    Args:
        facts: the claim.
        abuse_probability: calibrated, 0 to 1; None where the service couldn't tell, which leads to a person and
            never to an approval.
        policy: the amounts and rules, of which those for the claim's category count.
        recovery_probability: calibrated, 0 to 1; None for the policy's default.
        capacity_price_minor: what a place in the reviewers' queue costs now; None for the policy's lowest price.
        effects: what rules ask for (`serving.decision.firing`).

    Raises:
        ValueError: a probability is NaN or outside 0 to 1.
    """
    for probability in (abuse_probability, recovery_probability):
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(f"a probability is {probability}; it must be from 0 to 1")
    policy = policy.for_category(facts.category_id)
    authority = find_authority(facts, policy)
    standing = find_standing(facts, abuse_probability, policy, authority, effects)
    available = tuple(action for action in PREFERENCE if standing[action][0])
    recovery = policy.recovery.default_probability if recovery_probability is None else recovery_probability
    price_minor = policy.review.lowest_price_minor if capacity_price_minor is None else capacity_price_minor
    costs_at = cost_lines(facts, policy, authority, recovery, price_minor, effects)
    costs = None if abuse_probability is None else costs_at(abuse_probability)
    action = "manual_review" if costs is None else cheapest(costs, available)
    others = tuple(other for other in available if other != action)
    return Decision(
        action=action,
        cause=_cause(facts, abuse_probability, effects, standing[action][1]),
        costs=tuple(ActionCost(each, costs[each] if costs else None, *standing[each]) for each in PREFERENCE),
        runner_up=cheapest(costs, others) if costs and others else None,
        action_changes_at=nearest_changes(costs_at, available, abuse_probability),
        authority=authority if action == "auto_approve" else None,
        charged_to=_charged_to(action, authority),
        recovery_probability=recovery,
        recovery_source="policy_default" if recovery_probability is None else "model",
        capacity_price_minor=price_minor,
        review_gain_minor=_review_gain(costs, available, price_minor),
        effects=effects,
        degraded=abuse_probability is None,
    )


def cost_lines(
    facts: ClaimFacts,
    policy: Policy,
    authority: Authority | None,
    recovery_probability: float,
    capacity_price_minor: float,
    effects: RuleEffects = NO_EFFECTS,
) -> CostLines:
    """The expected costs of this claim as a function of its abuse probability."""
    borne = platform_bears(facts, policy, authority, effects)
    return lambda abuse_probability: expected_costs(
        policy,
        amount_minor=facts.amount_minor,
        abuse_probability=abuse_probability,
        recovery_probability=recovery_probability,
        loss_weight=1.0 if borne else policy.costs.merchant_loss_weight,
        capacity_price_minor=capacity_price_minor,
    )


def _review_gain(costs: ActionCosts | None, available: tuple[Action, ...], price_minor: float) -> float | None:
    others = tuple(action for action in available if action != "manual_review")
    if costs is None or not others or len(others) == len(available):
        return None
    return costs[cheapest(costs, others)] - (costs["manual_review"] - price_minor)


def _cause(facts: ClaimFacts, abuse_probability: float | None, effects: RuleEffects, why: Why) -> Cause:
    if facts.human_requested:
        return "human_requested"
    if abuse_probability is None:
        return "degraded"
    if effects.failed:
        return "rule_failed"
    return "rule" if why == "forced_by_rule" else "least_cost"


def _charged_to(action: Action, authority: Authority | None) -> Literal["merchant", "platform"] | None:
    if action == "manual_review":
        return None
    return "merchant" if action == "auto_approve" and authority is not None else "platform"
