"""Opens gold cases: the policy's share of the day's reviews, spread over the day, and known by nothing on their face.

How many are due follows from the day's reviews alone, so several processes may ask at once: each counts again under one
lock, and opens what is still lacking. Claims that people chose and claims that were drawn take turns, those first that
were given longest ago, honest and abusive ones alike.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Final

import sqlalchemy as sa

from features.spans import DAY_MS
from features.store import Store
from serving.cases.case import cases_of_claim
from serving.cases.priority import takes_two
from serving.cases.quality.again import draw, is_open, values_again
from serving.cases.quality.answers import add_gold, settled_before, settled_claims
from serving.cases.quality.tables import GOLD_ANSWER, GOLD_CASE, mark, set_mark
from serving.cases.stepping import open_case
from serving.cases.tables import CASE_STEP, REVIEW_CASE
from serving.cases.words import SYSTEM
from serving.policy import Policy

AT_ONCE: Final = 20  # cases opened in one go
POOL: Final = 200  # gold claims that are kept ready, as far as the past has them
REACH_DAYS: Final = 365  # how far back claims are drawn from
DRAW_EVERY_MS: Final = 600_000
AGAIN_EVERY_MS: Final = 60_000  # where every gold claim has an open case, it is looked again so often
_DRAWN: Final = "gold_drawn"
_NONE_LEFT: Final = "gold_none_left"
_RACED: Final = 100  # case numbers that may have been given before a case of the day before was committed


def open_gold_cases(store: Store, policy: Policy, now_ms: int) -> int:
    """Open the gold cases that are due, and return how many. Nothing is done twice by several at once."""
    if policy.review.gold_share == 0:
        return 0
    with store.reading() as connection:
        if _is_soon_after(mark(connection, _NONE_LEFT), now_ms, AGAIN_EVERY_MS):
            return 0
        due = gold_due(connection, policy, now_ms)
        wants_more = due > 0 and _may_draw(connection, now_ms)
    if due <= 0:
        return 0
    if wants_more:
        _fill_pool(store, policy, now_ms)
    with store.writing() as connection:
        store.lock(connection, ["quality:gold"])
        due = min(gold_due(connection, policy, now_ms), AT_ONCE)
        for opened in range(due):
            if not _open_one(connection, policy, now_ms):
                set_mark(connection, _NONE_LEFT, now_ms)
                return opened
    return due


def gold_due(connection: sa.Connection, policy: Policy, now_ms: int) -> int:
    """How many gold cases the day still lacks.

    A day's number is its reviews times the share, rounded up or down by a draw of the day, so that over many days the
    share comes out also where a day has few reviews.
    """
    day = dt.datetime.fromtimestamp(now_ms / 1000, policy.zone).date()
    start_ms = round(dt.datetime.combine(day, dt.time(), policy.zone).timestamp() * 1000)
    opened = (CASE_STEP.c.at_ms >= start_ms) & (CASE_STEP.c.step == "opened")
    first = connection.scalar(sa.select(CASE_STEP.c.case_number).where(opened).order_by(CASE_STEP.c.at_ms).limit(1))
    if first is None:
        return 0
    of_day = (REVIEW_CASE.c.number >= first - _RACED) & (REVIEW_CASE.c.opened_at_ms >= start_ms)
    kinds = sa.select(REVIEW_CASE.c.kind, sa.func.count()).where(of_day).group_by(REVIEW_CASE.c.kind)
    counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(kinds)}
    wanted = policy.review.gold_share * counts.get("review", 0) + draw(policy.audit.seed, f"gold:{day}")
    return max(0, math.floor(wanted + 1e-9) - counts.get("gold", 0))


def _open_one(connection: sa.Connection, policy: Policy, now_ms: int) -> bool:
    """Open a gold case of the claim whose turn it is; False where there is none."""
    for claim_id in _in_turn(connection, policy, now_ms):
        if is_open(cases_of_claim(connection, claim_id)):
            continue
        values = values_again(connection, claim_id, "gold", policy, now_ms)
        if values is None or takes_two(policy, values["amount_minor"]):
            continue
        case = open_case(connection, values, by=SYSTEM, at_ms=now_ms)
        connection.execute(sa.insert(GOLD_CASE).values(number=case.number, claim_id=claim_id, opened_at_ms=now_ms))
        given = {"given": GOLD_ANSWER.c.given + 1, "given_at_ms": now_ms}
        connection.execute(sa.update(GOLD_ANSWER).where(GOLD_ANSWER.c.claim_id == claim_id).values(given))
        return True
    return False


def _in_turn(connection: sa.Connection, policy: Policy, now_ms: int) -> list[str]:
    """Gold claims, those first that were given least often; among equals, honest and abusive ones by a draw."""
    query = (
        sa.select(GOLD_ANSWER.c.claim_id, GOLD_ANSWER.c.given)
        .where(GOLD_ANSWER.c.ended_at_ms.is_(None))
        .order_by(GOLD_ANSWER.c.given, GOLD_ANSWER.c.given_at_ms, GOLD_ANSWER.c.claim_id)
        .limit(POOL)
    )
    rows = connection.execute(query).all()
    drawn = sorted(rows, key=lambda row: (row.given, draw(policy.audit.seed, f"turn:{row.claim_id}:{now_ms}")))
    return [row.claim_id for row in drawn]


def _may_draw(connection: sa.Connection, now_ms: int) -> bool:
    """Whether the pool lacks claims and wasn't filled just now."""
    if _is_soon_after(mark(connection, _DRAWN), now_ms, DRAW_EVERY_MS):
        return False
    ready = sa.select(sa.func.count()).where(GOLD_ANSWER.c.ended_at_ms.is_(None))
    return (connection.scalar(ready) or 0) < POOL


def _is_soon_after(earlier_ms: int | None, now_ms: int, wait_ms: int) -> bool:
    return earlier_ms is not None and 0 <= now_ms - earlier_ms < wait_ms


def _fill_pool(store: Store, policy: Policy, now_ms: int) -> None:
    """Add settled claims of some random time of the past year, as many of either verdict as there is room for."""
    latest_ms = settled_before(now_ms)
    start_ms = latest_ms - round(draw(policy.audit.seed, f"pool:{now_ms}") * REACH_DAYS * DAY_MS)
    with store.reading() as connection:
        found = settled_claims(connection, now_ms=now_ms, before_ms=start_ms, reviewed=True)
        found += settled_claims(connection, now_ms=now_ms, before_ms=latest_ms, reviewed=True)
    with store.writing() as connection:
        store.lock(connection, ["quality:gold"])
        if not _may_draw(connection, now_ms):
            return
        set_mark(connection, _DRAWN, now_ms)
        kept = sa.select(GOLD_ANSWER.c.claim_id, GOLD_ANSWER.c.verdict, GOLD_ANSWER.c.ended_at_ms)
        rows = connection.execute(kept).all()
        known = {row.claim_id for row in rows}
        room = {
            verdict: POOL // 2 - sum(row.verdict == verdict and row.ended_at_ms is None for row in rows)
            for verdict in ("legitimate", "abusive")
        }
        for candidate in found:
            answer = candidate.answer
            if answer.claim_id not in known and room[answer.verdict] > 0:
                add_gold(connection, answer, by=SYSTEM, now_ms=now_ms)
                known.add(answer.claim_id)
                room[answer.verdict] -= 1
