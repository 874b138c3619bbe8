"""A case as it stands, and how it is found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from serving.cases.tables import CASE_STEP, REVIEW_CASE
from serving.cases.transitions import Standing
from serving.cases.words import BLIND_KINDS, CaseKind, CaseState, Lane, Party, ReasonsArm, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCase:
    """One row of `review_case`. Moments are milliseconds UTC, money is in minor units.

    Attributes:
        due_ms: its turn in the queue: who costs more by waiting is due earlier.
        not_for: who may not have it, as they ruled on the claim before.
        ruling: what was ruled or proposed, as `serving.cases` writes it.
    """

    number: int
    claim_id: str
    kind: CaseKind
    state: CaseState
    lane: Lane
    version: int
    opened_at_ms: int
    target_ms: int
    limit_ms: int
    due_ms: int
    waiting_cost_minor: float
    reasons_arm: ReasonsArm
    amount_minor: int
    claim_type: str
    claim_reason: str
    category_id: str | None = None
    cause: str | None = None
    assigned_to: str | None = None
    lease_until_ms: int | None = None
    not_for: frozenset[str] = frozenset()
    party: Party | None = None
    ruling: Mapping[str, Any] | None = None
    ruled_by: str | None = None
    ruled_at_ms: int | None = None
    closed_at_ms: int | None = None

    @property
    def standing(self) -> Standing:
        """Its state, and who may take it."""
        return Standing(self.state, self.lane)


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One row of `case_step`."""

    sequence: int
    case_number: int
    claim_id: str
    at_ms: int
    by: str
    step: Step
    state: CaseState
    lane: Lane
    detail: Mapping[str, Any]


def find_case(connection: sa.Connection, number: int) -> ReviewCase | None:
    """The case of a number, or None."""
    row = connection.execute(sa.select(REVIEW_CASE).where(REVIEW_CASE.c.number == number)).one_or_none()
    return None if row is None else case_of_row(row)


def cases_of_claim(connection: sa.Connection, claim_id: str) -> list[ReviewCase]:
    """All cases of a claim, the oldest first."""
    query = sa.select(REVIEW_CASE).where(REVIEW_CASE.c.claim_id == claim_id).order_by(REVIEW_CASE.c.number)
    return [case_of_row(row) for row in connection.execute(query)]


def numbers_of_claims(connection: sa.Connection, claim_ids: Iterable[str]) -> dict[str, int]:
    """The newest case of each claim that has one, but for those that measure how people rule."""
    cases = REVIEW_CASE.c
    newest = sa.select(cases.claim_id, sa.func.max(cases.number).label("number")).where(
        cases.claim_id.in_(list(claim_ids)), cases.kind.not_in(BLIND_KINDS)
    )
    return {row.claim_id: row.number for row in connection.execute(newest.group_by(cases.claim_id))}


def steps_of_case(connection: sa.Connection, number: int) -> list[CaseStep]:
    """What happened to a case, the oldest first."""
    query = sa.select(CASE_STEP).where(CASE_STEP.c.case_number == number).order_by(CASE_STEP.c.sequence)
    return [CaseStep(**{**row._mapping, "detail": json.loads(row.detail)}) for row in connection.execute(query)]  # noqa: SLF001 - public


def case_of_row(row: sa.Row[Any]) -> ReviewCase:
    """A whole row of `review_case` as a case."""
    values = dict(row._mapping)  # noqa: SLF001 - public: a row as a mapping
    ruling = None if values["ruling"] is None else json.loads(values["ruling"])
    return ReviewCase(**{**values, "not_for": frozenset(values["not_for"].split()), "ruling": ruling})
