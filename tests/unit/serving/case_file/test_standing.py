"""How a claim stands follows from its events and its decision, and from nothing else."""

from dataclasses import replace

import pytest

from features.events import Event, EventKind
from serving.case_file.messages import STATES
from serving.case_file.standing import find_case, find_state, timeline_entry
from serving.ledger import LedgerEntry
from tests.spec.drawing import draw

FILED, APPROVED, REVIEWED, RULED, SETTLED, SHIPPED = draw("""
    known_at | kind              | buyer | claim | action        | verdict_source | evidence
    1d       | claim_filed       | ann   | c1    |               |                | 00..0f
    1d       | claim_decided     | ann   | c1    | auto_approve  |                |
    1d       | claim_decided     | ann   | c1    | manual_review |                |
    2d       | claim_adjudicated | ann   | c1    |               | reviewer       |
    3d       | advance_settled   | ann   | c1    |               |                |
    3d       | return_shipped    | ann   | c1    |               |                |
""").events
AUDITED = replace(RULED, verdict_source="audit")
APPEALED = replace(RULED, verdict_source="appeal")


def entry(action: str, *, audited: bool | None = None) -> LedgerEntry:
    """A decision of this service."""
    return LedgerEntry("c1", 0, "", action, None, None, "", "{}", audited=audited)


APPROVAL, DRAWN, REVIEW = entry("auto_approve"), entry("auto_approve", audited=True), entry("manual_review")


@pytest.mark.parametrize(
    ("events", "decision", "state"),
    [
        ([FILED], None, "filed"),
        ([FILED, APPROVED], APPROVAL, "decided"),
        ([FILED, APPROVED], None, "decided"),
        ([FILED, APPROVED, SHIPPED], APPROVAL, "decided"),
        ([FILED, APPROVED], DRAWN, "in_audit"),
        ([FILED, APPROVED, AUDITED], DRAWN, "audited"),
        ([FILED, APPROVED, RULED], DRAWN, "in_audit"),
        ([FILED, APPROVED, APPEALED], DRAWN, "adjudicated"),
        ([FILED, REVIEWED], REVIEW, "in_review"),
        ([FILED, REVIEWED], None, "in_review"),
        ([FILED, REVIEWED, RULED], REVIEW, "adjudicated"),
        ([FILED, REVIEWED, AUDITED], REVIEW, "adjudicated"),
        ([FILED, APPROVED, RULED], APPROVAL, "adjudicated"),
        ([FILED, RULED], None, "adjudicated"),
        ([FILED, APPROVED, SETTLED], APPROVAL, "settled"),
        ([FILED, REVIEWED, RULED, SETTLED], REVIEW, "settled"),
    ],
)
def test_state_is_the_furthest_that_a_claim_has_come(
    events: list[Event], decision: LedgerEntry | None, state: str
) -> None:
    """From filed to settled, whether this service decided it or its history was imported."""
    assert find_state(events, find_case(events, decision, {})) == state


def test_every_state_is_reached_and_explained() -> None:
    """The API names no state that no claim has."""
    table = next(
        mark.args[1]
        for mark in test_state_is_the_furthest_that_a_claim_has_come.pytestmark  # type: ignore[attr-defined]
    )
    assert {state for _, _, state in table} == set(STATES)


def test_case_names_why_and_since_when_a_person_is_asked() -> None:
    """A review since the decision, with what was found and noted; nothing where nobody is asked."""
    case = find_case([FILED, REVIEWED, replace(RULED, event_id="claim_adjudicated:a1")], REVIEW, {"a1": "a note"})
    assert case is not None
    assert (case.kind, case.open, case.since_ms) == ("review", False, REVIEWED.known_at_ms)
    (ruling,) = case.adjudications
    assert (ruling.adjudication_id, ruling.note, ruling.source) == ("a1", "a note", "reviewer")
    assert find_case([FILED, APPROVED], APPROVAL, {}) is None


def test_time_line_says_whom_it_concerns_once() -> None:
    """The filed claim names the parties; later entries say only what is new."""
    filed = timeline_entry(FILED)
    assert (filed.details["buyer_id"], filed.details["evidence_hashes"]) == ("ann", list(FILED.evidence_hashes or ()))
    assert timeline_entry(APPROVED).details == {"amount_minor": 1_000, "action": "auto_approve"}
    assert timeline_entry(SHIPPED).details == {}


def test_entry_of_every_kind_can_be_shown() -> None:
    """Whatever the platform reports."""
    assert {timeline_entry(replace(RULED, kind=kind)).kind for kind in EventKind} == {str(kind) for kind in EventKind}
