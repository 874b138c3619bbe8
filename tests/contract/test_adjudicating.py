"""Verdicts of people: each is recorded once, with its claim's parties, and history is what the log gives."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from features.event_file import from_events
from features.events import EventKind
from features.store import Store
from features.store.bulk import import_events, rebuild_history
from features.store.log import stored_claim, stored_events
from serving.case_file.finding import MOST_ENTRIES, find_claim
from serving.cases.stepping import open_cases
from serving.claim_desk import ClaimDesk
from serving.intake.adjudicating import (
    Adjudication,
    AdjudicationConflictError,
    AdjudicationDesk,
    RecordedAdjudication,
    UnknownClaimError,
)
from serving.intake.event_desk import EventDesk
from serving.policy import default_policy_path, read_policy
from tests.contract.stores import contents
from tests.unit.serving.claims import NOW_MS, make_claim

GIVEN = Adjudication(
    adjudication_id="a1", claim_id="C1", verdict="abusive", merchant_at_fault=False, note="The cup is whole. 杯子"
)


@pytest.fixture
def scored(store: Store) -> Store:
    """A store in which a claim was sent to a person."""
    open_cases(store)
    claims = ClaimDesk(store, read_policy(default_policy_path()), None, lambda _: NOW_MS)
    assert claims.score(make_claim("C1", evidence_hashes=["00000000000000ff"])).action == "manual_review"
    return store


@pytest.fixture
def desk(scored: Store) -> AdjudicationDesk:
    """A desk whose clock stands still."""
    return AdjudicationDesk(scored, now_ms=lambda: NOW_MS)


def test_verdict_is_recorded_as_an_event_about_the_claims_parties(scored: Store, desk: AdjudicationDesk) -> None:
    """It is known after all that the parties know, and counts in their history."""
    answer = desk.record(GIVEN, "lin")
    assert answer == RecordedAdjudication(**GIVEN.model_dump(), reviewer_id="lin", known_at_ms=NOW_MS + 1)
    with scored.reading() as connection:
        claim = stored_claim(connection, "C1")
        event = stored_events(connection, ["claim_adjudicated:a1"])["claim_adjudicated:a1"]
    assert claim is not None
    assert (event.kind, event.verdict, event.verdict_source) == (EventKind.CLAIM_ADJUDICATED, "abusive", "reviewer")
    assert (event.buyer_id, event.evidence_hashes) == (claim.buyer_id, claim.evidence_hashes)
    assert (event.occurred_at_ms, event.claim_filed_at_ms) == (NOW_MS + 1, claim.occurred_at_ms)
    before = contents(scored)
    rebuild_history(scored)
    assert contents(scored) == before


def test_same_verdict_again_is_the_one_on_record(scored: Store, desk: AdjudicationDesk) -> None:
    """However often it is sent."""
    first = desk.record(GIVEN, "lin")
    before = contents(scored)
    assert desk.record(GIVEN, "lin") == first.model_copy(update={"replayed": True})
    assert contents(scored) == before


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "legitimate"},
        {"merchant_at_fault": None},
        {"source": "appeal"},
        {"note": "Another."},
        {"note": None},
        {"claim_id": "C2"},
    ],
)
def test_id_of_another_verdict_is_a_conflict(scored: Store, desk: AdjudicationDesk, change: dict[str, object]) -> None:
    """Nothing changes, whichever field differs, the note and the reviewer included."""
    ClaimDesk(scored, read_policy(default_policy_path()), None, lambda _: NOW_MS).score(
        make_claim("C2", order={"buyer_id": "B2", "merchant_id": "M2", "product_id": "P2"})
    )
    desk.record(GIVEN, "lin")
    before = contents(scored)
    with pytest.raises(AdjudicationConflictError, match="adjudication 'a1' is on record with another content"):
        desk.record(GIVEN.model_copy(update=change), "lin")
    with pytest.raises(AdjudicationConflictError):
        desk.record(GIVEN, "wei")
    assert contents(scored) == before


def test_verdict_on_an_unknown_claim_is_refused(scored: Store, desk: AdjudicationDesk) -> None:
    """Whoever mistypes an id hears of it."""
    before = contents(scored)
    with pytest.raises(UnknownClaimError, match="no claim 'C9' on record"):
        desk.record(GIVEN.model_copy(update={"claim_id": "C9"}), "lin")
    assert contents(scored) == before


def test_verdict_sent_by_many_at_once_is_recorded_once(desk: AdjudicationDesk) -> None:
    """A reviewer's double click, on two workers."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: desk.record(GIVEN, "lin"), range(8)))
    assert sorted(answer.replayed for answer in answers) == [False, *[True] * 7]
    assert len({answer.known_at_ms for answer in answers}) == 1


def test_id_for_two_claims_at_once_is_recorded_for_one(scored: Store, desk: AdjudicationDesk) -> None:
    """They share no entity that they would wait for, but they share the id."""
    claims = ClaimDesk(scored, read_policy(default_policy_path()), None, lambda _: NOW_MS)
    for number in range(2, 6):
        order = {"buyer_id": f"B{number}", "merchant_id": f"M{number}", "product_id": f"P{number}"}
        claims.score(make_claim(f"C{number}", order=order))

    def record(number: int) -> bool:
        try:
            desk.record(GIVEN.model_copy(update={"claim_id": f"C{number}"}), "lin")
        except AdjudicationConflictError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(record, range(2, 6))) == [False, False, False, True]


def test_claim_shows_its_case_and_all_that_happened(scored: Store, desk: AdjudicationDesk) -> None:
    """Its answer, the entitlements, the review with its verdicts and notes, and a line for every event."""
    waiting = find_claim(scored, "C1")
    assert waiting is not None
    assert (waiting.state, waiting.timeline_complete) == ("in_review", True)
    assert waiting.case is not None
    assert (waiting.case.kind, waiting.case.open, waiting.case.since_ms) == ("review", True, NOW_MS)
    assert waiting.decision is not None
    assert waiting.entitlements == waiting.decision.entitlements
    desk.record(GIVEN, "lin")
    EventDesk(scored, now_ms=lambda: NOW_MS).take(
        [{"event_id": "f1", "kind": "feedback_given", "claim_id": "C1", "rating": 2}]
    )
    ruled = find_claim(scored, "C1")
    assert ruled is not None
    assert ruled.state == "adjudicated"
    assert ruled.case is not None
    assert (ruled.case.open, [each.note for each in ruled.case.adjudications]) == (False, [GIVEN.note])
    assert [(entry.kind, entry.known_at_ms - NOW_MS) for entry in ruled.timeline] == [
        ("claim_filed", 0),
        ("claim_decided", 0),
        ("claim_adjudicated", 1),
        ("feedback_given", 2),
    ]
    assert ruled.timeline[0].details["buyer_id"] == "B1"
    assert ruled.timeline[3].details == {"rating": 2}


def test_imported_claim_has_no_decision_of_ours(store: Store, history: tuple) -> None:
    """It is on record all the same, and can be ruled on."""
    desk = AdjudicationDesk(store, now_ms=lambda: NOW_MS)
    open_cases(store)
    import_events(store, from_events(list(history)), "history")
    imported = find_claim(store, "c2")
    assert imported is not None
    assert (imported.state, imported.decision, imported.case) == ("filed", None, None)
    desk.record(GIVEN.model_copy(update={"claim_id": "c2"}), "lin")
    ruled = find_claim(store, "c2")
    assert ruled is not None
    assert ruled.state == "adjudicated"
    assert find_claim(store, "c9") is None


def test_time_line_is_bounded_and_says_so(scored: Store) -> None:
    """Whoever reports thousands of events about one claim gets the first ones."""
    rows = [
        {"event_id": f"f{number}", "kind": "feedback_given", "claim_id": "C1", "rating": 2}
        for number in range(MOST_ENTRIES)
    ]
    EventDesk(scored, now_ms=lambda: NOW_MS).take(rows)
    found = find_claim(scored, "C1")
    assert found is not None
    assert (len(found.timeline), found.timeline_complete) == (MOST_ENTRIES, False)
