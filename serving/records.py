"""What is written down of a decision: its event, and its row of the ledger."""

from __future__ import annotations

from dataclasses import replace

from features.events import Event, EventKind, of_the_claim
from serving.answer import Answer
from serving.decision import Action, AuditDraw, ClaimFacts, facts_to_json
from serving.judgement import Judgement
from serving.ledger import LedgerEntry


def decided_event(filed: Event, action: Action, audit: AuditDraw | None = None) -> Event:
    """The event of a decision on a claim, known at the same moment as its `claim_filed` event, `filed`."""
    # a person's decision comes later, as an event of its own; exchanges and repairs give no money back
    pays = action != "manual_review" and filed.claim_type in {"refund_only", "return_refund"}
    return Event(
        event_id=f"claim_decided:{filed.claim_id}",
        kind=EventKind.CLAIM_DECIDED,
        occurred_at_ms=filed.known_at_ms,
        known_at_ms=filed.known_at_ms,
        claim_id=filed.claim_id,
        **of_the_claim(filed),
        amount_minor=filed.amount_minor if pays else 0,
        action=action,
        audit_propensity_ppm=None if audit is None else audit.propensity_ppm,
    )


def entry_of(answer: Answer, judged: Judgement, content_hash: str) -> LedgerEntry:
    """The ledger's row of a judgement and its answer."""
    audit = judged.audit
    return replace(
        entry_of_answer(answer, answer.model_dump_json(), judged.facts, content_hash),
        audit_stratum=None if audit is None else audit.stratum,
        audit_propensity_ppm=None if audit is None else audit.propensity_ppm,
        audited=None if audit is None else audit.drawn,
    )


def entry_of_answer(answer: Answer, body: str, facts: ClaimFacts, content_hash: str) -> LedgerEntry:
    """The ledger's row of an answer, of which `body` is the JSON, to a claim that was known as `facts` say."""
    return LedgerEntry(
        claim_id=answer.claim_id,
        decided_at_ms=facts.as_of_ms,
        content_hash=content_hash,
        action=answer.action,
        abuse_probability=answer.abuse_probability,
        model_version=answer.model_version,
        policy_version=answer.policy_version,
        answer=body,
        recovery_probability=answer.recovery_probability,
        review_gain_minor=answer.review_gain_minor,
        capacity_price_minor=answer.capacity_price_minor,
        facts=facts_to_json(facts),
    )
