"""How a claim stands: a function of its events, in the order of knowledge, and of what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from features.events import ALWAYS, KIND_FIELDS, OF_THE_CLAIM, Event, EventKind
from serving.case_file.messages import Case, CaseAdjudication, CaseKind, ClaimState, TimelineEntry
from serving.intake.adjudicating import adjudication_id_of
from serving.ledger import LedgerEntry

# whom and what a claim is about stands in its first entry; the later ones say only what is new
_REPEATED: Final = frozenset({*ALWAYS, *OF_THE_CLAIM, "claim_id"})


def find_state(events: Sequence[Event], case: Case | None) -> ClaimState:
    """The furthest that a claim has come: settled, ruled on, waiting for a person, decided, or only filed."""
    kinds = {event.kind for event in events}
    if EventKind.ADVANCE_SETTLED in kinds:
        return "settled"
    if case is not None and case.open:
        return "in_review" if case.kind == "review" else "in_audit"
    if case is not None and case.adjudications:
        only_audits = all(each.source == "audit" for each in case.adjudications)
        return "audited" if only_audits and case.kind != "review" else "adjudicated"
    return "decided" if EventKind.CLAIM_DECIDED in kinds else "filed"


def find_case(events: Sequence[Event], entry: LedgerEntry | None, notes: Mapping[str, str]) -> Case | None:
    """Why a person has to look at a claim, since when, and what was found; None where nobody has to, nor has.

    A review waits for any ruling, an audit for an audit's or an appeal's.
    """
    decided = next((event for event in events if event.kind is EventKind.CLAIM_DECIDED), None)
    rulings = [event for event in events if event.kind is EventKind.CLAIM_ADJUDICATED]
    kind: CaseKind | None = None
    closing = rulings
    if decided is not None and decided.action == "manual_review":
        kind = "review"
    elif entry is not None and entry.audited:
        kind = "audit"
        closing = [event for event in rulings if event.verdict_source in {"audit", "appeal"}]
    if kind is None and not rulings:
        return None
    return Case(
        kind=kind,
        open=kind is not None and not closing,
        since_ms=None if kind is None or decided is None else decided.known_at_ms,
        adjudications=[_ruling(event, notes) for event in rulings],
    )


def timeline_entry(event: Event) -> TimelineEntry:
    """An event as an entry of its claim's time line."""
    fields = KIND_FIELDS[event.kind]
    shown = {name: getattr(event, name) for name in (*fields.required, *fields.optional)}
    repeated = {*ALWAYS, "claim_id"} if event.kind is EventKind.CLAIM_FILED else _REPEATED
    details = {name: value for name, value in shown.items() if value is not None and name not in repeated}
    return TimelineEntry(
        event_id=event.event_id,
        kind=event.kind,
        occurred_at_ms=event.occurred_at_ms,
        known_at_ms=event.known_at_ms,
        details={name: list(value) if isinstance(value, tuple) else value for name, value in details.items()},
    )


def _ruling(event: Event, notes: Mapping[str, str]) -> CaseAdjudication:
    adjudication_id = adjudication_id_of(event)
    return CaseAdjudication(
        adjudication_id=adjudication_id,
        verdict=event.verdict or "",
        merchant_at_fault=event.merchant_at_fault,
        source=event.verdict_source or "",
        reviewer_id=event.reviewer_id,
        note=notes.get(adjudication_id),
        known_at_ms=event.known_at_ms,
    )
