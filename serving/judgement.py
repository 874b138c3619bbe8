"""What the service makes of a claim, between reading its history and writing its answer: the model's probabilities, the
policy's decision, the draw for an audit, what the buyer is given, and the reasons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from features.arrays import Floats
from serving.claim import Claim
from serving.decision import (
    AuditDraw,
    BuyerHistory,
    Case,
    ClaimFacts,
    Decision,
    Entitlements,
    find_audit,
    find_entitlements,
    judge,
)
from serving.decision.audit import EARLIER_CLAIMS
from serving.model import Model
from serving.policy import Policy
from serving.reasons import Reason, choose_reasons
from serving.review_price import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a judgement needs beside the claim and its vector: what is in force, and what was found in the store.

    `names` are those of the vector's columns, `text_values` what the claim's text tells the model.
    """

    policy: Policy
    model: Model | None
    text_values: Floats | None
    terms: Terms
    lists: frozenset[str]
    names: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came of it. `lists` are those that the claim is on, `language` is that of the reasons."""

    facts: ClaimFacts
    lists: frozenset[str]
    abuse_probability: float | None
    decision: Decision
    audit: AuditDraw | None
    entitlements: Entitlements
    reasons: tuple[Reason, ...]
    language: str


def judge_claim(claim: Claim, facts: ClaimFacts, vector: Floats, circumstances: Circumstances) -> Judgement:
    """Judge a claim by its facts and its feature vector (the catalogue's columns, as the store logs them)."""
    model, policy, names = circumstances.model, circumstances.policy, circumstances.names
    whole = vector
    abuse = recovery = None
    if model is not None:
        # the store logs the catalogue's vector; what the text says stands in the event beside it, and is read again
        whole = model.scorer.join(vector, circumstances.text_values)
        abuse = model.scorer.score(whole).abuse_probability
        recovery = model.scorer.recovery_probability(whole)
    case = Case(
        facts=facts,
        vector=vector,
        abuse_probability=abuse,
        recovery_probability=recovery,
        capacity_price_minor=circumstances.terms.price_minor,
        lists=circumstances.lists,
    )
    decision = judge(case, policy)
    earlier_claims = float(vector[names.index(EARLIER_CLAIMS)]) if EARLIER_CLAIMS in names else math.nan
    language = claim.language or policy.reasons.language
    return Judgement(
        facts=facts,
        lists=circumstances.lists,
        abuse_probability=abuse,
        decision=decision,
        audit=find_audit(facts, decision.action, earlier_claims, policy.audit, circumstances.terms.load),
        entitlements=find_entitlements(
            facts,
            BuyerHistory.of_vector(names, vector.tolist()),
            policy,
            abuse_probability=abuse,
            action=decision.action,
            settings=decision.effects.entitlements,
        ),
        reasons=_reasons(claim, decision, policy, model, whole, language),
        language=language,
    )


def judge_without_history(claim: Claim, facts: ClaimFacts, policy: Policy) -> Judgement:
    """Judge a claim of which nothing else can be found out: a person decides."""
    decision = judge(Case(facts=facts, vector=None, abuse_probability=None), policy)
    return Judgement(
        facts=facts,
        lists=frozenset(),
        abuse_probability=None,
        decision=decision,
        audit=None,
        entitlements=find_entitlements(facts, None, policy, abuse_probability=None, action=decision.action),
        reasons=(),
        language=claim.language or policy.reasons.language,
    )


def _reasons(
    claim: Claim, decision: Decision, policy: Policy, model: Model | None, vector: Floats, language: str
) -> tuple[Reason, ...]:
    # Explaining costs a hundred times what scoring does, so it is done where somebody reads it: a reviewer, or who
    # asks. For all other claims it can be done at any time, from the vector that is on record.
    if model is None or not (claim.explain or decision.action == "manual_review"):
        return ()
    return choose_reasons(
        model.scorer.explain(vector),
        model.bundle.contents.reason_texts,
        at_most=policy.reasons.at_most,
        least_share=policy.reasons.least_share,
        language=language,
    )
