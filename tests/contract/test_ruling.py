"""People rule: what is released is released once, with all that belongs to it, on every kind of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from features.store import Store
from features.store.schema import EVENT
from serving.cases import releasing
from serving.cases.ruling import UNDO_MS
from serving.ledger_rulings import rulings_of_claim
from tests.contract.ruling_room import APPROVE, Room, policy_with


@pytest.fixture
def room(store: Store) -> Room:
    """A store with one decided claim."""
    made = Room(store)
    made.file()
    return made


def verdicts(room: Room) -> list[tuple[str, str, str]]:
    query = sa.select(EVENT.c.verdict, EVENT.c.verdict_source, EVENT.c.reviewer_id)
    with room.store.reading() as connection:
        return [tuple(row) for row in connection.execute(query.where(EVENT.c.kind == "claim_adjudicated"))]


def test_ruling_is_released_after_its_minute_and_once(room: Room) -> None:
    """The verdict, the money decision, the ledger and the end of the case come together."""
    case = room.desk.rule(room.open().number, "ann", "reviewer", APPROVE, 2)
    assert (case.state, case.ruled_by, case.assigned_to) == ("pending", "ann", "ann")
    assert room.releaser.release_due() == 0
    assert room.release() == 1
    assert room.release() == 0
    assert verdicts(room) == [("legitimate", "reviewer", "ann")]
    (told,) = room.told()
    assert told["refund_minor"] == 5_900
    assert (told["charged_to"], told["authority"]["kind"]) == ("merchant", "adjudication")
    assert (told["two_people"], told["ruled_by"][:7]) == (False, "person~")
    assert "ann" not in str(told)
    with room.store.reading() as connection:
        (entry,) = rulings_of_claim(connection, "C1")
    assert (entry.ruling, entry.refund_minor, entry.ruled_by) == ("approve", 5_900, "ann")
    assert told["authority"]["reference"] == told["ruling_id"] == entry.ruling_id
    assert room.steps(case.number) == ["opened", "taken", "ruled", "released"]
    assert (room.case(case.number).state, room.case(case.number).assigned_to) == ("closed", None)


def test_evidence_is_asked_for_and_brought_or_overdue(room: Room) -> None:
    """The platform is told whom to ask, and until when; the case waits for anybody afterwards."""
    number = room.open().number
    room.desk.look(number, "ann", "reviewer")
    room.desk.look(number, "ann", "reviewer")
    asked = room.desk.ask_for_evidence(number, "ann", "reviewer", "merchant", "Please send the packing list.")
    assert (asked.state, asked.assigned_to) == ("awaiting_evidence", None)
    (told,) = room.told("claim.evidence_asked")
    assert (told["claim_id"], told["party"], told["until_ms"]) == ("C1", "merchant", room.now_ms + 24 * 3_600_000)
    room.desk.evidence_given(number, "bob", "They sent it.")
    room.take(number, "ann")
    room.desk.ask_for_evidence(number, "ann", "reviewer", "buyer", "Please send a picture.")
    assert room.releaser.end_waits() == 0
    room.now_ms += 24 * 3_600_000
    assert room.releaser.end_waits() == 1
    assert room.releaser.end_waits() == 0
    assert room.case(number).standing == ("waiting", "anyone")
    assert room.steps(number).count("looked") == 1


def test_many_processes_release_a_ruling_once(room: Room) -> None:
    """However many of them try at the same moment, and while somebody undoes it: money moves once or not at all."""
    room.policy = policy_with(second_person_above_minor=None)
    numbers = [room.open().number]
    for claim in ("C2", "C3"):
        room.file(claim, order_id=f"order {claim}", buyer_id=f"buyer {claim}")
        numbers.append(room.open(claim).number)
    for number in numbers:
        room.desk.rule(number, "ann", "reviewer", APPROVE)
    releasers = [room.new_releaser() for _ in range(4)]
    for releaser in releasers:
        releaser._now_ms = lambda: room.now_ms + UNDO_MS  # their clocks are ahead of the one of who undoes
    with ThreadPoolExecutor(5) as pool:
        rounds = [pool.submit(releaser.release_due) for releaser in releasers]
        undoing = pool.submit(room.desk.undo, numbers[-1], "ann")
        released = sum(each.result() for each in rounds)
        undone = undoing.exception() is None
    assert released == len(room.told()) == len(verdicts(room)) == (2 if undone else 3)
    assert room.case(numbers[-1]).state == ("assigned" if undone else "closed")


def test_process_that_dies_while_releasing_leaves_nothing_half_done(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a verdict nor a message; the next round does all of it."""
    number = room.open().number
    room.desk.rule(number, "ann", "reviewer", APPROVE)
    with monkeypatch.context() as patch:
        patch.setattr(releasing, "record_ruling", lambda *_: 1 / 0)
        assert room.release() == 0
    assert (verdicts(room), room.told(), room.case(number).state) == ([], [], "pending")
    assert room.releaser.release_due() == 1
    assert len(room.told()) == len(room.told("claim.adjudicated")) == 1
