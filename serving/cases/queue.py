"""The queue as people see it: who waits how long and who has what, page by page in the order of turns; and its counts.

A gold case and a double look like a review to everybody who may be given one: who knew would look more closely.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

import sqlalchemy as sa

from serving.cases.case import ReviewCase, case_of_row
from serving.cases.priority import MS_PER_HOUR
from serving.cases.tables import IN_QUEUE, REVIEW_CASE
from serving.cases.tally import read_tally
from serving.cases.words import BLIND_KINDS, CASE_KINDS, CaseKind, CaseState, Lane, Role

PAGE_CASES: Final = 50
Whose: TypeAlias = Literal["anybody", "mine", "nobody"]

_PLACE: Final = re.compile(r"(-?[0-9]{1,18})-([1-9][0-9]{0,17})")
_TURN: Final = (REVIEW_CASE.c.due_ms, REVIEW_CASE.c.number)


class Worker(Protocol):
    """Who works on cases."""

    @property
    def name(self) -> str:
        """As they sign in."""

    @property
    def role(self) -> Role:
        """What they may."""


class Turn(NamedTuple):
    """A place in the queue."""

    due_ms: int
    number: int

    @classmethod
    def of_text(cls, text: str) -> Turn | None:
        """The turn that `str` wrote; None for any other text.

        >>> Turn.of_text(str(Turn(1735689600000, 7)))
        Turn(due_ms=1735689600000, number=7)
        """
        found = _PLACE.fullmatch(text)
        return None if found is None else cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        """As an address has it."""
        return f"{self.due_ms}-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which cases are asked for; None for all.

    Attributes:
        kind: as it is shown: a review stands for the blind ones, too, to whom they are shown as such.
        reason: the claim's.
        whose: cases of anybody, one's own, or those that nobody has.
        late: only those whose target has passed.
    """

    kind: CaseKind | None = None
    reason: str | None = None
    whose: Whose = "anybody"
    late: bool = False
    lane: Lane | None = None

    def conditions(self, who: Worker, now_ms: int) -> list[sa.ColumnElement[bool]]:
        """What rows must fulfil, all of it to be found in the queue's index."""
        found: list[sa.ColumnElement[bool]] = []
        if who.role != "auditor":
            # one that measures is for nobody who worked on its claim: shown without a way to take it, it would be known
            found.append(~(REVIEW_CASE.c.kind.in_(sorted(BLIND_KINDS)) & is_not_for(who.name)))
        if self.kind is not None:
            found.append(REVIEW_CASE.c.kind.in_(kinds_shown_as(self.kind, who.role)))
        if self.reason is not None:
            found.append(REVIEW_CASE.c.claim_reason == self.reason)
        if self.lane is not None:
            found.append(REVIEW_CASE.c.lane == self.lane)
        if self.late:
            found.append(REVIEW_CASE.c.target_ms <= now_ms)
        if self.whose == "mine":
            found.append(REVIEW_CASE.c.assigned_to == who.name)
        elif self.whose == "nobody":
            found.append(REVIEW_CASE.c.state == "waiting")
        return found


EVERYTHING: Final = QueueFilter()


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Cases in the order of their turns, and the turn after which the next page begins; None on the last one."""

    cases: tuple[ReviewCase, ...]
    after: Turn | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many cases are open. The clocks are those of waiting and assigned ones.

    Attributes:
        states: by state.
        kinds: of the waiting and assigned ones, by kind as it is shown.
        late: how many are past their target.
        soon: how many reach it soon.
    """

    states: Mapping[CaseState, int] = field(default_factory=dict)
    kinds: Mapping[CaseKind, int] = field(default_factory=dict)
    late: int = 0
    soon: int = 0


def is_not_for(name: str) -> sa.ColumnElement[bool]:
    """Whether somebody is among those who may not have a case."""
    # not LIKE, to which some names are patterns
    return sa.func.replace(REVIEW_CASE.c.not_for, f" {name} ", "") != REVIEW_CASE.c.not_for


def shown_kind(kind: CaseKind, role: Role) -> CaseKind:
    """What a case is called to somebody of a role. Only an auditor, who rules on nothing, knows the blind ones.

    >>> shown_kind("gold", "reviewer"), shown_kind("gold", "auditor")
    ('review', 'gold')
    """
    return "review" if kind in BLIND_KINDS and role != "auditor" else kind


def kinds_known(role: Role) -> tuple[CaseKind, ...]:
    """The kinds that there are, to somebody of a role."""
    return tuple(kind for kind in CASE_KINDS if shown_kind(kind, role) == kind)


def kinds_shown_as(kind: CaseKind, role: Role) -> tuple[CaseKind, ...]:
    """All kinds that are called so to somebody of a role."""
    return tuple(each for each in CASE_KINDS if shown_kind(each, role) == kind)


def read_queue(
    connection: sa.Connection,
    who: Worker,
    now_ms: int,
    wanted: QueueFilter = EVERYTHING,
    after: Turn | None = None,
    most: int = PAGE_CASES,
) -> QueuePage:
    """Waiting and assigned cases in the order of their turns, from behind a turn on."""
    query = sa.select(REVIEW_CASE).where(IN_QUEUE, *wanted.conditions(who, now_ms)).order_by(*_TURN).limit(most + 1)
    if after is not None:
        query = query.where(sa.tuple_(*_TURN) > sa.tuple_(*after))
    cases = tuple(case_of_row(row) for row in connection.execute(query))
    return QueuePage(cases[:most], Turn(cases[most - 1].due_ms, cases[most - 1].number) if len(cases) > most else None)


def count_queue(connection: sa.Connection, role: Role, now_ms: int, soon_ms: int) -> QueueCounts:
    """How many cases are open, as somebody of a role may know it; `soon_ms` is how far ahead "soon" reaches."""
    hour = now_ms // MS_PER_HOUR
    states: Counter[CaseState] = Counter()
    kinds: Counter[CaseKind] = Counter()
    late = 0
    for (state, kind), (count, late_before) in read_tally(connection, hour).items():
        states[state] += count
        if state in {"waiting", "assigned"}:
            kinds[shown_kind(kind, role)] += count
            late += late_before
    late += _count_targets(connection, hour * MS_PER_HOUR, now_ms)
    return QueueCounts(states, kinds, late, _count_targets(connection, now_ms + 1, now_ms + soon_ms))


def _count_targets(connection: sa.Connection, first_ms: int, last_ms: int) -> int:
    """How many waiting and assigned cases have their target between two moments, both of them included."""
    query = sa.select(sa.func.count()).select_from(REVIEW_CASE)
    return connection.scalar(query.where(IN_QUEUE, REVIEW_CASE.c.target_ms.between(first_ms, last_ms))) or 0
