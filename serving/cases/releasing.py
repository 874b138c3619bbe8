"""A ruling stands once its minute is over: the verdict for learning, the money decision, the ledger and the case.

All four commit in one transaction, so several processes may do this at once and any of them may die in between: who
comes second finds the case closed, and what was half done is undone by the database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from features.events import Event, EventKind
from features.store import Store
from features.store.log import events_of_claim
from serving.access.redaction import error_line
from serving.cases.case import ReviewCase, find_case
from serving.cases.given_ruling import SOURCE_OF_KIND, GivenRuling, verdict_of
from serving.cases.money import MoneyDecision, decide_money
from serving.cases.people import PeopleKey
from serving.cases.priority import MS_PER_HOUR
from serving.cases.ruling import UNDO_MS
from serving.cases.stepping import CaseConflictError, open_cases, take_step
from serving.cases.tables import CASE_STEP, REVIEW_CASE, WAITS_FOR_TIME
from serving.cases.withdrawing import OWN_VERDICT
from serving.cases.words import BLIND_KINDS, SYSTEM, Step
from serving.clock import now_ms as wall_ms
from serving.intake.adjudicating import AdjudicationDesk, adjudication_id_of
from serving.intake.verdict import Adjudication
from serving.ledger_rulings import RulingEntry, open_rulings, record_ruling
from serving.outbox.kinds import CLAIM_RULED
from serving.outbox.rows import Note, note
from serving.policy_watch import PolicySource

LOGGER: Final = logging.getLogger("clearclaim.cases")
MOST_AT_ONCE: Final = 200  # cases of one round
MOST_EVENTS: Final = 1_000  # of a claim that are looked at


class Releaser:
    """Releases the rulings of one store, and ends waits for evidence. Its tasks are for `CaseKeeper`.

    Args:
        store: the store, whose tables are made if they aren't there.
        adjudications: records the verdicts.
        policy: gives the policy in force: whose adjudications entitle to charge merchants, and limits.
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
        self._people = PeopleKey.of_store(store)
        self._failing: set[int] = set()

    def release_due(self) -> int:
        """Release the rulings whose minute is over; return how many. What can't be released now is tried again."""
        ruled = REVIEW_CASE.c.ruled_at_ms <= self._now_ms() - UNDO_MS
        query = sa.select(REVIEW_CASE.c.number).where(WAITS_FOR_TIME, REVIEW_CASE.c.state == "pending", ruled)
        return self._each(query.order_by(REVIEW_CASE.c.ruled_at_ms), self._release)

    def end_waits(self) -> int:
        """Give cases back to people whose evidence wasn't brought within the limit; return how many."""
        since_ms = self._now_ms() - self._policy().review.limit_hours * MS_PER_HOUR
        asked = CASE_STEP.c
        is_asked = (asked.case_number == REVIEW_CASE.c.number) & (asked.step == "evidence_asked")
        lately = sa.exists().where(is_asked, asked.at_ms > since_ms)
        waits = REVIEW_CASE.c.state == "awaiting_evidence"
        return self._each(sa.select(REVIEW_CASE.c.number).where(WAITS_FOR_TIME, waits, ~lately), self._end_wait)

    def _each(self, query: sa.Select[Any], act: Callable[[sa.Connection, ReviewCase], None]) -> int:
        with self._store.reading() as connection:
            # as many more as fail again and again, or those would keep all others from their turn
            numbers: list[int] = list(connection.scalars(query.limit(MOST_AT_ONCE + len(self._failing))))
        done = 0
        for number in numbers:
            try:
                with self._store.writing() as connection:
                    case = find_case(connection, number)
                    if case is not None:
                        act(connection, case)
                        done += 1
            except CaseConflictError:
                self._failing.discard(number)  # another process was quicker, or somebody has just undone it
            except Exception as error:  # noqa: BLE001 - one case that fails mustn't hold up those behind it
                if number not in self._failing:  # once, and not each second
                    LOGGER.error("case %d can't go on, and is tried again: %s", number, error_line(error))  # noqa: TRY400 - one line
                self._failing.add(number)
            else:
                self._failing.discard(number)
        return done

    def _end_wait(self, connection: sa.Connection, case: ReviewCase) -> None:
        if case.state != "awaiting_evidence":
            raise CaseConflictError(case.number)
        take_step(connection, case, "evidence_overdue", by=SYSTEM, at_ms=self._now_ms())

    def _release(self, connection: sa.Connection, case: ReviewCase) -> None:
        now = self._now_ms()
        if case.state != "pending" or case.ruled_at_ms is None or now - case.ruled_at_ms < UNDO_MS:
            raise CaseConflictError(case.number)
        step: Step = "released"
        if case.kind not in BLIND_KINDS:
            claim = self._adjudications.hold(connection, case.claim_id)
            if _ruled_elsewhere(connection, case):
                step = "withdrawn"
            else:
                self._record(connection, case, claim, now)
        ended: dict[str, Any] = {"assigned_to": None, "lease_until_ms": None, "closed_at_ms": now}
        take_step(connection, case, step, by=SYSTEM, at_ms=now, **ended)

    def _record(self, connection: sa.Connection, case: ReviewCase, claim: Event, now: int) -> None:
        stored, ruled_by = case.ruling, case.ruled_by
        if stored is None or ruled_by is None:
            raise ValueError(f"case {case.number}: is pending without a ruling; look at its steps")
        given, proposed_by = GivenRuling.from_json(stored), stored.get("proposed_by")
        adjudication = Adjudication(
            adjudication_id=f"{OWN_VERDICT}{case.number}-{case.version}",
            claim_id=case.claim_id,
            verdict=verdict_of(given),
            merchant_at_fault=given.merchant_at_fault,
            source=SOURCE_OF_KIND[case.kind],
            note=given.note or None,
        )
        money = decide_money(connection, case, given, claim, self._policy(), adjudication.adjudication_id)
        recorded = self._adjudications.record_in(connection, adjudication, ruled_by)
        told = money.told(
            ruling_id=adjudication.adjudication_id,
            ruled_by=self._people.reference(ruled_by),
            two_people=proposed_by is not None,
            at_ms=recorded.known_at_ms,
        )
        note(connection, [Note(case.claim_id, CLAIM_RULED, recorded.known_at_ms, told)])
        record_ruling(connection, _entry(case, adjudication, money, ruled_by, proposed_by, now, told))


def _entry(
    case: ReviewCase,
    adjudication: Adjudication,
    money: MoneyDecision,
    ruled_by: str,
    proposed_by: str | None,
    now: int,
    told: str,
) -> RulingEntry:
    return RulingEntry(
        ruling_id=adjudication.adjudication_id,
        claim_id=case.claim_id,
        case_number=case.number,
        kind=case.kind,
        recorded_at_ms=now,
        ruling=money.given.ruling,
        refund_minor=money.refund_minor,
        denial_reason=money.denial_reason,
        verdict=adjudication.verdict,
        merchant_at_fault=adjudication.merchant_at_fault,
        ruled_by=ruled_by,
        proposed_by=proposed_by,
        told=told,
    )


def _ruled_elsewhere(connection: sa.Connection, case: ReviewCase) -> bool:
    """Whether somebody ruled past the console while the case was open, so that it has nothing left to decide.

    As `serving.case_file.standing` has it: a review ends with any verdict, an audit with an audit's or an appeal's.
    What cases before this one ruled doesn't count.
    """
    earlier = sa.select(REVIEW_CASE.c.number).where(
        REVIEW_CASE.c.claim_id == case.claim_id, REVIEW_CASE.c.number != case.number
    )
    own = tuple(f"{OWN_VERDICT}{number}-" for number in connection.scalars(earlier))
    for event in events_of_claim(connection, case.claim_id, MOST_EVENTS):
        if event.kind is not EventKind.CLAIM_ADJUDICATED or adjudication_id_of(event).startswith(own):
            continue
        if case.kind in {"appeal", "mediation"}:
            if event.verdict_source == "appeal" and event.known_at_ms > case.opened_at_ms:
                return True
        elif case.kind == "review" or event.verdict_source in {"audit", "appeal"}:
            return True
    return False
