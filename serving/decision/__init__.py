"""The decision: the action with the lowest expected cost among those that may be taken. Pure functions of values.

Two rules stand above the costs. Nothing is charged to a merchant without an authority (`find_authority`), and no
claim is refused here: what looks risky goes to a person, who is always available, and so does whatever a buyer wants
decided by a person (PIPL article 24, GDPR article 22) or the service can't judge.

Read in this order:
    facts           what is known of a claim; buyer_history, of its buyer
    economics       what each action is expected to cost
    authority       who may be charged; calendar, until when
    effects         what rules ask for
    asking          what rules ask about, read from a claim
    firing          which rules' conditions hold
    standing        which actions may be taken
    choosing        the decision
    judging         rules and decision, as all who decide call it
    capacity        what a place in the reviewers' queue costs
    audit           which approvals are looked at after the fact
    entitlements    what the buyer is given: windows, refund, freight, warranty
    outcomes        what an action comes to cost, by part and party
    estimating      sums over claims of which only some were looked at
"""

from serving.decision.audit import (
    NO_LOAD,
    AuditDraw,
    AuditLoad,
    audit_propensity,
    audit_stratum,
    draw_audit,
    find_audit,
)
from serving.decision.authority import Authority, find_authority
from serving.decision.buyer_history import BuyerHistory
from serving.decision.capacity import Demand, Price, Queue, RecentClaims, gain_of, recent_since_ms
from serving.decision.choosing import ActionCost, Decision, decide
from serving.decision.economics import PREFERENCE, ActionCosts, expected_costs
from serving.decision.effects import NO_EFFECTS, RuleEffects, RuleReason
from serving.decision.entitlements import Entitlements, Quota, Window, find_entitlements
from serving.decision.facts import ClaimFacts, RecordedAuthority, facts_from_json, facts_to_json
from serving.decision.firing import CompiledRules, before_models, compile_rules, fire
from serving.decision.judging import Case, effects_of, judge
from serving.decision.return_authorisation import is_rma_number, rma_number
from serving.words import Action, Cause, Why

__all__ = [
    "NO_EFFECTS",
    "NO_LOAD",
    "PREFERENCE",
    "Action",
    "ActionCost",
    "ActionCosts",
    "AuditDraw",
    "AuditLoad",
    "Authority",
    "BuyerHistory",
    "Case",
    "Cause",
    "ClaimFacts",
    "CompiledRules",
    "Decision",
    "Demand",
    "Entitlements",
    "Price",
    "Queue",
    "Quota",
    "RecentClaims",
    "RecordedAuthority",
    "RuleEffects",
    "RuleReason",
    "Why",
    "Window",
    "audit_propensity",
    "audit_stratum",
    "before_models",
    "compile_rules",
    "decide",
    "draw_audit",
    "effects_of",
    "expected_costs",
    "facts_from_json",
    "facts_to_json",
    "find_audit",
    "find_authority",
    "find_entitlements",
    "fire",
    "gain_of",
    "is_rma_number",
    "judge",
    "recent_since_ms",
    "rma_number",
]
