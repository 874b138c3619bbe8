"""Whose case it is: who may have it, and that only who has it acts on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from serving.cases.case import ReviewCase, find_case, steps_of_case
from serving.cases.priority import MS_PER_MINUTE
from serving.cases.stepping import CaseConflictError, take_step
from serving.cases.words import Lane, Role
from serving.policy import Policy

LANES_OF: Final[Mapping[Role, tuple[Lane, ...]]] = {
    "reviewer": ("anyone", "second"),
    "senior": ("anyone", "second", "senior"),
    "auditor": (),
    "administrator": (),
}


class UnknownCaseError(LookupError):
    """A case that isn't there."""

    def __init__(self, number: int) -> None:
        super().__init__(f"no case {number}; look it up in the queue")


class NotTheirsError(PermissionError):
    """Somebody acts on a case that they don't have."""

    def __init__(self, number: int, person: str) -> None:
        super().__init__(f"case {number}: {person} doesn't have it; take it from the queue first")


def known_case(connection: sa.Connection, number: int) -> ReviewCase:
    """The case of a number.

    Raises:
        UnknownCaseError: if there is none.
    """
    case = find_case(connection, number)
    if case is None:
        raise UnknownCaseError(number)
    return case


def may_have(case: ReviewCase, person: str, role: Role) -> bool:
    """Whether a case may be somebody's: its lane is open to them, and they haven't ruled on the claim before."""
    return case.lane in LANES_OF[role] and person not in case.not_for


def lease_until(policy: Policy, now_ms: int) -> int:
    """Until when a case stays with who takes it now, in milliseconds UTC."""
    return now_ms + policy.review.lease_minutes * MS_PER_MINUTE


def held_case(
    connection: sa.Connection, number: int, person: str, role: Role, *, version: int | None, now_ms: int, until_ms: int
) -> ReviewCase:
    """The case of a number, which this person has.

    Who was slow and lost the lease has it still as long as nobody else took it: then it is taken again here.

    Args:
        connection: of a transaction that writes.
        number: of the case.
        person: who acts on it.
        role: theirs.
        version: which the page was made from that they act by; None to act on the case as it stands.
        now_ms: the time.
        until_ms: how long they have it if it is taken again.

    Raises:
        UnknownCaseError: if there is no such case.
        NotTheirsError: if they don't have it, or may not.
        CaseConflictError: if it has changed since the page was made.
    """
    case = known_case(connection, number)
    if not may_have(case, person, role):
        raise NotTheirsError(number, person)
    if case.state == "assigned" and case.assigned_to == person:
        if version not in {None, case.version}:
            raise CaseConflictError(number)
        return case
    if not _only_lost_its_lease(connection, case, person, version):
        raise NotTheirsError(number, person)
    return take_step(connection, case, "taken", by=person, at_ms=now_ms, assigned_to=person, lease_until_ms=until_ms)


def _only_lost_its_lease(connection: sa.Connection, case: ReviewCase, person: str, version: int | None) -> bool:
    if case.state != "waiting" or version not in {None, case.version - 1}:
        return False
    steps = steps_of_case(connection, case.number)
    if steps[-1].step != "lease_ended":
        return False
    holder = next((step.by for step in reversed(steps) if step.step in {"taken", "undone"}), None)
    return holder == person
