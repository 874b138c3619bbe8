"""The decision: the action with the lowest expected cost among those that may be taken. Pure functions of values.

Two rules stand above the costs. Nothing is charged to a merchant without an authority (`find_authority`), and no
claim is refused here: what looks risky goes to a person, who is always available, and so does whatever a buyer wants
decided by a person (PIPL article 24, GDPR article 22) or the service can't judge.

Read in this order:
    facts       what is known of a claim
    economics   what each action is expected to cost
    authority   who may be charged
    choosing    the decision
"""

from serving.decision.authority import Authority, find_authority
from serving.decision.choosing import ActionCost, Decision, Why, decide
from serving.decision.economics import PREFERENCE, Action, ActionCosts, expected_costs
from serving.decision.facts import ClaimFacts, RecordedAuthority

__all__ = [
    "PREFERENCE",
    "Action",
    "ActionCost",
    "ActionCosts",
    "Authority",
    "ClaimFacts",
    "Decision",
    "RecordedAuthority",
    "Why",
    "decide",
    "expected_costs",
    "find_authority",
]
