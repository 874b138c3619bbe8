"""Opens doubles: some closed reviews are given to a second person, who isn't told that there was a first.

Which ones is a keyed hash of the claim, decided when the review closes, so nobody can foresee it while ruling. A double
shows its reasons as the review did: then two people differ by who they are, and agreement can be told arm by arm.
Claims whose amount takes two people anyway are left out, and reviews for which a party was asked for evidence: what it
brought is on that review alone, so the second person would rule on less.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.store import Store
from serving.cases.case import ReviewCase, case_of_row, cases_of_claim, steps_of_case
from serving.cases.priority import takes_two
from serving.cases.quality.again import draw, is_open, values_again
from serving.cases.quality.tables import DOUBLE_CASE, mark, set_mark
from serving.cases.stepping import open_case
from serving.cases.tables import REVIEW_CASE
from serving.cases.words import SYSTEM
from serving.policy import Policy

AT_ONCE: Final = 500  # closed reviews looked at in one go
OVERLAP_MS: Final = 300_000  # a case that closed before another one may be committed after it
_MARK: Final = "doubles"


def open_doubles(store: Store, policy: Policy, now_ms: int) -> int:
    """Open doubles of reviews that have closed since the last time, and return how many.

    The first time, it begins with what closes from then on. Nothing is done twice by several at once.
    """
    with store.reading() as connection:
        done = mark(connection, _MARK)
        if done is not None and not _closed_since(connection, done, limit=1):
            return 0
    with store.writing() as connection:
        store.lock(connection, ["quality:doubles"])
        done = mark(connection, _MARK)
        if done is None:
            set_mark(connection, _MARK, now_ms)
            return 0
        closed = _closed_since(connection, done, limit=AT_ONCE)
        if not closed:
            return 0
        again = _closed_between(connection, done - OVERLAP_MS, done)
        set_mark(connection, _MARK, closed[-1].closed_at_ms or done)
        return sum(_open_one(connection, policy, review, now_ms) for review in (*again, *closed))


def is_doubled(policy: Policy, claim_id: str) -> bool:
    """Whether a claim's review, once closed, is given to a second person."""
    return draw(policy.audit.seed, f"double:{claim_id}") < policy.review.double_share


def _open_one(connection: sa.Connection, policy: Policy, review: ReviewCase, now_ms: int) -> bool:
    if review.ruled_by is None or not is_doubled(policy, review.claim_id):
        return False
    if takes_two(policy, review.amount_minor):
        return False
    there = sa.select(DOUBLE_CASE.c.number).where(DOUBLE_CASE.c.review_number == review.number)
    if connection.scalar(there) is not None or is_open(cases_of_claim(connection, review.claim_id)):
        return False
    if any(step.step == "evidence_asked" for step in steps_of_case(connection, review.number)):
        return False
    values = values_again(connection, review.claim_id, "double", policy, now_ms, review.reasons_arm)
    if values is None:
        return False
    case = open_case(connection, values, by=SYSTEM, at_ms=now_ms)
    row = {"review_number": review.number, "number": case.number, "opened_at_ms": now_ms}
    connection.execute(sa.insert(DOUBLE_CASE).values(row))
    return True


def _closed_since(connection: sa.Connection, after_ms: int, limit: int) -> list[ReviewCase]:
    return _reviews(connection, REVIEW_CASE.c.closed_at_ms > after_ms, limit)


def _closed_between(connection: sa.Connection, after_ms: int, until_ms: int) -> list[ReviewCase]:
    within = (REVIEW_CASE.c.closed_at_ms > after_ms) & (REVIEW_CASE.c.closed_at_ms <= until_ms)
    return _reviews(connection, within, 10 * AT_ONCE)


def _reviews(connection: sa.Connection, when: sa.ColumnElement[bool], limit: int) -> list[ReviewCase]:
    query = sa.select(REVIEW_CASE).where(when, REVIEW_CASE.c.kind == "review")
    rows = connection.execute(query.order_by(REVIEW_CASE.c.closed_at_ms, REVIEW_CASE.c.number).limit(limit))
    return [case_of_row(row) for row in rows]
