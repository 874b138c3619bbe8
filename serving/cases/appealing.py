"""What the parties bring: appeals against what was decided, and evidence that they were asked for.

An appeal is a new case for somebody who hasn't ruled on the claim before; a mediation is one for a senior. Both have
the clocks of a review, and what is ruled on them is released as any ruling is: it may overturn what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from features.events import Event, EventKind
from features.store import Store
from features.store.log import events_of_claim
from serving.cases.case import ReviewCase, cases_of_claim, steps_of_case
from serving.cases.messages import Appeal, OpenedAppeal, TakenEvidence
from serving.cases.priority import find_clocks
from serving.cases.stepping import open_case, open_cases, take_step
from serving.cases.withdrawing import OWN_VERDICT
from serving.cases.words import APPEAL_KINDS, BLIND_KINDS, AppealKind, Party
from serving.clock import now_ms as wall_ms
from serving.intake.adjudicating import AdjudicationDesk, adjudication_id_of
from serving.ledger import LedgerEntry, find_decision
from serving.ledger_rulings import open_rulings
from serving.policy_watch import PolicySource

__all__ = ["Appeal", "AppealRefusedError", "PartyDesk"]

MOST_EVENTS: Final = 1_000  # of a claim that are looked at
_RULED: Final = frozenset({"proposed", "ruled", "seconded", "contested"})
Refusal: TypeAlias = Literal["nothing_to_appeal", "appeal_open", "appeal_conflict"]


class AppealRefusedError(ValueError):
    """An appeal that can't be opened: `code` says why in a word."""

    def __init__(self, code: Refusal, message: str) -> None:
        super().__init__(message)
        self.code: Refusal = code


class PartyDesk:
    """Takes what parties bring to the claims of one store.

    Args:
        store: the store, whose tables are made if they aren't there.
        adjudications: holds claims, so that two appeals can't be opened at once.
        policy: gives the policy in force: its clocks.
        now_ms: the time of the console in milliseconds UTC.
    """

    def __init__(
        self,
        store: Store,
        adjudications: AdjudicationDesk,
        policy: PolicySource,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._store, self._adjudications, self._policy, self._now_ms = store, adjudications, policy, now_ms
        open_cases(store)
        open_rulings(store)

    def open_appeal(self, claim_id: str, given: Appeal, by: str) -> OpenedAppeal:
        """Open an appeal, or find it on record.

        Args:
            claim_id: the claim.
            given: the appeal.
            by: who brings it in: the name of a key or of somebody in the console.

        Raises:
            UnknownClaimError: if the claim isn't on record.
            AppealRefusedError: if nothing was decided yet, an appeal is open, or the id stands for another one.
        """
        with self._store.writing() as connection:
            claim = self._adjudications.hold(connection, claim_id)
            cases = cases_of_claim(connection, claim_id)
            known = _known_appeal(connection, cases, given)
            if known is not None:
                return known
            events = events_of_claim(connection, claim_id, MOST_EVENTS)
            decision = find_decision(connection, claim_id)
            _refuse(claim_id, cases, events, decision)
            opened_at_ms = max(self._now_ms(), *(event.known_at_ms for event in events))
            probability = None if decision is None else decision.abuse_probability
            values = {
                **_of_claim(claim, decision),
                **asdict(find_clocks(self._policy(), given.kind, claim.category_id, probability, opened_at_ms)),
                "opened_at_ms": opened_at_ms,
                "kind": given.kind,
                "lane": "senior" if given.kind == "mediation" else "anyone",
                "party": given.party,
                "not_for": _who_ruled(connection, cases, events),
                "reasons_arm": "first",  # not a part of the trial: who hears an appeal sees all there is
            }
            case = open_case(connection, values, by=by, at_ms=opened_at_ms, detail=given.model_dump())
            return _opened(case, given.appeal_id, given.party, given.kind)

    def bring_evidence(self, claim_id: str, text: str, by: str) -> TakenEvidence:
        """Note what a party brought: cases of the claim that wait for it wait for a person again.

        The same text again, while no case waits, is the one on record.

        Raises:
            UnknownClaimError: if the claim isn't on record.
        """
        with self._store.writing() as connection:
            self._adjudications.hold(connection, claim_id)
            cases = [case for case in cases_of_claim(connection, claim_id) if case.kind not in BLIND_KINDS]
            waiting = [case for case in cases if case.state == "awaiting_evidence"]
            for case in waiting:
                take_step(connection, case, "evidence_given", by=by, at_ms=self._now_ms(), detail={"text": text})
            if waiting:
                return TakenEvidence(claim_id=claim_id, case_numbers=[case.number for case in waiting])
            known = [case.number for case in cases if _has_evidence(connection, case, text, by)]
            return TakenEvidence(claim_id=claim_id, case_numbers=known, replayed=bool(known))


def _known_appeal(connection: sa.Connection, cases: Sequence[ReviewCase], given: Appeal) -> OpenedAppeal | None:
    for case in cases:
        if case.kind not in APPEAL_KINDS:
            continue
        detail = steps_of_case(connection, case.number)[0].detail
        if detail.get("appeal_id") != given.appeal_id:
            continue
        if detail != given.model_dump():
            said = f"appeal {given.appeal_id!r} is on record with another content; give a new appeal a new id"
            raise AppealRefusedError("appeal_conflict", said)
        opened = _opened(case, given.appeal_id, given.party, given.kind)
        return opened.model_copy(update={"replayed": True})
    return None


def _opened(case: ReviewCase, appeal_id: str, party: Party, kind: AppealKind) -> OpenedAppeal:
    return OpenedAppeal(
        appeal_id=appeal_id,
        claim_id=case.claim_id,
        party=party,
        kind=kind,
        case_number=case.number,
        opened_at_ms=case.opened_at_ms,
    )


def _refuse(claim_id: str, cases: Sequence[ReviewCase], events: Sequence[Event], decision: LedgerEntry | None) -> None:
    """Refuse an appeal against nothing, and a second one at a time."""
    for case in cases:
        if case.kind in APPEAL_KINDS and case.state != "closed":
            said = f"claim {claim_id!r:.160} has an open {case.kind}, case {case.number}; wait for its ruling"
            raise AppealRefusedError("appeal_open", said)
    rulings = [adjudication_id_of(event) for event in events if event.kind is EventKind.CLAIM_ADJUDICATED]
    is_decided = decision is not None and decision.action != "manual_review"
    in_review = any(case.kind == "review" and case.state != "closed" for case in cases)
    # a verdict by API answers a review at once; that its case is withdrawn a moment later concerns no party
    is_answered = any(not each.startswith(OWN_VERDICT) for each in rulings)
    if (in_review and not is_answered) or not (rulings or is_decided):
        said = f"claim {claim_id!r:.160}: nothing is decided on it yet that could be appealed; wait for the ruling"
        raise AppealRefusedError("nothing_to_appeal", said)


def _who_ruled(connection: sa.Connection, cases: Sequence[ReviewCase], events: Sequence[Event]) -> set[str]:
    """Who gave a ruling on the claim before, in the console or by API. The console's names have no spaces in them."""
    names = {step.by for case in cases for step in steps_of_case(connection, case.number) if step.step in _RULED}
    by_api = {event.reviewer_id for event in events if event.kind is EventKind.CLAIM_ADJUDICATED}
    return {name for name in names | by_api if name and not any(map(str.isspace, name))}


def _of_claim(claim: Event, decision: LedgerEntry | None) -> dict[str, Any]:
    return {
        "claim_id": claim.claim_id,
        "amount_minor": claim.amount_minor or 0,
        "claim_type": claim.claim_type or "",
        "claim_reason": claim.claim_reason or "",
        "category_id": claim.category_id,
        "cause": None if decision is None else decision.action,
    }


def _has_evidence(connection: sa.Connection, case: ReviewCase, text: str, by: str) -> bool:
    given = [step for step in steps_of_case(connection, case.number) if step.step == "evidence_given"]
    return bool(given) and (given[-1].by, given[-1].detail.get("text")) == (by, text)
