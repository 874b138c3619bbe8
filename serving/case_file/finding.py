"""Reads all that is on record of a claim, as of one moment."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.events import EventKind
from features.store import Store
from features.store.log import events_of_claim
from serving.answer import Answer
from serving.case_file.messages import ClaimAnswer, OpenAppeal
from serving.case_file.standing import find_case, find_state, timeline_entry
from serving.cases.tables import REVIEW_CASE
from serving.cases.words import APPEAL_KINDS
from serving.intake.adjudicating import adjudication_id_of, notes_of
from serving.ledger import find_decision

MOST_ENTRIES: Final = 500  # of a time line: a claim has some ten events, but nobody says that it can't have more


def find_claim(store: Store, claim_id: str) -> ClaimAnswer | None:
    """How a claim stands; None if it isn't on record. The store must have tables of ledger, notes and cases."""
    with store.reading() as connection:
        events = events_of_claim(connection, claim_id, MOST_ENTRIES + 1)
        if not events:
            return None
        entry = find_decision(connection, claim_id)
        rulings = [adjudication_id_of(event) for event in events if event.kind is EventKind.CLAIM_ADJUDICATED]
        notes = notes_of(connection, rulings) if rulings else {}
        appeal = _open_appeal(connection, claim_id)
    shown = events[:MOST_ENTRIES]
    case = find_case(shown, entry, notes)
    decision = None if entry is None else Answer.model_validate_json(entry.answer)
    return ClaimAnswer(
        claim_id=claim_id,
        state=find_state(shown, case),
        decision=decision,
        entitlements=None if decision is None else decision.entitlements,
        case=case,
        appeal=appeal,
        timeline=[timeline_entry(event) for event in shown],
        timeline_complete=len(events) == len(shown),
    )


def _open_appeal(connection: sa.Connection, claim_id: str) -> OpenAppeal | None:
    """The claim's appeal or mediation that isn't closed: there is one at most.

    It has a place of its own, and isn't a state: a program that knows the states of today goes on reading them.
    """
    case = REVIEW_CASE.c
    is_open = (case.claim_id == claim_id) & case.kind.in_(APPEAL_KINDS) & (case.state != "closed")
    row = connection.execute(sa.select(case.kind, case.party, case.opened_at_ms).where(is_open)).first()
    return None if row is None else OpenAppeal(kind=row.kind, party=row.party, since_ms=row.opened_at_ms)
