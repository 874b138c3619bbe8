"""What was ruled, read back: doubled reviews with both their rulings, and gold cases with what was known.

Both are found from the small tables of gold cases and doubles, so a store with many cases answers as quickly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from serving.cases.quality.answers import verdict_of
from serving.cases.quality.tables import DOUBLE_CASE, GOLD_ANSWER, GOLD_CASE
from serving.cases.tables import CASE_STEP, REVIEW_CASE

# the latest that are read; more would narrow no interval that anybody acts on
MOST_DOUBLED: Final = 1_000
MOST_GOLD: Final = 1_000
MOST_TIMED: Final = 500  # gold cases of which it is looked up when they were taken


@dataclass(frozen=True, slots=True)
class DoubledReview:
    """A review and its double: who ruled what, and what learning takes that to have found."""

    claim_reason: str
    arm: str
    people: tuple[str, str]
    rulings: tuple[str, str]
    verdicts: tuple[str, str]


@dataclass(frozen=True, slots=True)
class GoldRuling:
    """A closed gold case. `found` may be undetermined; `taken_ms` is from the last time it was taken to the ruling."""

    person: str
    claim_reason: str
    arm: str
    known: str
    found: str
    taken_ms: int | None

    @property
    def is_right(self) -> bool:
        """Whether the finding is what was known; a finding of nothing isn't."""
        return self.found == self.known


def doubled_reviews(connection: sa.Connection, since_ms: int, until_ms: int | None = None) -> list[DoubledReview]:
    """Reviews whose doubles were opened since a moment, both closed with a ruling; the latest `MOST_DOUBLED`.

    `until_ms` leaves out those that were opened from then on.
    """
    review, double = REVIEW_CASE.alias("review"), REVIEW_CASE.alias("double")
    query = (
        sa.select(
            review.c.claim_reason,
            review.c.reasons_arm,
            review.c.ruled_by,
            review.c.ruling,
            double.c.ruled_by.label("second_by"),
            double.c.ruling.label("second"),
            double.c.state,
        )
        .select_from(DOUBLE_CASE)
        .join(review, review.c.number == DOUBLE_CASE.c.review_number)
        .join(double, double.c.number == DOUBLE_CASE.c.number)
        .where(DOUBLE_CASE.c.opened_at_ms >= since_ms, double.c.ruled_by.is_not(None))
        .order_by(DOUBLE_CASE.c.opened_at_ms.desc())
        .limit(MOST_DOUBLED)
    )
    if until_ms is not None:
        query = query.where(DOUBLE_CASE.c.opened_at_ms < until_ms)
    return [_doubled(row) for row in connection.execute(query) if row.state == "closed"]


def gold_rulings(
    connection: sa.Connection, since_ms: int, at_most: int = MOST_GOLD, until_ms: int | None = None
) -> list[GoldRuling]:
    """Gold cases that were opened since a moment and are closed with a ruling; the latest of them.

    Of the latest `MOST_TIMED` it is told how long they took. `until_ms` leaves out those that were opened from then on.
    """
    query = (
        sa.select(
            REVIEW_CASE.c.number,
            REVIEW_CASE.c.state,
            REVIEW_CASE.c.ruled_by,
            REVIEW_CASE.c.claim_reason,
            REVIEW_CASE.c.reasons_arm,
            REVIEW_CASE.c.ruling,
            REVIEW_CASE.c.ruled_at_ms,
            GOLD_ANSWER.c.verdict,
        )
        .select_from(GOLD_CASE)
        .join(REVIEW_CASE, REVIEW_CASE.c.number == GOLD_CASE.c.number)
        .join(GOLD_ANSWER, GOLD_ANSWER.c.claim_id == GOLD_CASE.c.claim_id)
        .where(GOLD_CASE.c.opened_at_ms >= since_ms, REVIEW_CASE.c.ruled_by.is_not(None))
        .order_by(GOLD_CASE.c.opened_at_ms.desc())
        .limit(at_most)
    )
    if until_ms is not None:
        query = query.where(GOLD_CASE.c.opened_at_ms < until_ms)
    # a condition on the state would lead a database to all closed cases first
    rows = [row for row in connection.execute(query) if row.state == "closed"]
    taken = _taken(connection, {row.number: row.ruled_at_ms for row in rows[:MOST_TIMED]})
    return [
        GoldRuling(
            person=row.ruled_by,
            claim_reason=row.claim_reason,
            arm=row.reasons_arm,
            known=row.verdict,
            found=verdict_of(json.loads(row.ruling)),
            taken_ms=None if row.number not in taken else row.ruled_at_ms - taken[row.number],
        )
        for row in rows
    ]


def _taken(connection: sa.Connection, ruled: Mapping[int, int]) -> dict[int, int]:
    """When each case was last taken before its ruling, by number."""
    # all steps of these cases are read, few as they are: a condition on the step would lead to an index over all cases
    step = CASE_STEP.c
    query = sa.select(step.case_number, step.step, step.at_ms).where(step.case_number.in_(list(ruled)))
    found: dict[int, int] = {}
    for number, name, at_ms in connection.execute(query):
        if name == "taken" and at_ms <= ruled[number]:
            found[number] = max(at_ms, found.get(number, at_ms))
    return found


def _doubled(row: sa.Row[*tuple[Any, ...]]) -> DoubledReview:
    first, second = json.loads(row.ruling), json.loads(row.second)
    return DoubledReview(
        claim_reason=row.claim_reason,
        arm=row.reasons_arm,
        people=(row.ruled_by, row.second_by),
        rulings=(first["ruling"], second["ruling"]),
        verdicts=(verdict_of(first), verdict_of(second)),
    )
