"""The choice: the action with the lowest expected cost among those that may be taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from serving.decision.authority import Authority, find_authority
from serving.decision.economics import (
    PREFERENCE,
    Action,
    CostLines,
    cheapest,
    expected_costs,
    nearest_changes,
)
from serving.decision.facts import ClaimFacts
from serving.policy import Policy

Why: TypeAlias = Literal[
    "always_available",
    "authority_on_record",
    "platform_bears",
    "no_authority",
    "no_probability",
    "forced_human_requested",
]


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
    """What to do with a claim, and what it was weighed against.

    `action_changes_at` holds the nearest abuse probabilities, below and above, at which another action would be the
    cheapest one available (None where there is none). `authority` is the one used: set exactly where the merchant is
    charged. With `pre_payment_compensation` the platform pays, and recovers from the merchant later.
    """

    action: Action
    cause: Literal["least_cost", "human_requested", "degraded"]
    costs: tuple[ActionCost, ...]
    runner_up: Action | None
    action_changes_at: tuple[float | None, float | None]
    authority: Authority | None
    charged_to: Literal["merchant", "platform"] | None
    recovery_probability: float
    recovery_source: Literal["policy_default", "model"]
    degraded: bool


def decide(
    facts: ClaimFacts,
    abuse_probability: float | None,
    policy: Policy,
    recovery_probability: float | None = None,
) -> Decision:
    """Choose the action for a claim.

    Args:
        facts: the claim.
        abuse_probability: calibrated, 0 to 1; None where the service couldn't tell, which leads to a person and
            never to an approval.
        policy: the amounts and rules.
        recovery_probability: calibrated, 0 to 1; None for the policy's default.

    Raises:
        ValueError: a probability is NaN or outside 0 to 1.
    """
    for probability in (abuse_probability, recovery_probability):
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(f"a probability is {probability}; it must be from 0 to 1")
    authority = find_authority(facts, policy)
    standing = _standing(facts, abuse_probability, policy, authority)
    available = tuple(action for action in PREFERENCE if standing[action][0])
    recovery = policy.recovery.default_probability if recovery_probability is None else recovery_probability
    costs_at = _cost_lines(facts, policy, authority, recovery)
    costs = None if abuse_probability is None else costs_at(abuse_probability)
    action = "manual_review" if costs is None else cheapest(costs, available)
    others = tuple(other for other in available if other != action)
    return Decision(
        action=action,
        cause=_cause(facts, abuse_probability),
        costs=tuple(ActionCost(each, costs[each] if costs else None, *standing[each]) for each in PREFERENCE),
        runner_up=cheapest(costs, others) if costs and others else None,
        action_changes_at=nearest_changes(costs_at, available, abuse_probability),
        authority=authority if action == "auto_approve" else None,
        charged_to=_charged_to(action, authority),
        recovery_probability=recovery,
        recovery_source="policy_default" if recovery_probability is None else "model",
        degraded=abuse_probability is None,
    )


def _standing(
    facts: ClaimFacts, abuse_probability: float | None, policy: Policy, authority: Authority | None
) -> dict[Action, tuple[bool, Why]]:
    """Whether each action may be taken, and why or why not."""
    auto: tuple[bool, Why]
    advance: tuple[bool, Why]
    if facts.human_requested:
        auto = advance = (False, "forced_human_requested")
    elif abuse_probability is None:
        auto = advance = (False, "no_probability")
    elif authority is not None:
        auto, advance = (True, "authority_on_record"), (False, "authority_on_record")
    elif _platform_bears(facts, policy, authority):
        auto, advance = (True, "platform_bears"), (True, "no_authority")
    else:
        auto, advance = (False, "no_authority"), (True, "no_authority")
    return {"manual_review": (True, "always_available"), "pre_payment_compensation": advance, "auto_approve": auto}


def _platform_bears(facts: ClaimFacts, policy: Policy, authority: Authority | None) -> bool:
    return authority is None and 0 < policy.platform_bears.up_to_minor >= facts.amount_minor


def _cost_lines(
    facts: ClaimFacts, policy: Policy, authority: Authority | None, recovery_probability: float
) -> CostLines:
    """The expected costs of this claim as a function of its abuse probability."""
    borne = _platform_bears(facts, policy, authority)
    return lambda abuse_probability: expected_costs(
        policy,
        amount_minor=facts.amount_minor,
        abuse_probability=abuse_probability,
        recovery_probability=recovery_probability,
        loss_weight=1.0 if borne else policy.costs.merchant_loss_weight,
    )


def _cause(facts: ClaimFacts, abuse_probability: float | None) -> Literal["least_cost", "human_requested", "degraded"]:
    if facts.human_requested:
        return "human_requested"
    return "degraded" if abuse_probability is None else "least_cost"


def _charged_to(action: Action, authority: Authority | None) -> Literal["merchant", "platform"] | None:
    if action == "manual_review":
        return None
    return "merchant" if action == "auto_approve" and authority is not None else "platform"
