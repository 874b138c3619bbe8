"""Whatever people do in whatever order: money moves once, never by one person above the amount, undone in time only."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from features.plan import default_plan
from features.store import Store
from serving.cases.case import steps_of_case
from serving.cases.given_ruling import GivenRuling
from serving.cases.holding import NotTheirsError, may_have
from serving.cases.ruling import UNDO_MS, TooLateError
from serving.cases.stepping import CaseConflictError, take_step
from serving.cases.transitions import IllegalStepError
from tests.contract.ruling_room import APPROVE, DENY, LARGE_MINOR, Room

REFUSED = (NotTheirsError, TooLateError, CaseConflictError, IllegalStepError)
PEOPLE = {"ann": "reviewer", "bob": "reviewer", "eve": "senior", "sue": "senior"}
GIVEN = (APPROVE, DENY, GivenRuling(ruling="partly_approve", refund_minor=7))
people = st.sampled_from(sorted(PEOPLE))

pytestmark = pytest.mark.slow


class Ruling(RuleBasedStateMachine):
    """Four people and one case of a large or a small claim."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        for file in self.template.parent.glob("room.db*"):
            shutil.copy(file, Path(self.folder.name) / file.name)
        self.store = Store.open(f"sqlite:///{self.folder.name}/room.db", default_plan())
        self.room = Room(self.store)
        self.number = 0

    @initialize(large=st.booleans(), kind=st.sampled_from(["review", "audit", "appeal", "gold"]))
    def begin(self, large: bool, kind: str) -> None:
        """A case is opened."""
        self.large, self.kind = large, kind
        self.number = self.room.open(
            person=None, kind=kind, amount_minor=LARGE_MINOR if large else 5_900, party="buyer"
        ).number

    @rule(first=people, given=st.sampled_from(GIVEN))
    def next_person_rules(self, first: str, given: GivenRuling) -> None:
        """Somebody to whom the case is open takes it, and who has it rules."""
        case = self.room.case(self.number)
        for person in [first, *sorted(PEOPLE)]:
            if case.state == "waiting" and may_have(case, person, PEOPLE[person]):
                case = self.room.take(self.number, person)
        self._try(self.room.desk.rule, case.assigned_to or first, given)

    @rule(person=people, act=st.sampled_from(["rule", "undo", "escalate"]), given=st.sampled_from(GIVEN))
    def anybody_acts(self, person: str, act: str, given: GivenRuling) -> None:
        """Somebody does something, whether or not they may."""
        self._act(person, act, given)

    @rule(act=st.sampled_from(["undo", "undo", "escalate", "lease_ended"]))
    def holder_steps_back(self, act: str) -> None:
        """Who ruled undoes it, or who has the case leaves it."""
        case = self.room.case(self.number)
        if act == "lease_ended" and case.state == "assigned":
            with self.store.writing() as connection:
                take_step(connection, case, "lease_ended", by="clearclaim", at_ms=self.room.now_ms, assigned_to=None)
        elif act != "lease_ended":
            self._act((case.ruled_by if act == "undo" else case.assigned_to) or "ann", act, APPROVE)

    @rule(ms=st.sampled_from([UNDO_MS, UNDO_MS - 1, 1]), keeper=st.booleans())
    def time_passes(self, ms: int, keeper: bool) -> None:
        """And the keeper comes by, or is late."""
        before = self.room.case(self.number)
        self.room.now_ms += ms
        if keeper:
            self.room.releaser.release_due()
        if before.state == "pending" and self.room.now_ms - before.ruled_at_ms < UNDO_MS:
            assert self.room.case(self.number).state == "pending"

    def _act(self, person: str, act: str, given: GivenRuling) -> None:
        before = self.room.case(self.number)
        if act == "rule":
            self._try(self.room.desk.rule, person, given)
        elif act == "escalate":
            self._try(self.room.desk.escalate, person)
        else:
            try:
                self.room.desk.undo(self.number, person)
            except REFUSED:
                return
            assert before.ruled_by == person
            assert before.state == "waiting" or self.room.now_ms - before.ruled_at_ms < UNDO_MS

    def _try(self, act: Callable[..., object], person: str, *given: GivenRuling) -> None:
        with contextlib.suppress(*REFUSED):
            act(self.number, person, PEOPLE[person], *given)

    @invariant()
    def money_moves_once_and_rightly(self) -> None:
        """What is told is what the steps say, and large claims had two people."""
        if not self.number:
            return
        told = self.room.told()
        with self.store.reading() as connection:
            steps = steps_of_case(connection, self.number)
        released = [step for step in steps if step.step == "released"]
        assert len(told) == (len(released) if self.kind != "gold" else 0) <= 1
        if not told:
            return
        gave = [step.by for step in steps if step.step in {"proposed", "ruled", "seconded", "contested"}]
        assert told[0].get("refund_minor") is None or self.kind != "audit"
        assert len(set(gave)) >= 2 or not self.large
        assert told[0]["two_people"] or not self.large

    def teardown(self) -> None:
        """The case ends with the test."""
        self.store.close()
        self.folder.cleanup()


def test_any_order_of_acts_moves_money_once_and_rightly(room_as_made: Path) -> None:
    """Four people take, rule, undo and hand on a case, and time passes, in orders that nobody would think of."""
    Ruling.template = room_as_made
    run_state_machine_as_test(
        Ruling,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
