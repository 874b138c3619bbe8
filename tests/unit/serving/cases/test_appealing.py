"""An appeal is heard by somebody else, and says whether it changed anything."""

import pytest

from serving.cases.appealing import AppealRefusedError, PartyDesk
from serving.cases.given_ruling import GivenRuling
from serving.cases.holding import NotTheirsError
from serving.cases.messages import Appeal
from serving.cases.opening import CaseOpener
from serving.cases.stepping import take_step
from serving.intake.adjudicating import UnknownClaimError
from serving.intake.verdict import Adjudication
from tests.contract.ruling_room import APPROVE, DENY, Room

GIVEN = Appeal(appeal_id="p1", party="buyer", text="I sent back what I got.")


@pytest.fixture
def parties(room: Room) -> PartyDesk:
    """What parties come to."""
    return PartyDesk(room.store, room.adjudications, lambda: room.policy, room.now)


def rule(room: Room, number: int, person: str, given: GivenRuling, role: str = "senior") -> None:
    room.take(number, person)
    room.desk.rule(number, person, role, given)
    assert room.release() == 1


@pytest.mark.parametrize(("given", "overturns"), [(DENY, False), (APPROVE, True)])
def test_appeal_is_heard_by_somebody_else_and_told(
    room: Room, parties: PartyDesk, given: GivenRuling, overturns: bool
) -> None:
    """Who denied the claim can't have it; what the other one rules stands, and the platform hears what it changed."""
    rule(room, room.open(person=None).number, "ann", DENY)
    opened = parties.open_appeal("C1", GIVEN, "shop")
    case = room.case(opened.case_number)
    assert (case.kind, case.lane, case.party, case.not_for) == ("appeal", "anyone", "buyer", {"ann"})
    assert case.limit_ms - case.opened_at_ms == 24 * 3_600_000
    room.take(case.number, "ann")
    with pytest.raises(NotTheirsError):
        room.desk.rule(case.number, "ann", "senior", APPROVE)
    with room.store.writing() as connection:
        take_step(connection, room.case(case.number), "given_back", by="ann", at_ms=1, assigned_to=None)
    rule(room, case.number, "bob", given)
    first, second = room.told()
    assert "overturns" not in first
    assert (second["kind"], second["party"], second["overturns"]) == ("appeal", "buyer", overturns)


def test_appeal_against_an_automatic_approval_or_a_verdict_by_api(room: Room, parties: PartyDesk) -> None:
    """What was decided past the console can be overturned too, and who ruled then is left out."""
    verdict = Adjudication(adjudication_id="a1", claim_id="C1", verdict="legitimate")
    room.adjudications.record(verdict, "ann")
    opened = parties.open_appeal("C1", GIVEN.model_copy(update={"party": "merchant", "kind": "mediation"}), "shop")
    case = room.case(opened.case_number)
    assert (case.lane, case.not_for) == ("senior", {"ann"})
    rule(room, case.number, "eve", DENY)
    assert [told["overturns"] for told in room.told()] == [True]


def test_appeal_right_after_a_verdict_by_api_is_taken_though_the_review_is_open(room: Room, parties: PartyDesk) -> None:
    """A party isn't told to wait for the reading that withdraws the review; it does so beside the appeal."""
    review = room.open(person=None)
    room.adjudications.record(Adjudication(adjudication_id="a1", claim_id="C1", verdict="abusive"), "api")
    assert room.case(review.number).state == "waiting"
    opened = parties.open_appeal("C1", GIVEN, "shop")
    CaseOpener(room.store, lambda: room.policy, room.now).open_all()
    assert (room.case(review.number).state, room.case(opened.case_number).state) == ("closed", "waiting")


def test_appeal_that_was_ruled_by_api_meanwhile_is_withdrawn(room: Room, parties: PartyDesk) -> None:
    """Only an appeal's verdict ends an appeal; those of before it don't."""
    room.adjudications.record(Adjudication(adjudication_id="a1", claim_id="C1", verdict="legitimate"), "api")
    opened = parties.open_appeal("C1", GIVEN, "shop")
    room.adjudications.record(
        Adjudication(adjudication_id="a2", claim_id="C1", verdict="abusive", source="appeal"), "api"
    )
    rule(room, opened.case_number, "eve", DENY)
    assert room.steps(opened.case_number)[-1] == "withdrawn"
    assert room.told() == []


def test_appeal_waits_for_what_is_open(room: Room, parties: PartyDesk) -> None:
    """Against nothing, or beside another appeal, it is refused; after that one's ruling it may come."""
    with pytest.raises(UnknownClaimError):
        parties.open_appeal("C9", GIVEN, "shop")
    number = room.open(person=None).number
    with pytest.raises(AppealRefusedError, match="nothing is decided") as refused:
        parties.open_appeal("C1", GIVEN, "shop")
    assert refused.value.code == "nothing_to_appeal"
    rule(room, number, "ann", DENY)
    opened = parties.open_appeal("C1", GIVEN, "shop")
    assert parties.open_appeal("C1", GIVEN, "another key") == opened.model_copy(update={"replayed": True})
    with pytest.raises(AppealRefusedError, match="wait for its ruling"):
        parties.open_appeal("C1", GIVEN.model_copy(update={"appeal_id": "p2"}), "shop")
    rule(room, opened.case_number, "bob", DENY)
    again = parties.open_appeal("C1", GIVEN.model_copy(update={"appeal_id": "p2"}), "shop")
    assert room.case(again.case_number).not_for == {"ann", "bob"}


def test_evidence_brings_a_case_back_once(room: Room, parties: PartyDesk) -> None:
    """The same text again is the one on record; a text that nobody waits for isn't kept."""
    number = room.open().number
    assert parties.bring_evidence("C1", "Two pictures.", "shop").case_numbers == []
    room.desk.ask_for_evidence(number, "ann", "reviewer", "buyer", "Please send a picture.")
    taken = parties.bring_evidence("C1", "Two pictures.", "shop")
    assert (taken.case_numbers, taken.replayed, room.case(number).state) == ([number], False, "waiting")
    assert parties.bring_evidence("C1", "Two pictures.", "shop") == taken.model_copy(update={"replayed": True})
    assert parties.bring_evidence("C1", "A third one.", "shop").case_numbers == []
