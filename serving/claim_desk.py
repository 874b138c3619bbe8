"""One claim, from request to answer, in one transaction.

Its events, feature vector and decision commit together or not at all, before the answer leaves; so the next claim
of the same buyer sees this one, and a repeated request gets the stored answer.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.assemble import Assembler
from features.engines.online import OnlineEngine
from features.events import Event, EventKind, of_the_claim
from features.facts import facts_of_event
from features.store import Store
from features.store.log import insert_events, stored_claim
from features.store.vectors import log_vector
from serving.answer import Answer, make_answer
from serving.claim import Claim
from serving.clock import Clock
from serving.decision import AuditDraw, ClaimFacts, Decision, compile_rules, facts_to_json
from serving.judgement import Circumstances, Judgement, judge_claim
from serving.ledger import LedgerEntry, find_decision, open_ledger, record_decision
from serving.lists import LISTS_METADATA, lists_of
from serving.model import Model
from serving.policy import Policy
from serving.policy_watch import PolicySource
from serving.review_price import ReviewPrice


class ClaimConflictError(ValueError):
    """A claim id that is on record with other content."""


class FutureTimeError(ValueError):
    """A claim with a time that has not come yet: `field` names it, `reason` says what to do."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.reason = "lies in the future; check the clock that set it, and send milliseconds UTC"
        super().__init__(f"{field} {self.reason}")


# how far the platform's clock may run ahead of ours
CLOCK_TOLERANCE_MS: Final = 5 * 60_000


class ClaimDesk:
    """Scores claims against one store, with the policy in force and, if there is a champion, one model.

    The policy is one, or what says for each claim which one is in force (`serving.policy_watch`).
    """

    def __init__(self, store: Store, policy: Policy | PolicySource, model: Model | None, clock: Clock) -> None:
        self.store = store
        self.model = model
        self._policy_source: PolicySource = (lambda: policy) if isinstance(policy, Policy) else policy
        self._clock = clock
        self._online = OnlineEngine(store.plan)
        self._assembler = Assembler(store.plan)
        self._review_price = ReviewPrice()
        self._names = store.plan.names
        open_ledger(store)
        store.create(LISTS_METADATA)
        store.refuse_other_layout()

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy_source()

    def score(self, claim: Claim) -> Answer:
        """Decide a claim, record it, and return the answer; the stored one if this very claim was decided before.

        Raises:
            ClaimConflictError: if the claim's id is on record with other content.
            FutureTimeError: if a time of the claim lies further ahead than clocks may differ.
        """
        policy = self.policy  # one and the same for the whole claim
        with self.store.writing() as connection:
            answer, entry = self._earlier(connection, claim), None
            if answer is None:
                answer, entry = self._decide(connection, claim, policy)
        if entry is not None:  # only what is committed counts
            self._review_price.add(entry)
        return answer

    def _earlier(self, connection: sa.Connection, claim: Claim) -> Answer | None:
        # The claim first, then its decision, which commits with it: where statements see what is committed by then
        # (PostgreSQL), a decision that commits between the two would else look like a claim without one.
        stored = stored_claim(connection, claim.claim_id)
        entry = find_decision(connection, claim.claim_id)
        if entry is None:
            if stored is None:
                return None
            raise ClaimConflictError(f"claim {claim.claim_id!r} is on record from an import; it isn't decided again")
        if entry.content_hash != claim.content_hash():
            raise ClaimConflictError(
                f"claim {claim.claim_id!r} was decided with other content; give a new claim a new id"
            )
        return Answer.model_validate_json(entry.answer).model_copy(update={"replayed": True})

    def _decide(
        self, connection: sa.Connection, claim: Claim, policy: Policy
    ) -> tuple[Answer, LedgerEntry] | tuple[Answer, None]:
        now_ms = self._clock(claim)
        _refuse_future_times(claim, now_ms)
        begun = self._online.begin_claim(self.store, connection, claim.filed_event(now_ms), now_ms)
        as_of_ms = begun.as_of_ms
        if self.store.locks_rows:  # somebody may have sent the same claim, and have been quicker to the lock
            earlier = self._earlier(connection, claim)
            if earlier is not None:
                return earlier, None
        filed = claim.filed_event(as_of_ms)
        ring = self._online.ring(connection, filed, as_of_ms)
        window = self._online.window_totals(connection, filed, as_of_ms, ring, begun.latest)
        vector = self._assembler.assemble(window, facts_of_event(filed))[0]
        judged = judge_claim(claim, as_of_ms, vector, self._circumstances(connection, claim.facts(as_of_ms), policy))
        answer = make_answer(
            claim.claim_id,
            judged.decision,
            judged.reasons,
            abuse_probability=judged.abuse_probability,
            as_of_ms=as_of_ms,
            model_version=None if self.model is None else self.model.version,
            policy_version=policy.version,
            catalog_hash=self.store.plan.catalog_hash,
            language=judged.language,
            entitlements=judged.entitlements,
            audit=judged.audit,
        )
        events = [filed, _decided_event(filed, judged.decision, judged.audit)]
        insert_events(connection, events)
        self._online.append(connection, events, begun.latest)
        self._online.end_claim(self.store, connection, filed, ring)
        log_vector(connection, claim.claim_id, as_of_ms, self.store.plan.catalog_hash, vector)
        entry = _entry(claim, answer, judged)
        record_decision(connection, entry)
        return answer, entry

    def _circumstances(self, connection: sa.Connection, facts: ClaimFacts, policy: Policy) -> Circumstances:
        return Circumstances(
            policy=policy,
            model=self.model,
            terms=self._review_price.terms(connection, policy, facts.as_of_ms),
            lists=lists_of(connection, compile_rules(policy).lists, facts),
            names=self._names,
        )


def _refuse_future_times(claim: Claim, now_ms: int) -> None:
    times = {
        "filed_at_ms": claim.filed_at_ms,
        "order.paid_at_ms": claim.order.paid_at_ms,
        "order.delivered_at_ms": claim.order.delivered_at_ms,
    }
    for field, moment in times.items():
        if moment is not None and moment > now_ms + CLOCK_TOLERANCE_MS:
            raise FutureTimeError(field)


def _decided_event(filed: Event, decision: Decision, audit: AuditDraw | None = None) -> Event:
    # a person's decision comes later, as an event of its own; exchanges and repairs give no money back
    pays = decision.action != "manual_review" and filed.claim_type in {"refund_only", "return_refund"}
    return Event(
        event_id=f"claim_decided:{filed.claim_id}",
        kind=EventKind.CLAIM_DECIDED,
        occurred_at_ms=filed.known_at_ms,
        known_at_ms=filed.known_at_ms,
        claim_id=filed.claim_id,
        **of_the_claim(filed),
        amount_minor=filed.amount_minor if pays else 0,
        action=decision.action,
        audit_propensity_ppm=None if audit is None else audit.propensity_ppm,
    )


def _entry(claim: Claim, answer: Answer, judged: Judgement) -> LedgerEntry:
    audit = judged.audit
    return LedgerEntry(
        claim_id=answer.claim_id,
        decided_at_ms=answer.as_of_ms,
        content_hash=claim.content_hash(),
        action=answer.action,
        abuse_probability=answer.abuse_probability,
        model_version=answer.model_version,
        policy_version=answer.policy_version,
        answer=answer.model_dump_json(),
        recovery_probability=answer.recovery_probability,
        review_gain_minor=answer.review_gain_minor,
        capacity_price_minor=answer.capacity_price_minor,
        audit_stratum=None if audit is None else audit.stratum,
        audit_propensity_ppm=None if audit is None else audit.propensity_ppm,
        audited=None if audit is None else audit.drawn,
        facts=facts_to_json(judged.facts),
    )
