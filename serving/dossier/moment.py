"""As of when a case is shown, and what of it is kept from whom.

A gold case and a double measure who rules on them, so they show what could be known when the first ruling was made and
nothing that tells of it. The past is shown as if it went on now: a gold case as the decision knew it, a double as the
review was when it was as old as the double is now. And since they never show what became of them, a review doesn't
either to who ruled on it: it stays as it was then. Reasons are kept back by the case's arm, and with them all that the
model's probability can be read from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import sqlalchemy as sa

from features.events import EventKind
from features.store.schema import EVENT
from serving.cases.case import CaseStep, ReviewCase, cases_of_claim
from serving.cases.ruling import proposal_of
from serving.cases.words import BLIND_KINDS, CaseKind, Role, Step
from serving.ledger import find_decision

RULES_ON_IT: Final[frozenset[Step]] = frozenset({"proposed", "ruled", "seconded", "contested", "escalated"})
_WORKS_ON_IT: Final[frozenset[Step]] = RULES_ON_IT | {"evidence_asked"}


@dataclass(frozen=True, slots=True)
class View:
    """How a case is shown to somebody.

    Attributes:
        as_of_ms: nothing that was known at this moment or later is shown; milliseconds UTC.
        model: whether reasons, costs and all else that the model's probability can be read from are shown.
        rulings: whether what was ruled on the claim before is shown.
        others: whether what others did with this case is shown; else only what parties were asked and brought.
        asks_for_a_look: whether the reasons wait for a first look.
        shift_ms: how much later all of the claim is shown than it was: a past claim has the look of a new one.
        kind: what the case is called; that it is a gold case or a double is for nobody who might still rule.
    """

    as_of_ms: int
    model: bool
    rulings: bool
    others: bool
    asks_for_a_look: bool
    kind: CaseKind
    shift_ms: int = 0


def view_of(
    connection: sa.Connection, case: ReviewCase, steps: Sequence[CaseStep], name: str, role: Role, now_ms: int
) -> View:
    """How a case is shown to a person.

    Args:
        connection: to a store with a ledger.
        case: the case.
        steps: all of its steps.
        name: of the person.
        role: of the person.
        now_ms: the moment of the visit.
    """
    oversees = role == "auditor" or (role == "senior" and case.state == "closed" and not _had(case, steps, name))
    blind = case.kind in BLIND_KINDS and not oversees
    second = case.lane == "second" and case.state != "closed" and role != "auditor" and not _knows(case, steps, name)
    looked = any(step.step == "looked" and step.by == name for step in steps)
    shows = oversees or case.reasons_arm == "first" or (case.reasons_arm == "after_look" and looked)
    is_over = case.kind == "review" and case.state == "closed" and not oversees
    at_ms = now_ms
    if (blind or is_over) and case.state in {"pending", "closed"} and case.ruled_at_ms is not None:
        at_ms = min(now_ms, case.ruled_at_ms)
    past = _past(connection, case, at_ms) if blind else _Past(at_ms, 0)
    return View(
        as_of_ms=past.as_of_ms,
        model=shows,
        rulings=not (blind or is_over),
        others=not second,
        asks_for_a_look=not shows and case.reasons_arm == "after_look",
        kind="review" if blind else case.kind,
        shift_ms=past.shift_ms,
    )


def may_read(case: ReviewCase, steps: Sequence[CaseStep], name: str, role: Role) -> bool:
    """Whether a person may read a case: seniors and auditors any, a reviewer one that they hold or have worked on."""
    if role in {"senior", "auditor"}:
        return True
    return role == "reviewer" and (name in {case.assigned_to, case.ruled_by} or _took(_WORKS_ON_IT, steps, name))


def _had(case: ReviewCase, steps: Sequence[CaseStep], name: str) -> bool:
    """Whether somebody has worked on a case, or has it."""
    return name in {case.assigned_to, case.ruled_by} or any(step.by == name for step in steps)


def _knows(case: ReviewCase, steps: Sequence[CaseStep], name: str) -> bool:
    """Whether somebody gave the ruling that a second person mustn't see, or has just ruled as the second one."""
    proposal = proposal_of(steps)
    return (proposal is not None and proposal.by == name) or (case.state == "pending" and case.ruled_by == name)


def _took(which: frozenset[Step], steps: Sequence[CaseStep], name: str) -> bool:
    return any(step.by == name and step.step in which for step in steps)


class _Past(NamedTuple):
    """Up to when a past claim is shown, and how much later all of it is said to have been."""

    as_of_ms: int
    shift_ms: int


def _past(connection: sa.Connection, case: ReviewCase, at_ms: int) -> _Past:
    """Never after the claim's first verdict. A claim looks as old as the one of any review that was opened then."""
    verdict = _first_known(connection, case.claim_id, EventKind.CLAIM_ADJUDICATED)
    decided = _decided(connection, case.claim_id)
    reviews = (each.opened_at_ms for each in cases_of_claim(connection, case.claim_id) if each.kind == "review")
    began = next(reviews, decided)
    if began is None:
        return _Past(at_ms if verdict is None else min(at_ms, verdict), 0)
    seen = began + max(0, at_ms - case.opened_at_ms) if case.kind == "double" or decided is None else decided
    moments = [seen + 1, *(() if verdict is None else (verdict,))]
    return _Past(min([at_ms, *moments]), max(0, case.opened_at_ms - began))


def decision_moment(connection: sa.Connection, claim_id: str, now_ms: int) -> int:
    """As of when a past claim is shown to who mustn't learn what became of it: as its decision knew it, or filing did.

    Args:
        connection: to a store with a ledger.
        claim_id: whose.
        now_ms: the moment of the visit; nothing later is shown.
    """
    decided = _decided(connection, claim_id)
    verdict = _first_known(connection, claim_id, EventKind.CLAIM_ADJUDICATED)
    moments = [moment for moment in (None if decided is None else decided + 1, verdict) if moment is not None]
    return min([now_ms, *moments])


def _decided(connection: sa.Connection, claim_id: str) -> int | None:
    """When the claim was decided; of one in an imported history that nobody decided, when it was filed."""
    decided = _first_known(connection, claim_id, EventKind.CLAIM_DECIDED)
    if decided is None:
        entry = find_decision(connection, claim_id)
        decided = None if entry is None else entry.decided_at_ms
    return _first_known(connection, claim_id, EventKind.CLAIM_FILED) if decided is None else decided


def _first_known(connection: sa.Connection, claim_id: str, kind: EventKind) -> int | None:
    known = sa.select(sa.func.min(EVENT.c.known_at_ms))
    moment: int | None = connection.scalar(known.where(EVENT.c.claim_id == claim_id, EVENT.c.kind == kind))
    return moment
