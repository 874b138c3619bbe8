"""People rule: one minute to undo, two people above an amount, and what is released is released once."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.store.schema import EVENT
from serving.cases.given_ruling import GivenRuling, RulingProblemsError
from serving.cases.holding import NotTheirsError, UnknownCaseError
from serving.cases.ruling import UNDO_MS, TooLateError
from serving.cases.stepping import CaseConflictError, take_step
from serving.claim_desk import ClaimDesk
from serving.intake.verdict import Adjudication
from tests.contract.ruling_room import APPROVE, DENY, LARGE_MINOR, Room
from tests.unit.serving.claims import CONSENT, NOW_MS, make_claim


def verdicts(room: Room) -> list[tuple[str, str, str]]:
    query = sa.select(EVENT.c.verdict, EVENT.c.verdict_source, EVENT.c.reviewer_id)
    with room.store.reading() as connection:
        return [tuple(row) for row in connection.execute(query.where(EVENT.c.kind == "claim_adjudicated"))]


@pytest.mark.parametrize(
    ("given", "kinds", "said"),
    [
        (DENY, ["adjudication"], (0, None, None)),
        (GivenRuling(ruling="partly_approve", refund_minor=100), ["adjudication"], (100, "platform", None)),
        (replace(APPROVE, merchant_at_fault=True), ["consent"], (5_900, "platform", None)),
    ],
)
def test_merchant_is_charged_with_an_authority_only(
    room: Room, given: GivenRuling, kinds: list[str], said: tuple[object, ...]
) -> None:
    """Without a fault that was found, or where the policy doesn't take what people find, the platform bears it."""
    authorities = room.policy.authorities.model_copy(update={"kinds": tuple(kinds)})
    room.policy = room.policy.model_copy(update={"authorities": authorities})
    room.desk.rule(room.open().number, "ann", "reviewer", given)
    room.release()
    (told,) = room.told()
    assert (told["refund_minor"], told["charged_to"], told["authority"]) == said


def test_ruling_is_undone_within_the_minute_only(room: Room) -> None:
    """Then the case is theirs again; a minute later it is too late."""
    number = room.open().number
    room.desk.rule(number, "ann", "reviewer", DENY)
    with pytest.raises(NotTheirsError):
        room.desk.undo(number, "bob")
    room.now_ms += UNDO_MS - 1
    undone = room.desk.undo(number, "ann")
    assert (undone.state, undone.assigned_to, undone.ruling) == ("assigned", "ann", None)
    room.desk.rule(number, "ann", "reviewer", APPROVE, undone.version)
    room.now_ms += UNDO_MS
    with pytest.raises(TooLateError):
        room.desk.undo(number, "ann")
    room.releaser.release_due()
    assert [told["ruling"] for told in room.told()] == ["approve"]
    with pytest.raises(TooLateError):
        room.desk.undo(number, "ann")


def test_ruling_of_somebody_else_or_of_an_old_page_is_refused(room: Room) -> None:
    """Only who has a case rules, on the version that they saw."""
    number = room.open().number
    with pytest.raises(NotTheirsError, match="bob doesn't have it"):
        room.desk.rule(number, "bob", "senior", APPROVE)
    with pytest.raises(CaseConflictError):
        room.desk.rule(number, "ann", "reviewer", APPROVE, 1)
    with pytest.raises(UnknownCaseError):
        room.desk.rule(99, "ann", "reviewer", APPROVE)
    with pytest.raises(RulingProblemsError):
        room.desk.rule(number, "ann", "reviewer", GivenRuling(ruling="deny"))
    assert room.steps(number) == ["opened", "taken"]


def test_case_whose_lease_ended_is_taken_again_by_ruling(room: Room) -> None:
    """Unless somebody else took it meanwhile; and nobody else comes to it that way."""
    case = room.open()
    with room.store.writing() as connection:
        free = {"assigned_to": None, "lease_until_ms": None}
        take_step(connection, case, "lease_ended", by="clearclaim", at_ms=room.now_ms, **free)
    with pytest.raises(NotTheirsError):
        room.desk.rule(case.number, "bob", "reviewer", APPROVE, case.version)
    room.desk.rule(case.number, "ann", "reviewer", APPROVE, case.version)
    assert room.steps(case.number) == ["opened", "taken", "lease_ended", "taken", "ruled"]


def large(room: Room, **values: object) -> int:
    room.file("C2", LARGE_MINOR)
    return room.open("C2", amount_minor=LARGE_MINOR, **values).number


@pytest.mark.parametrize("given", [APPROVE, DENY, GivenRuling(ruling="partly_approve", refund_minor=1)])
def test_large_claim_takes_two_people(room: Room, given: GivenRuling) -> None:
    """The first one's ruling releases nothing; the second one's, if it is the same, does."""
    number = large(room)
    proposed = room.desk.rule(number, "ann", "reviewer", given)
    assert (proposed.standing, proposed.assigned_to) == (("waiting", "second"), None)
    assert proposed.not_for == {"ann"}
    assert room.release() == 0
    room.take(number, "bob")
    seconded = room.desk.rule(number, "bob", "reviewer", given)
    assert (seconded.state, seconded.ruled_by, seconded.ruling["proposed_by"]) == ("pending", "bob", "ann")
    assert room.release() == 1
    assert room.told()[0]["two_people"]


def test_fault_that_only_one_of_two_found_charges_nobody(room: Room) -> None:
    """They agree on the refund, not on who bears it."""
    number = large(room)
    room.desk.rule(number, "ann", "reviewer", APPROVE)
    room.take(number, "bob")
    room.desk.rule(number, "bob", "reviewer", replace(APPROVE, merchant_at_fault=None))
    room.release()
    (told,) = room.told()
    assert (told["merchant_at_fault"], told["charged_to"]) == (None, "platform")


def test_two_who_disagree_leave_it_to_a_senior(room: Room) -> None:
    """Neither of them may have it again; a third person's ruling stands."""
    number = large(room)
    room.desk.rule(number, "ann", "reviewer", APPROVE)
    room.take(number, "bob")
    contested = room.desk.rule(number, "bob", "senior", DENY)
    assert (contested.standing, contested.ruling) == (("waiting", "senior"), None)
    assert contested.not_for == {"ann", "bob"}
    room.take(number, "eve")
    assert room.desk.rule(number, "eve", "senior", DENY).state == "pending"
    assert room.desk.undo(number, "eve").standing == ("assigned", "senior")
    assert room.desk.rule(number, "eve", "senior", DENY).state == "pending"


def test_senior_alone_is_one_person_too(room: Room) -> None:
    """A large claim that was escalated at once waits for a second person; who takes it back has it as before."""
    number = large(room)
    room.desk.escalate(number, "ann", "reviewer", "beyond me")
    room.take(number, "eve")
    with pytest.raises(NotTheirsError):
        room.desk.rule(number, "eve", "reviewer", APPROVE)
    assert room.desk.rule(number, "eve", "senior", APPROVE).standing == ("waiting", "second")
    undone = room.desk.undo(number, "eve")
    assert (undone.standing, undone.assigned_to, undone.not_for) == (("assigned", "senior"), "eve", frozenset())


def test_proposal_is_taken_back_until_a_second_person_has_it(room: Room) -> None:
    """And what a second person undoes leaves the proposal as it was."""
    number = large(room)
    room.desk.rule(number, "ann", "reviewer", APPROVE)
    room.desk.undo(number, "ann")
    proposed = room.desk.rule(number, "ann", "reviewer", DENY)
    room.take(number, "bob")
    with pytest.raises(TooLateError):
        room.desk.undo(number, "ann")
    room.desk.rule(number, "bob", "reviewer", DENY)
    undone = room.desk.undo(number, "bob")
    assert (undone.standing, undone.assigned_to) == (("assigned", "second"), "bob")
    assert (undone.ruling, undone.ruled_by) == (proposed.ruling, "ann")


@pytest.mark.parametrize("kind", ["gold", "double"])
def test_case_that_measures_reviewers_releases_nothing(room: Room, kind: str) -> None:
    """Nor does it take two people, and nobody is asked for evidence."""
    number = large(room, kind=kind)
    room.desk.ask_for_evidence(number, "ann", "reviewer", "buyer", "Please send a picture.")
    room.desk.evidence_given(number, "bob")
    room.take(number, "ann")
    assert room.desk.rule(number, "ann", "reviewer", DENY).state == "pending"
    assert room.release() == 1
    assert (verdicts(room), room.told(), room.told("claim.evidence_asked")) == ([], [], [])
    assert room.steps(number)[-1] == "released"


def test_audit_releases_no_money(room: Room) -> None:
    """Learning hears of it, and what the platform is told names no amount."""
    room.desk.rule(room.open(kind="audit").number, "ann", "reviewer", DENY)
    room.release()
    assert verdicts(room) == [("abusive", "audit", "ann")]
    (told,) = room.told()
    assert not told.keys() & {"refund_minor", "charged_to", "authority"}


def test_claim_that_was_ruled_by_api_meanwhile_is_withdrawn(room: Room) -> None:
    """What is on record stands; the case ends without a second verdict."""
    number = room.open().number
    room.desk.rule(number, "ann", "reviewer", DENY)
    room.adjudications.record(Adjudication(adjudication_id="a1", claim_id="C1", verdict="legitimate"), "api")
    assert room.release() == 1
    assert room.steps(number)[-1] == "withdrawn"
    assert verdicts(room) == [("legitimate", "reviewer", "api")]
    assert room.told() == []


def test_authority_on_record_counts_for_people_too(room: Room) -> None:
    """A merchant who agreed beforehand is charged, whether or not it was found at fault."""
    claim = make_claim("C2", authority=CONSENT, human_requested=True)
    ClaimDesk(room.store, room.policy, None, lambda _: NOW_MS).score(claim)
    room.desk.rule(room.open("C2").number, "ann", "reviewer", replace(APPROVE, merchant_at_fault=None))
    room.release()
    (told,) = room.told()
    assert (told["charged_to"], told["authority"]) == ("merchant", CONSENT)


def test_ruling_that_cannot_be_released_is_told_once_and_holds_up_nobody(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its claim is gone from the log; however few rulings are released at once, the next one has its turn."""
    monkeypatch.setattr("serving.cases.releasing.MOST_AT_ONCE", 1)
    room.file("C2")
    for claim_id in ("C1", "C2"):
        room.desk.rule(room.open(claim_id).number, "ann", "reviewer", DENY)
        room.now_ms += 1
    with room.store.writing() as connection:
        connection.execute(sa.delete(EVENT).where(EVENT.c.claim_id == "C1"))
    assert [room.release(), room.release(), room.release()] == [0, 1, 0]
    assert [told["claim_id"] for told in room.told()] == ["C2"]
    assert len([line for line in caplog.messages if "can't go on" in line]) == 1
    assert "C1" not in caplog.text


def test_what_is_due_is_found_without_reading_through_all_cases(room: Room) -> None:
    """It is looked for each second, and closed cases only grow in number."""
    asked: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        asked.append((statement, parameters))

    with room.store.reading() as connection:
        engine = connection.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    room.releaser.release_due()
    room.releaser.end_waits()
    sa.event.remove(engine, "before_cursor_execute", note)
    selects = [(said, given) for said, given in asked if "FROM review_case" in said]
    assert len(selects) == 2
    with room.store.reading() as connection:
        for said, given in selects:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)]
            assert any("review_case_by_time" in line for line in plan), plan
