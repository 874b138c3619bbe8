"""The desk at which people act on the cases that they have: look, rule, undo, ask for evidence, escalate.

Each act is one transaction and one step. Above an amount two people rule: what the first one gives is a proposal, and
the second one, who isn't shown it, rules too. Where both say the same it stands; where they don't, a senior rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from features.store import Store
from serving.cases.case import CaseStep, ReviewCase, steps_of_case
from serving.cases.given_ruling import GivenRuling, RulingProblemsError, agreed, is_same_decision, problems_of
from serving.cases.given_ruling import text_problem as problem_of_text
from serving.cases.holding import NotTheirsError, UnknownCaseError, held_case, known_case, lease_until
from serving.cases.priority import MS_PER_HOUR, takes_two
from serving.cases.stepping import open_cases, take_step
from serving.cases.words import BLIND_KINDS, Party, Role, Step
from serving.clock import now_ms as wall_ms
from serving.outbox.kinds import CLAIM_EVIDENCE_ASKED
from serving.outbox.rows import Note, note
from serving.outbox.tables import open_outbox
from serving.policy_watch import PolicySource

__all__ = ["NotTheirsError", "RulingDesk", "TooLateError", "UnknownCaseError", "proposal_of"]

UNDO_MS: Final = 60_000


class TooLateError(RuntimeError):
    """A ruling that can't be undone any more."""

    def __init__(self, number: int) -> None:
        super().__init__(f"case {number}: the ruling can't be undone any more; an appeal opens the claim again")


def proposal_of(steps: Sequence[CaseStep]) -> CaseStep | None:
    """The ruling that the first of two people gave, and that wasn't taken back; None where nobody has proposed one."""
    proposal: CaseStep | None = None
    for step in steps:
        if step.step == "proposed":
            proposal = step
        elif step.step == "undone" and step.lane == "anyone":
            proposal = None
    return proposal


class RulingDesk:
    """Takes what people do with the cases of one store.

    Args:
        store: the store, whose tables are made if they aren't there.
        policy: gives the policy in force: the amount that takes two, leases and limits.
        now_ms: the time of the console in milliseconds UTC.
    """

    def __init__(self, store: Store, policy: PolicySource, now_ms: Callable[[], int] = wall_ms) -> None:
        self.store, self._policy, self._now_ms = store, policy, now_ms
        open_cases(store)
        open_outbox(store)

    def rule(self, number: int, person: str, role: Role, given: GivenRuling, version: int | None = None) -> ReviewCase:
        """Rule on a claim; return the case as it stands then: pending, or waiting for a second person or a senior.

        Args:
            number: of the case.
            person: who rules, and has the case.
            role: theirs.
            given: the ruling.
            version: of the case, from the page that was filled in.

        Raises:
            RulingProblemsError: if the ruling lacks something.
            UnknownCaseError, NotTheirsError, CaseConflictError: as `held_case` does.
        """
        now, policy = self._now_ms(), self._policy()
        with self.store.writing() as connection:
            case = self._held(connection, number, person, role, version)
            problems = problems_of(given, case.amount_minor)
            if problems:
                raise RulingProblemsError(problems)
            proposal = proposal_of(steps_of_case(connection, number))
            # cases that only measure reviewers release nothing, so one person is enough
            is_for_two = case.kind not in BLIND_KINDS and takes_two(policy, case.amount_minor)
            step = _step_for(case, given, proposal, takes_two=is_for_two)
            changes = _changes_by(step, case, person, given, proposal)
            if "ruled_by" in changes:
                changes["ruled_at_ms"] = now
            detail = given.as_json() if proposal is None else {**given.as_json(), "proposed_by": proposal.by}
            return take_step(connection, case, step, by=person, at_ms=now, detail=detail, **changes)

    def undo(self, number: int, person: str) -> ReviewCase:
        """Take a ruling back within its minute, or a proposal as long as no second person has the case.

        Raises:
            UnknownCaseError: if there is no such case.
            NotTheirsError: if somebody else ruled.
            TooLateError: if the minute is over, or a second person has the case.
        """
        now = self._now_ms()
        with self.store.writing() as connection:
            case = known_case(connection, number)
            if case.ruled_by != person:
                raise NotTheirsError(number, person)
            is_proposed = case.standing == ("waiting", "second")
            if not is_proposed and (case.state != "pending" or now - (case.ruled_at_ms or 0) >= UNDO_MS):
                raise TooLateError(number)
            steps = steps_of_case(connection, number)
            lease: dict[str, Any] = {"assigned_to": person, "lease_until_ms": lease_until(self._policy(), now)}
            if is_proposed:
                return _take_proposal_back(connection, case, steps, person, now, lease)
            proposal = proposal_of(steps) if case.lane == "second" else None
            return take_step(connection, case, "undone", by=person, at_ms=now, **lease, **_standing_before(proposal))

    def look(self, number: int, person: str, role: Role) -> ReviewCase:
        """Note that somebody has had their first look, before the model's reasons are shown; a second one is none.

        Raises:
            UnknownCaseError, NotTheirsError: as `held_case` does.
        """
        with self.store.writing() as connection:
            case = self._held(connection, number, person, role, None)
            looks = [step for step in steps_of_case(connection, number) if step.step == "looked" and step.by == person]
            return case if looks else take_step(connection, case, "looked", by=person, at_ms=self._now_ms())

    def escalate(
        self, number: int, person: str, role: Role, reason: str | None = None, version: int | None = None
    ) -> ReviewCase:
        """Hand a case to a senior, with what they should know.

        Raises:
            UnknownCaseError, NotTheirsError, CaseConflictError: as `held_case` does.
            IllegalStepError: if a senior has it already.
        """
        with self.store.writing() as connection:
            case = self._held(connection, number, person, role, version)
            detail = {} if reason is None else {"note": reason}
            given_up: dict[str, Any] = {"assigned_to": None, "lease_until_ms": None}
            return take_step(connection, case, "escalated", by=person, at_ms=self._now_ms(), detail=detail, **given_up)

    def ask_for_evidence(
        self, number: int, person: str, role: Role, party: Party, text: str, version: int | None = None
    ) -> ReviewCase:
        """Ask a party for evidence: the platform is told, and the case waits until it is brought, or the limit is over.

        A case that measures reviewers waits too, but nobody is told: its claim was closed long ago.

        Raises:
            RulingProblemsError: if the text is too short or too long.
            UnknownCaseError, NotTheirsError, CaseConflictError: as `held_case` does.
        """
        problem = problem_of_text(text)
        if problem is not None:
            raise RulingProblemsError({"text": problem})
        now = self._now_ms()
        until_ms = now + self._policy().review.limit_hours * MS_PER_HOUR
        with self.store.writing() as connection:
            case = self._held(connection, number, person, role, version)
            asked = {"party": party, "text": text, "until_ms": until_ms}
            if case.kind not in BLIND_KINDS:
                told = json.dumps({"claim_id": case.claim_id, "case_number": number, **asked}, ensure_ascii=False)
                note(connection, [Note(case.claim_id, CLAIM_EVIDENCE_ASKED, now, told)])
            changes: dict[str, Any] = {"party": case.party or party, "assigned_to": None, "lease_until_ms": None}
            return take_step(connection, case, "evidence_asked", by=person, at_ms=now, detail=asked, **changes)

    def evidence_given(self, number: int, person: str, text: str | None = None) -> ReviewCase:
        """Note that what was asked for has come: the case waits for a person again.

        Raises:
            UnknownCaseError: if there is no such case.
            IllegalStepError: if nothing is asked for.
        """
        with self.store.writing() as connection:
            detail = {} if text is None else {"text": text}
            case = known_case(connection, number)
            return take_step(connection, case, "evidence_given", by=person, at_ms=self._now_ms(), detail=detail)

    def _held(self, connection: sa.Connection, number: int, person: str, role: Role, version: int | None) -> ReviewCase:
        now = self._now_ms()
        until_ms = lease_until(self._policy(), now)
        return held_case(connection, number, person, role, version=version, now_ms=now, until_ms=until_ms)


def _step_for(case: ReviewCase, given: GivenRuling, proposal: CaseStep | None, *, takes_two: bool) -> Step:
    if case.lane == "second" and proposal is not None:
        return "seconded" if is_same_decision(GivenRuling.from_json(proposal.detail), given) else "contested"
    return "proposed" if takes_two and proposal is None else "ruled"


def _changes_by(
    step: Step, case: ReviewCase, person: str, given: GivenRuling, proposal: CaseStep | None
) -> dict[str, Any]:
    """What a ruling's step sets beside the state."""
    free: dict[str, Any] = {"assigned_to": None, "lease_until_ms": None, "not_for": case.not_for | {person}}
    if step == "proposed":
        return {**free, "ruling": given.as_json(), "ruled_by": person}
    if step == "contested":
        return {**free, "ruling": None, "ruled_by": None, "ruled_at_ms": None}
    if step == "seconded" and proposal is not None:
        given = agreed(GivenRuling.from_json(proposal.detail), given)
    ruling = given.as_json() if proposal is None else {**given.as_json(), "proposed_by": proposal.by}
    return {"ruling": ruling, "ruled_by": person, "lease_until_ms": None}


def _standing_before(proposal: CaseStep | None) -> dict[str, Any]:
    """What a case says of its ruling once it is undone: the proposal still, where there was one."""
    if proposal is None:
        return {"ruling": None, "ruled_by": None, "ruled_at_ms": None}
    given = GivenRuling.from_json(proposal.detail).as_json()
    return {"ruling": given, "ruled_by": proposal.by, "ruled_at_ms": proposal.at_ms}


def _take_proposal_back(
    connection: sa.Connection,
    case: ReviewCase,
    steps: Sequence[CaseStep],
    person: str,
    now: int,
    lease: dict[str, Any],
) -> ReviewCase:
    """The case as it was before its proposal: in the lane of seniors, if it came from there."""
    gone = {**_standing_before(None), "not_for": case.not_for - {person}}
    undone = take_step(connection, case, "undone", by=person, at_ms=now, **lease, **gone)
    at = max(place for place, step in enumerate(steps) if step.step == "proposed")
    if steps[at - 1].lane != "senior":
        return undone
    free: dict[str, Any] = {"assigned_to": None, "lease_until_ms": None}
    again = take_step(connection, undone, "escalated", by=person, at_ms=now, **free)
    return take_step(connection, again, "taken", by=person, at_ms=now, **lease)
