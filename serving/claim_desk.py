"""Claims, from requests to answers, in one transaction.

Its events, feature vector and decision commit together or not at all, before the answer leaves; so the next claim
of the same buyer sees this one, and a repeated request gets the stored answer.

What can be made of a claim alone is made before anybody's turn to write (`prepare`); and claims that wait together
take one turn together (`score_all`), since a commit costs as much for ten as for one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import sqlalchemy as sa

from features.arrays import Floats
from features.assemble import Assembler
from features.engines.online import OnlineEngine
from features.facts import facts_of_event
from features.store import Store
from features.store.log import has_claim, insert_events
from features.store.vectors import log_vector
from serving.answer import Answer, make_answer
from serving.booster import BundleError
from serving.claim import Claim
from serving.clock import Clock, has_jumped
from serving.decision import ClaimFacts, compile_rules
from serving.judgement import (
    NO_ESTIMATE,
    Circumstances,
    Estimate,
    Judgement,
    judge_estimated,
    judge_without_history,
)
from serving.ledger import LedgerEntry, find_decision, open_ledger, record_decision
from serving.lists import LISTS_METADATA, lists_of
from serving.model import Model
from serving.model_watch import ModelSource
from serving.observing.laps import Laps
from serving.outbox.rows import note_decision
from serving.outbox.tables import open_outbox
from serving.policy import Policy
from serving.policy_watch import PolicySource
from serving.records import decided_event, entry_of, entry_of_answer
from serving.review_price import ReviewFigures, ReviewPrice

LOGGER: Final = logging.getLogger("clearclaim.desk")


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


@dataclass(frozen=True, slots=True)
class PreparedClaim:
    """A claim with what can be made of it alone: its digest, and what its text tells the model that will score it."""

    claim: Claim
    content_hash: str
    model: Model | None
    text_values: Floats | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that is committed, with all that it was made from."""

    claim: Claim
    vector: Floats
    judged: Judgement
    entry: LedgerEntry
    policy: Policy
    laps: Laps


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a claim, as JSON; and what was decided, unless that was done before."""

    body: str
    decided: Decided | None


Outcome: TypeAlias = Answered | ClaimConflictError | FutureTimeError


class ClaimDesk:
    """Scores claims against one store, with the policy in force and, if there is a champion, its model.

    Policy and model are one each, or what says for each claim which one is in force (`serving.policy_watch`,
    `serving.model_watch`).
    """

    def __init__(
        self, store: Store, policy: Policy | PolicySource, model: Model | ModelSource | None, clock: Clock
    ) -> None:
        self.store = store
        self._policy_source: PolicySource = (lambda: policy) if isinstance(policy, Policy) else policy
        self._model_source: ModelSource = model if callable(model) else (lambda: model)
        self._clock = clock
        self._online = OnlineEngine(store.plan)
        self._assembler = Assembler(store.plan)
        self._review_price = ReviewPrice()
        self._names = store.plan.names
        open_ledger(store)
        open_outbox(store)
        store.create(LISTS_METADATA)
        store.refuse_other_layout()

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy_source()

    @property
    def model(self) -> Model | None:
        """The model in force, if there is one."""
        return self._model_source()

    @property
    def review_figures(self) -> ReviewFigures | None:
        """The price of reviews and their queue; None before there is a price."""
        return self._review_price.figures()

    def score(self, claim: Claim) -> Answer:
        """Decide a claim, record it, and return the answer; the stored one if this very claim was decided before.

        Raises:
            ClaimConflictError: if the claim's id is on record with other content.
            FutureTimeError: if a time of the claim lies further ahead than clocks may differ.
        """
        [outcome] = self.score_all([self.prepare(claim)])
        if not isinstance(outcome, Answered):
            raise outcome
        return Answer.model_validate_json(outcome.body)

    def prepare(self, claim: Claim) -> PreparedClaim:
        """Make of a claim what needs no history."""
        # with a wrong time all windows are wrong: then nothing is known of a claim
        model = None if has_jumped(self._clock) else self.model
        values = None if model is None else model.scorer.read_text(claim.text, claim.reason)
        return PreparedClaim(claim, claim.content_hash(), model, values)

    def without_history(self, claim: Claim, now_ms: int) -> Answer:
        """The answer where the store can't be asked: a person decides. Nothing is recorded."""
        policy = self.policy
        facts = claim.facts(now_ms)
        return self._answer(claim.claim_id, judge_without_history(claim, facts, policy), None, policy)

    def take_in(self, claim: Claim, content_hash: str, answer: str) -> bool:
        """Record a claim that `without_history` answered; return whether it wasn't on record already.

        It becomes known now, with the answer as it was given.

        Raises:
            ClaimConflictError: if the claim's id is on record with other content, or with another answer.
        """
        given = Answer.model_validate_json(answer)
        with self.store.writing() as connection:
            filed = claim.filed_event(self._clock(claim))
            begun = self._online.begin_claim(self.store, connection, filed, filed.known_at_ms)
            earlier = self._earlier(connection, PreparedClaim(claim, content_hash, None, None))
            if earlier is not None:
                stored = Answer.model_validate_json(earlier.body).model_copy(update={"replayed": False})
                if stored != given:
                    raise ClaimConflictError(f"claim {claim.claim_id!r} was decided elsewhere in the meantime")
                return False
            filed = claim.filed_event(begun.as_of_ms)
            events = [filed, decided_event(filed, given.action)]
            insert_events(connection, events)
            self._online.append(connection, events, begun)
            entry = entry_of_answer(given, answer, claim.facts_of(filed), content_hash)
            record_decision(connection, entry)
            note_decision(connection, entry.claim_id, entry.decided_at_ms)
        self._review_price.add(entry)
        return True

    def score_all(self, claims: Sequence[PreparedClaim]) -> list[Outcome]:
        """Decide claims one after the other in one transaction; what each would raise alone stands in its place."""
        policy = self.policy  # one and the same for all
        with self.store.writing() as connection:
            outcomes = [self._score(connection, each, policy) for each in claims]
            committing = Laps()
        committing.lap("commit")
        for outcome in outcomes:
            if isinstance(outcome, Answered) and outcome.decided is not None:  # only what is committed counts
                outcome.decided.laps.seconds += committing.seconds  # as long for one as for all
                self._review_price.add(outcome.decided.entry)
        return outcomes

    def _score(self, connection: sa.Connection, prepared: PreparedClaim, policy: Policy) -> Outcome:
        try:
            return self._earlier(connection, prepared) or self._decide(connection, prepared, policy)
        except (ClaimConflictError, FutureTimeError) as error:  # nothing was written before either
            return error

    def _earlier(self, connection: sa.Connection, prepared: PreparedClaim) -> Answered | None:
        # The claim first, then its decision, which commits with it: where statements see what is committed by then
        # (PostgreSQL), a decision that commits between the two would else look like a claim without one.
        claim_id = prepared.claim.claim_id
        stored = has_claim(connection, claim_id)
        entry = find_decision(connection, claim_id)
        if entry is None:
            if not stored:
                return None
            raise ClaimConflictError(f"claim {claim_id!r} is on record from an import; it isn't decided again")
        if entry.content_hash != prepared.content_hash:
            raise ClaimConflictError(f"claim {claim_id!r} was decided with other content; give a new claim a new id")
        answer = Answer.model_validate_json(entry.answer).model_copy(update={"replayed": True})
        return Answered(answer.model_dump_json(), None)

    def _decide(self, connection: sa.Connection, prepared: PreparedClaim, policy: Policy) -> Answered:
        claim, laps = prepared.claim, Laps()
        now_ms = self._clock(claim)
        _refuse_future_times(claim, now_ms)
        filed = claim.filed_event(now_ms)
        begun = self._online.begin_claim(self.store, connection, filed, now_ms)
        if self.store.locks_rows:  # somebody may have sent the same claim, and have been quicker to the lock
            earlier = self._earlier(connection, prepared)
            if earlier is not None:
                return earlier
        as_of_ms = begun.as_of_ms
        if as_of_ms != now_ms:
            filed = claim.filed_event(as_of_ms)
        ring = self._online.ring(connection, filed, as_of_ms)
        window = self._online.window_totals(connection, filed, as_of_ms, ring, begun)
        vector = self._assembler.assemble(window, facts_of_event(filed))[0]
        facts, language = claim.facts_of(filed), claim.language
        circumstances = self._circumstances(connection, facts, policy, prepared)
        laps.lap("history")
        try:
            estimate = Estimate.of(circumstances.model, vector, circumstances.text_values)
            laps.lap("score")
            judged = judge_estimated(facts, vector, estimate, circumstances, language=language, explain=claim.explain)
        except (BundleError, ArithmeticError, ValueError):
            LOGGER.exception("claim %s can't be scored, so it goes to a person", claim.claim_id)
            circumstances = replace(circumstances, model=None, text_values=None)
            judged = judge_estimated(facts, vector, NO_ESTIMATE, circumstances, language=language, explain=False)
        laps.lap("judge")
        model_version = None if circumstances.model is None else circumstances.model.version
        answer = self._answer(claim.claim_id, judged, model_version, policy)
        entry = entry_of(answer, judged, prepared.content_hash)
        events = [filed, decided_event(filed, judged.decision.action, judged.audit)]
        insert_events(connection, events)
        self._online.append(connection, events, begun)
        self._online.end_claim(self.store, connection, filed, ring)
        log_vector(connection, claim.claim_id, as_of_ms, self.store.plan.catalog_hash, vector)
        record_decision(connection, entry)
        note_decision(connection, entry.claim_id, as_of_ms)
        laps.lap("write")
        return Answered(entry.answer, Decided(claim, vector, judged, entry, policy, laps))

    def _circumstances(
        self, connection: sa.Connection, facts: ClaimFacts, policy: Policy, prepared: PreparedClaim
    ) -> Circumstances:
        return Circumstances(
            policy=policy,
            model=prepared.model,
            text_values=prepared.text_values,
            terms=self._review_price.terms(connection, policy, facts.as_of_ms),
            lists=lists_of(connection, compile_rules(policy).lists, facts),
            names=self._names,
        )

    def _answer(self, claim_id: str, judged: Judgement, model_version: str | None, policy: Policy) -> Answer:
        return make_answer(
            claim_id,
            judged.decision,
            judged.reasons,
            abuse_probability=judged.abuse_probability,
            as_of_ms=judged.facts.as_of_ms,
            model_version=model_version,
            policy_version=policy.version,
            catalog_hash=self.store.plan.catalog_hash,
            language=judged.language,
            entitlements=judged.entitlements,
            audit=judged.audit,
        )


def _refuse_future_times(claim: Claim, now_ms: int) -> None:
    latest_ms = now_ms + CLOCK_TOLERANCE_MS
    order = claim.order
    for field, moment in (
        ("filed_at_ms", claim.filed_at_ms),
        ("order.paid_at_ms", order.paid_at_ms),
        ("order.delivered_at_ms", order.delivered_at_ms),
    ):
        if moment is not None and moment > latest_ms:
            raise FutureTimeError(field)
