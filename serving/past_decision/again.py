"""A past decision made once more, from what is stored, under a policy and with a model.

Nothing is asked of the history: the vector is what was known. Of the audit only the chance can't be found again, since
it hung on the approvals of that day; the recorded one is taken if the policy allows it, and the draw is made with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from features.plan import Plan
from serving.answer import Answer, make_answer
from serving.bundle import LANGUAGES
from serving.decision import NO_LOAD, AuditDraw, ClaimFacts, draw_audit
from serving.decision.audit import MILLION
from serving.judgement import Circumstances, Estimate, Judgement, judge_estimated
from serving.model import Model
from serving.past_decision.record import PastDecision
from serving.past_lists import PastLists, lists_asked
from serving.policy import Policy
from serving.review_price import Terms


class ReplayError(ValueError):
    """A decision that can't be made again: one line says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """On what a past decision is made again: the policy, the model (None for what is recorded of it), lists of then."""

    policy: Policy
    model: Model | None
    lists: frozenset[str]
    plan: Plan


def find_basis(connection: sa.Connection, past: PastDecision, policy: Policy, model: Model | None, plan: Plan) -> Basis:
    """The basis of a decision, with the lists that its claim was on then.

    Raises:
        ReplayError: facts or vector of then can't be used now.
    """
    facts = known_facts(past)
    if past.vector is not None and past.catalog_hash != plan.catalog_hash:
        raise ReplayError(
            f"claim {facts.claim_id!r}: its vector is of feature catalogue {past.catalog_hash}, and this release "
            f"computes {plan.catalog_hash}; use the release that decided it"
        )
    lists = PastLists(connection, lists_asked([policy])).of(facts)
    return Basis(policy=policy, model=model, lists=lists, plan=plan)


def known_facts(past: PastDecision) -> ClaimFacts:
    """The facts of a decision, as of the moment that its answer is of.

    What was answered while the store couldn't be reached was recorded later, with that later moment.

    Raises:
        ReplayError: it was recorded before facts were kept.
    """
    if past.facts is None:
        raise ReplayError(f"claim {past.entry.claim_id!r} was decided before facts were kept; it can't be made again")
    return replace(past.facts, as_of_ms=past.answer.as_of_ms)


def estimate_again(past: PastDecision, model: Model | None) -> Estimate:
    """What the model says of the claim; what it said then, where it can't be asked as it was."""
    recovery = past.entry.recovery_probability if past.answer.recovery_source == "model" else None
    recorded = Estimate(past.entry.abuse_probability, recovery, None)
    if model is None or past.vector is None or past.facts is None or past.entry.abuse_probability is None:
        return recorded
    if past.filed is None and model.bundle.contents.reader is not None:  # the text went with the filing
        return recorded
    text = None if past.filed is None else past.filed.claim_text
    return Estimate.of(model, past.vector, model.scorer.read_text(text, past.facts.reason))


def circumstances_of(past: PastDecision, basis: Basis) -> Circumstances:
    """What was in force then, as far as it is on record."""
    price = past.entry.capacity_price_minor
    return Circumstances(
        policy=basis.policy,
        model=basis.model,
        text_values=None,  # the estimate has them
        terms=Terms(float(basis.policy.review.lowest_price_minor) if price is None else price, NO_LOAD),
        lists=basis.lists,
        names=basis.plan.names,
    )


def decide_again(past: PastDecision, basis: Basis) -> Answer:
    """The answer to the claim, made again in the language of then.

    Raises:
        ReplayError: it was recorded before facts were kept.
    """
    languages = dict.fromkeys((basis.policy.reasons.language, *LANGUAGES))
    given = _texts(past.answer)
    # the row doesn't say in which language it was asked: the one whose texts were given, else the policy's
    return max(
        (_answer(past, basis, language) for language in languages), key=lambda answer: len(_texts(answer) & given)
    )


def _answer(past: PastDecision, basis: Basis, language: str) -> Answer:
    facts, then = known_facts(past), past.answer
    judged = judge_estimated(
        facts,
        past.vector,
        estimate_again(past, basis.model),
        circumstances_of(past, basis),
        language=language,
        explain=bool(then.reasons),
    )
    return make_answer(
        facts.claim_id,
        judged.decision,
        judged.reasons,
        abuse_probability=judged.abuse_probability,
        as_of_ms=facts.as_of_ms,
        model_version=then.model_version if basis.model is None else basis.model.version,
        policy_version=then.policy_version,
        catalog_hash=basis.plan.catalog_hash,
        language=judged.language,
        entitlements=judged.entitlements,
        audit=_audit(past, judged, basis.policy),
    )


def _audit(past: PastDecision, judged: Judgement, policy: Policy) -> AuditDraw | None:
    found, recorded_ppm = judged.audit, past.entry.audit_propensity_ppm
    if found is None or recorded_ppm is None:
        return found
    # without load the chance is the highest that the policy gives, and a day's load cuts it down to the least
    allowed = round(policy.audit.least_share * MILLION) <= recorded_ppm <= found.propensity_ppm
    ppm = recorded_ppm if allowed else found.propensity_ppm
    return replace(found, propensity_ppm=ppm, drawn=draw_audit(policy.audit.seed, past.entry.claim_id, ppm))


def _texts(answer: Answer) -> set[str]:
    return {reason.text for reason in answer.reasons} | {reason.text for reason in answer.rule_reasons}
