"""What people did on a claim before: its other cases with their steps, and its verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from features.events import EventKind
from features.store.log import events_of_claim
from serving.cases.case import ReviewCase, cases_of_claim, steps_of_case
from serving.cases.tables import REVIEW_CASE
from serving.cases.words import BLIND_KINDS, CaseKind, CaseState, Step
from serving.intake.adjudicating import ADJUDICATION_NOTE, adjudication_id_of, notes_of

MOST_EVENTS: Final = 500
# what parties said, and were asked, is for whoever rules
OF_PARTIES: Final[frozenset[Step]] = frozenset({"opened", "evidence_asked", "evidence_given", "evidence_overdue"})


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step of a case: what happened, when and by whom; `detail` is what belongs on record beside it."""

    step: Step
    at_ms: int
    by: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShown:
    """A case of the claim; `ruling` is what was ruled, as `serving.cases` writes it; None while it isn't for good."""

    number: int
    kind: CaseKind
    state: CaseState
    ruled_by: str | None
    ruling: Mapping[str, Any] | None
    steps: tuple[StepShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictShown:
    """A verdict on record."""

    verdict: str
    source: str
    by: str | None
    merchant_at_fault: bool | None
    note: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """Cases and verdicts, the oldest first."""

    cases: tuple[CaseShown, ...]
    verdicts: tuple[VerdictShown, ...]


NOTHING: Final = Earlier((), ())


def find_earlier(connection: sa.Connection, claim_id: str, before_ms: int, *, measures: bool) -> Earlier:
    """What people did on a claim before a moment.

    Args:
        connection: to the store.
        claim_id: whose.
        before_ms: the moment.
        measures: whether gold cases and doubles are shown too, which only measure who ruled on them.
    """
    inspector = sa.inspect(connection)
    cases: Sequence[ReviewCase] = ()
    if inspector.has_table(REVIEW_CASE.name):
        cases = [case for case in cases_of_claim(connection, claim_id) if measures or case.kind not in BLIND_KINDS]
    rulings = [
        event
        for event in events_of_claim(connection, claim_id, MOST_EVENTS)
        if event.kind is EventKind.CLAIM_ADJUDICATED and event.known_at_ms < before_ms
    ]
    has_notes = bool(rulings) and inspector.has_table(ADJUDICATION_NOTE.name)
    notes = notes_of(connection, [adjudication_id_of(event) for event in rulings]) if has_notes else {}
    return Earlier(
        cases=tuple(
            _shown(connection, case, before_ms, tells=measures or case.state == "closed")
            for case in cases
            if case.opened_at_ms < before_ms
        ),
        verdicts=tuple(
            VerdictShown(
                verdict=event.verdict or "",
                source=event.verdict_source or "",
                by=event.reviewer_id,
                merchant_at_fault=event.merchant_at_fault,
                note=notes.get(adjudication_id_of(event)),
                at_ms=event.known_at_ms,
            )
            for event in rulings
        ),
    )


def _shown(connection: sa.Connection, case: ReviewCase, before_ms: int, *, tells: bool) -> CaseShown:
    """A case; where it may not tell of a ruling that a second person mustn't know, only of what parties said."""
    steps = [step for step in steps_of_case(connection, case.number) if step.at_ms < before_ms]
    return CaseShown(
        number=case.number,
        kind=case.kind,
        state=case.state,
        ruled_by=case.ruled_by if tells else None,
        ruling=case.ruling if tells else None,
        steps=tuple(
            StepShown(step.step, step.at_ms, step.by, step.detail if tells or step.step in OF_PARTIES else {})
            for step in steps
        ),
    )
