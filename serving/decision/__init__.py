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
    judging     rules and decision, as all who decide call it
    facts           what is known of a claim
    economics       what each action is expected to cost
    authority       who may be charged
    effects         what rules ask for
    standing        which actions may be taken
    choosing        the decision
    entitlements    what the buyer is given: windows, refund, freight, warranty
"""

from serving.decision.authority import Authority, find_authority
from serving.decision.buyer_history import BuyerHistory
from serving.decision.choosing import ActionCost, Cause, Decision, decide
from serving.decision.economics import PREFERENCE, Action, ActionCosts, expected_costs
from serving.decision.effects import NO_EFFECTS, RuleEffects, RuleReason
from serving.decision.entitlements import Entitlements, Quota, Window, find_entitlements
from serving.decision.facts import ClaimFacts, RecordedAuthority
from serving.decision.judging import Case, judge
from serving.decision.return_authorisation import is_rma_number, rma_number
from serving.decision.standing import Why

__all__ = [
    "NO_EFFECTS",
    "PREFERENCE",
    "Action",
    "ActionCost",
    "ActionCosts",
    "Authority",
    "BuyerHistory",
    "Case",
    "Cause",
    "ClaimFacts",
    "Decision",
    "Entitlements",
    "Quota",
    "RecordedAuthority",
    "RuleEffects",
    "RuleReason",
    "Why",
    "Window",
    "decide",
    "expected_costs",
    "find_authority",
    "find_entitlements",
    "is_rma_number",
    "judge",
    "rma_number",
]
