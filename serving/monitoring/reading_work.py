"""What people have to do, and what others wait to be told: by tallies and indexes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from serving.cases.quality.pace import clocks_met
from serving.cases.queue import count_queue
from serving.cases.tables import CASES_METADATA, IN_QUEUE, REVIEW_CASE
from serving.decision.capacity import day_began_ms
from serving.ledger import DECISION, IS_REVIEW, LEDGER_METADATA, REVIEW_PRICE
from serving.monitoring.vitals import Subscription, Work
from serving.outbox.rounds import who_waits
from serving.outbox.tables import DELIVERY, OUTBOX, WEBHOOK, place_in
from serving.policy import Policy

MOST_COUNTED: Final = 10_000  # of what may be many; from there on it says "or more"
_SOON_MS: Final = 3_600_000


def count_some(connection: sa.Connection, rows: sa.Select[tuple[int]]) -> int:
    """How many rows a question finds, `MOST_COUNTED` at most."""
    return connection.scalar(sa.select(sa.func.count()).select_from(rows.limit(MOST_COUNTED).subquery())) or 0


def read_work(connection: sa.Connection, tables: Collection[str], policy: Policy, now_ms: int) -> Work:
    """The queue, its clocks, and what a place in it costs."""
    price = used = None
    if set(LEDGER_METADATA.tables) <= set(tables):
        newest = sa.select(REVIEW_PRICE).order_by(REVIEW_PRICE.c.at_ms.desc(), REVIEW_PRICE.c.number.desc()).limit(1)
        price = connection.execute(newest).one_or_none()
        today = sa.select(DECISION.c.decided_at_ms).where(
            IS_REVIEW, DECISION.c.decided_at_ms >= day_began_ms(policy, now_ms)
        )
        used = count_some(connection, today)
    review = policy.review
    work = Work(
        price_minor=None if price is None else price.price_minor,
        priced_at_ms=None if price is None else price.at_ms,
        used_today=used or 0,
        capacity=review.capacity_per_day,
        open={},
        waiting=0,
        late=0,
        oldest_ms=None,
        limit_hours=review.limit_hours,
        target_minutes=review.target_minutes,
        answered=0,
        in_target=None,
    )
    return _with_cases(connection, work, now_ms) if set(CASES_METADATA.tables) <= set(tables) else work


def read_subscriptions(connection: sa.Connection, tables: Collection[str], now_ms: int) -> tuple[Subscription, ...]:
    """What waits for each webhook."""
    if not {OUTBOX.name, WEBHOOK.name, DELIVERY.name} <= set(tables):
        return ()
    place, row = place_in(connection), DELIVERY.c
    found = []
    for each in who_waits(connection, now_ms):
        webhook = each.webhook
        mine = sa.select(row.place).where(row.webhook_id == webhook.id)
        told = sa.select(OUTBOX.c.at_ms).where(place <= webhook.place).order_by(place.desc()).limit(1)
        found.append(
            Subscription(
                id=webhook.id,
                failed=count_some(connection, mine.where(row.next_at_ms.is_not(None))),
                dead=count_some(connection, mine.where(row.next_at_ms.is_(None))),
                oldest_ms=each.since_ms,
                paused_until_ms=webhook.paused_until_ms,
                told_until_ms=connection.scalar(told),
            )
        )
    return tuple(found)


def _with_cases(connection: sa.Connection, work: Work, now_ms: int) -> Work:
    counts = count_queue(connection, "auditor", now_ms, _SOON_MS)
    case = REVIEW_CASE.c
    first = sa.select(case.opened_at_ms).where(IN_QUEUE, case.state == "waiting").order_by(case.target_ms).limit(1)
    [clock] = clocks_met(connection, now_ms, (1,))
    return replace(
        work,
        open={state: count for state, count in counts.states.items() if state != "closed"},
        waiting=counts.states["waiting"] + counts.states["assigned"],
        late=counts.late,
        oldest_ms=connection.scalar(first),
        answered=clock.answered,
        in_target=clock.target.value if clock.target.is_told else None,
    )
