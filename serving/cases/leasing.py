"""Who has which case: taken under a lease, given back, and returned to the queue when its holder is gone.

A person has one case at a time: "next case" leads back to it, so that a second press takes nothing from others, and a
case is ruled on or given back before another one is begun. Only a ruling that was undone comes back beside it: to
refuse that would leave a wrong ruling standing.

Two people never get the same case. SQLite has one writer at a time; on PostgreSQL who looks for a case passes over
those that somebody else is just taking. Either way a case is taken by a step on the version that was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from features.store import Store
from serving.cases.case import ReviewCase, case_of_row
from serving.cases.holding import LANES_OF, lease_until, may_have
from serving.cases.priority import MS_PER_MINUTE
from serving.cases.queue import EVERYTHING, QueueFilter, Worker, is_not_for
from serving.cases.stepping import take_step
from serving.cases.tables import CASE_STEP, IN_QUEUE, REVIEW_CASE
from serving.cases.words import SYSTEM
from serving.policy import Policy

ENDED_AT_ONCE: Final = 100  # leases in one transaction
_PEOPLE_KEY: Final = 0x63617365  # of the advisory locks under which a person takes cases
_RENEWED_SHARE: Final = 0.75  # a lease with more left than that isn't written again

Refusal: TypeAlias = Literal["unknown", "not_for_you", "not_free", "taken", "holds_another", "not_yours"]
_SAID: Final[Mapping[Refusal, str]] = {
    "unknown": "there is no such case",
    "not_for_you": "it is for somebody else; take another one",
    "not_free": "nobody can take it now: it waits for evidence, or was ruled on",
    "taken": "somebody else has it; take another one",
    "holds_another": "this one is yours already; rule on it or give it back first",
    "not_yours": "you don't have it any more; take it again",
}


class LeaseRefusedError(RuntimeError):
    """A case that somebody can't take or give back: `why` says it in a word, `number` names the case that is meant."""

    def __init__(self, number: int, why: Refusal) -> None:
        super().__init__(f"case {number}: {_SAID[why]}")
        self.number, self.why = number, why


def next_case(
    connection: sa.Connection, who: Worker, policy: Policy, now_ms: int, wanted: QueueFilter = EVERYTHING
) -> ReviewCase | None:
    """The case that somebody has, or else the most urgent one that they may have, which is theirs from now on.

    What they gave back themselves comes last, or "next case" would bring it at once.

    Args:
        connection: of a transaction that writes.
        who: the person.
        policy: the policy in force.
        now_ms: the time.
        wanted: which cases; whose they are doesn't count.
    """
    _lock_person(connection, who)
    held = held_cases(connection, who.name)
    if held:
        return _renewed(connection, held[0], policy, now_ms)
    free = replace(wanted, whose="nobody").conditions(who, now_ms)
    for gave_back in (~_gave_back(who.name), sa.true()):
        query = sa.select(REVIEW_CASE).where(IN_QUEUE, *free, _may_have(who), gave_back)
        first = query.order_by(REVIEW_CASE.c.due_ms, REVIEW_CASE.c.number).limit(1).with_for_update(skip_locked=True)
        row = connection.execute(first).one_or_none()
        if row is not None:
            return _take(connection, case_of_row(row), who.name, policy, now_ms)
    return None


def take_case(connection: sa.Connection, who: Worker, number: int, policy: Policy, now_ms: int) -> ReviewCase:
    """A case by its number; one that somebody else has, once their lease is over.

    Raises:
        LeaseRefusedError: if they can't have it.
    """
    _lock_person(connection, who)
    case = _locked(connection, number)
    if case.state == "assigned" and case.assigned_to == who.name:
        return _renewed(connection, case, policy, now_ms)
    if not may_have(case, who.name, who.role):
        raise LeaseRefusedError(number, "not_for_you")
    if not is_free(case, now_ms):
        raise LeaseRefusedError(number, "taken" if case.state == "assigned" else "not_free")
    held = held_cases(connection, who.name)
    if held:
        raise LeaseRefusedError(held[0].number, "holds_another")
    if case.state == "assigned":
        case = _end_lease(connection, case, now_ms)
    return _take(connection, case, who.name, policy, now_ms)


def give_back(connection: sa.Connection, who: Worker, number: int, now_ms: int) -> ReviewCase:
    """A case of one's own that somebody else is to take.

    Raises:
        LeaseRefusedError: if they don't have it.
    """
    case = _locked(connection, number)
    if case.state != "assigned" or case.assigned_to != who.name:
        raise LeaseRefusedError(number, "not_yours")
    return take_step(connection, case, "given_back", by=who.name, at_ms=now_ms, assigned_to=None, lease_until_ms=None)


def renew_lease(store: Store, case: ReviewCase, who: Worker, policy: Policy, now_ms: int) -> bool:
    """A sign of life of a case's holder: its lease runs anew; return whether they have the case.

    Called on each view and form of the case, so it writes only once a quarter of the lease is over.
    """
    if case.state != "assigned" or case.assigned_to != who.name:
        return False
    if (case.lease_until_ms or 0) - now_ms > _RENEWED_SHARE * policy.review.lease_minutes * MS_PER_MINUTE:
        return True
    with store.writing() as connection:
        return _renew(connection, case.number, who.name, policy, now_ms)


def held_cases(connection: sa.Connection, name: str) -> list[ReviewCase]:
    """The cases that somebody has, in the order of their turns."""
    has = (REVIEW_CASE.c.assigned_to == name) & (REVIEW_CASE.c.state == "assigned")
    query = sa.select(REVIEW_CASE).where(has).order_by(REVIEW_CASE.c.due_ms, REVIEW_CASE.c.number)
    return [case_of_row(row) for row in connection.execute(query)]


def end_leases(store: Store, now_ms: int) -> int:
    """Return to the queue what was left; return how many cases. Several may do so at once."""
    ended = 0
    with store.reading() as connection:
        if connection.scalar(sa.select(REVIEW_CASE.c.number).where(*_over(now_ms)).limit(1)) is None:
            return 0
    while True:
        with store.writing() as connection:
            query = sa.select(REVIEW_CASE).where(*_over(now_ms)).order_by(REVIEW_CASE.c.number).limit(ENDED_AT_ONCE)
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            for row in rows:
                _end_lease(connection, case_of_row(row), now_ms)
        ended += len(rows)
        if len(rows) < ENDED_AT_ONCE:
            return ended


def is_free(case: ReviewCase, now_ms: int) -> bool:
    """Whether nobody has a case, or whoever has it has left it."""
    is_left = case.lease_until_ms is not None and case.lease_until_ms <= now_ms
    return case.state == "waiting" or (case.state == "assigned" and is_left)


def _over(now_ms: int) -> list[sa.ColumnElement[bool] | sa.TextClause]:
    return [IN_QUEUE, REVIEW_CASE.c.state == "assigned", REVIEW_CASE.c.lease_until_ms <= now_ms]


def _may_have(who: Worker) -> sa.ColumnElement[bool]:
    return REVIEW_CASE.c.lane.in_(LANES_OF[who.role]) & ~is_not_for(who.name)


def _gave_back(name: str) -> sa.ColumnElement[bool]:
    step = CASE_STEP.c
    return sa.exists().where(step.case_number == REVIEW_CASE.c.number, step.step == "given_back", step.by == name)


def _lock_person(connection: sa.Connection, who: Worker) -> None:
    """Let nobody take a second case by asking twice at once."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_PEOPLE_KEY, sa.func.hashtext(who.name))))


def _locked(connection: sa.Connection, number: int) -> ReviewCase:
    query = sa.select(REVIEW_CASE).where(REVIEW_CASE.c.number == number).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise LeaseRefusedError(number, "unknown")
    return case_of_row(row)


def _take(connection: sa.Connection, case: ReviewCase, name: str, policy: Policy, now_ms: int) -> ReviewCase:
    until_ms = lease_until(policy, now_ms)
    return take_step(connection, case, "taken", by=name, at_ms=now_ms, assigned_to=name, lease_until_ms=until_ms)


def _end_lease(connection: sa.Connection, case: ReviewCase, now_ms: int) -> ReviewCase:
    detail = {"assigned_to": case.assigned_to}
    left = {"assigned_to": None, "lease_until_ms": None}
    return take_step(connection, case, "lease_ended", by=SYSTEM, at_ms=now_ms, detail=detail, **left)


def _renewed(connection: sa.Connection, case: ReviewCase, policy: Policy, now_ms: int) -> ReviewCase:
    _renew(connection, case.number, case.assigned_to or "", policy, now_ms)
    return replace(case, lease_until_ms=lease_until(policy, now_ms))


def _renew(connection: sa.Connection, number: int, name: str, policy: Policy, now_ms: int) -> bool:
    # no step: it changes nothing of how the case stands, so a form that was shown before it can still be sent
    is_held = (REVIEW_CASE.c.number == number) & (REVIEW_CASE.c.assigned_to == name)
    has = sa.update(REVIEW_CASE).where(is_held, REVIEW_CASE.c.state == "assigned")
    return connection.execute(has.values(lease_until_ms=lease_until(policy, now_ms))).rowcount == 1
