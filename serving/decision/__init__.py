"""The decision: the action with the lowest expected cost among those that may be taken. Pure functions of values.

Two rules stand above the costs. Nothing is charged to a merchant without an authority (`find_authority`), and no
claim is refused here: what looks risky goes to a person, who is always available, and so does whatever a buyer wants
decided by a person (PIPL article 24, GDPR article 22) or the service can't judge.

Read in this order:
    facts       what is known of a claim
    economics   what each action is expected to cost
    authority   who may be charged
    effects     what rules ask for
    standing    which actions may be taken
    choosing    the decision
    capacity    what a place in the reviewers' queue costs
"""

from serving.decision.authority import Authority, find_authority
from serving.decision.capacity import Demand, Price, Queue, RecentClaims, gain_of, recent_since_ms
from serving.decision.choosing import ActionCost, Cause, Decision, decide
from serving.decision.economics import PREFERENCE, Action, ActionCosts, expected_costs
from serving.decision.effects import NO_EFFECTS, RuleEffects, RuleReason
from serving.decision.facts import ClaimFacts, RecordedAuthority
from serving.decision.standing import Why

__all__ = [
    "NO_EFFECTS",
    "PREFERENCE",
    "Action",
    "ActionCost",
    "ActionCosts",
    "Authority",
    "Cause",
    "ClaimFacts",
    "Decision",
    "Demand",
    "Price",
    "Queue",
    "RecentClaims",
    "RecordedAuthority",
    "RuleEffects",
    "RuleReason",
    "Why",
    "decide",
    "expected_costs",
    "find_authority",
    "gain_of",
    "recent_since_ms",
]
