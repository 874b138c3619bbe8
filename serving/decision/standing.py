"""Which actions may be taken, and why or why not: the guard first, then limits, then rules."""

from __future__ import annotations

from typing import Final, TypeAlias

from serving.decision.authority import Authority
from serving.decision.economics import PREFERENCE
from serving.decision.effects import RuleEffects
from serving.decision.facts import ClaimFacts
from serving.policy import Policy
from serving.words import Action, Why

Standing: TypeAlias = dict[Action, tuple[bool, Why]]
_REVIEW: Final[tuple[bool, Why]] = (True, "always_available")


def platform_bears(facts: ClaimFacts, policy: Policy, authority: Authority | None, effects: RuleEffects) -> bool:
    """Whether the platform chooses to pay an approval of this claim itself: small claims, or those a rule names."""
    if authority is not None:
        return False
    return effects.borne_by is not None or 0 < policy.actions.platform_bears_up_to_minor >= facts.amount_minor


def find_standing(
    facts: ClaimFacts,
    abuse_probability: float | None,
    policy: Policy,
    authority: Authority | None,
    effects: RuleEffects,
) -> Standing:
    """Whether each action may be taken, and why or why not; a review always may, unless a rule forces another action.

    A rule can forbid an action or force one that may be taken. It can't make one possible that isn't: not a charge
    without an authority, and nothing but a person where the buyer asks for one or nobody knows the probability.
    """
    only_person = _only_person(facts, abuse_probability, effects)
    if only_person is not None:
        return {action: _REVIEW if action == "manual_review" else (False, only_person) for action in PREFERENCE}
    standing: Standing = {
        "manual_review": _REVIEW,
        "pre_payment_compensation": _advance(facts, policy, authority),
        "auto_approve": _approval(facts, policy, authority, effects),
    }
    for action in effects.forbidden:
        if standing[action][0]:
            standing[action] = (False, "forbidden_by_rule")
    if effects.forced is not None and standing[effects.forced[0]][0]:
        return {
            action: (True, "forced_by_rule")
            if action == effects.forced[0]
            else ((False, "forced_by_rule") if may else (may, why))
            for action, (may, why) in standing.items()
        }
    return standing


def _only_person(facts: ClaimFacts, abuse_probability: float | None, effects: RuleEffects) -> Why | None:
    if facts.human_requested:
        return "forced_human_requested"
    if abuse_probability is None:
        return "no_probability"
    return "rule_failed" if effects.failed else None


def _advance(facts: ClaimFacts, policy: Policy, authority: Authority | None) -> tuple[bool, Why]:
    if authority is not None:  # who may be charged at once needs no advance
        return False, "authority_on_record"
    if facts.amount_minor > policy.actions.pre_payment_compensation_up_to_minor:
        return False, "over_limit"
    return True, "no_authority"


def _approval(facts: ClaimFacts, policy: Policy, authority: Authority | None, effects: RuleEffects) -> tuple[bool, Why]:
    borne = platform_bears(facts, policy, authority, effects)
    if authority is None and not borne:
        return False, "no_authority"
    if facts.amount_minor > policy.actions.auto_approve_up_to_minor:
        return False, "over_limit"
    return True, "platform_bears" if borne else "authority_on_record"
