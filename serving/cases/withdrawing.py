"""Cases that nobody has to work on any more, as somebody ruled by API meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from serving.cases.asked import ANSWERS_AUDIT, is_among, is_answered
from serving.cases.case import ReviewCase, case_of_row
from serving.cases.reading_on import Verdict
from serving.cases.stepping import take_step
from serving.cases.tables import IS_FIRST, REVIEW_CASE
from serving.cases.words import BLIND_KINDS, SYSTEM
from serving.ledger import DECISION

# How the verdicts are called that a case's release writes. It closes its own case; of other cases of the claim, such as
# the other party's appeal, each is ruled on for itself.
OWN_VERDICT: Final = "console-case-"
_IS_OPEN: Final = REVIEW_CASE.c.state != "closed"


def withdraw_answered(connection: sa.Connection, verdicts: Sequence[Verdict], now_ms: int) -> int:
    """Withdraw the cases that these verdicts answer; return how many.

    Args:
        connection: of a transaction that writes.
        verdicts: as the outbox told them.
        now_ms: the time.
    """
    if not verdicts:
        return 0
    of_claims = is_among(REVIEW_CASE.c.claim_id, sorted({each.claim_id for each in verdicts}), connection)
    query = sa.select(REVIEW_CASE).where(of_claims, _IS_OPEN, REVIEW_CASE.c.kind.not_in(BLIND_KINDS))
    # in one order in every process, so that two never wait for each other
    rows = connection.execute(query.order_by(REVIEW_CASE.c.number).with_for_update()).all()
    withdrawn = 0
    for case in map(case_of_row, rows):
        verdict = next((each for each in verdicts if _answers(each, case)), None)
        if verdict is not None:
            _withdraw(connection, case, now_ms, adjudication_id=verdict.adjudication_id)
            withdrawn += 1
    return withdrawn


def withdraw_ruled(connection: sa.Connection, now_ms: int) -> int:
    """Withdraw all reviews and audits that a ruling on record answers; return how many."""
    query = (
        sa.select(REVIEW_CASE)
        .join(DECISION, DECISION.c.claim_id == REVIEW_CASE.c.claim_id)
        .where(IS_FIRST, _IS_OPEN, is_answered())
        .order_by(REVIEW_CASE.c.number)
    )
    rows = connection.execute(query.with_for_update(of=REVIEW_CASE)).all()
    for case in map(case_of_row, rows):
        _withdraw(connection, case, now_ms)
    return len(rows)


def _answers(verdict: Verdict, case: ReviewCase) -> bool:
    if verdict.claim_id != case.claim_id or verdict.adjudication_id.startswith(OWN_VERDICT):
        return False
    match case.kind:
        case "review":
            return True
        case "audit":
            return verdict.source in ANSWERS_AUDIT
        case _:  # an appeal is against an earlier ruling
            return verdict.source == "appeal" and verdict.at_ms > case.opened_at_ms


def _withdraw(connection: sa.Connection, case: ReviewCase, now_ms: int, **detail: str) -> None:
    take_step(
        connection,
        case,
        "withdrawn",
        by=SYSTEM,
        at_ms=now_ms,
        detail=detail,
        assigned_to=None,
        lease_until_ms=None,
        closed_at_ms=now_ms,
    )
