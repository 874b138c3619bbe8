"""What the service makes of a claim, between reading its history and writing its answer: the model's probabilities, the
policy's decision, the draw for an audit, what the buyer is given, and the reasons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a model says of a claim, or what it said when that is on record.

    `whole` is the vector that the model takes, None where no model is there to explain anything.
    """

    abuse_probability: float | None
    recovery_probability: float | None
    whole: Floats | None

    @classmethod
    def of(cls, model: Model | None, vector: Floats, text_values: Floats | None) -> Estimate:
        """Ask a model about a claim, by its feature vector and what the claim's text tells the model."""
        if model is None:
            return NO_ESTIMATE
        # the store logs the catalogue's vector; what the text says stands in the event beside it, and is read again
        whole = model.scorer.join(vector, text_values)
        return cls(model.scorer.score(whole).abuse_probability, model.scorer.recovery_probability(whole), whole)


NO_ESTIMATE: Final = Estimate(None, None, None)


def judge_estimated(
    facts: ClaimFacts,
    vector: Floats | None,
    estimate: Estimate,
    circumstances: Circumstances,
    *,
    language: str | None,
    explain: bool,
) -> Judgement:
    """Judge a claim by what is known of it; past ones are judged again through here.

    Args:
        facts: the claim.
        vector: its feature vector; None where history couldn't be asked.
        estimate: what the model says.
        circumstances: what is in force, or was then.
        language: of the reasons; None for the policy's.
        explain: whether to give reasons even where no reviewer reads them.
    """
    policy, names = circumstances.policy, circumstances.names
    case = Case(
        facts=facts,
        vector=vector,
        abuse_probability=estimate.abuse_probability,
        recovery_probability=estimate.recovery_probability,
        capacity_price_minor=circumstances.terms.price_minor,
        lists=circumstances.lists,
    )
    decision = judge(case, policy)
    earlier_claims = math.nan
    if vector is not None and EARLIER_CLAIMS in names:
        earlier_claims = float(vector[names.index(EARLIER_CLAIMS)])
    language = language or policy.reasons.language
    # Explaining costs a hundred times what scoring does, so it is done where somebody reads it: a reviewer, or who
    # asks. For all other claims it can be done at any time, from the vector that is on record.
    explain = explain or decision.action == "manual_review"
    return Judgement(
        facts=facts,
        lists=circumstances.lists,
        abuse_probability=estimate.abuse_probability,
        decision=decision,
        audit=find_audit(facts, decision.action, earlier_claims, policy.audit, circumstances.terms.load),
        entitlements=find_entitlements(
            facts,
            None if vector is None else BuyerHistory.of_vector(names, vector.tolist()),
            policy,
            abuse_probability=estimate.abuse_probability,
            action=decision.action,
            settings=decision.effects.entitlements,
        ),
        reasons=_reasons(policy, circumstances.model, estimate.whole, language) if explain else (),
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


def _reasons(policy: Policy, model: Model | None, vector: Floats | None, language: str) -> tuple[Reason, ...]:
    if model is None or vector is None:
        return ()
    return choose_reasons(
        model.scorer.explain(vector),
        model.bundle.contents.reason_texts,
        at_most=policy.reasons.at_most,
        least_share=policy.reasons.least_share,
        language=language,
    )
