"""Notices: of the messages due to subscribers about what happened in the quarter, the share that came as it should.

A message is due to a subscription for each row of the outbox of a kind that it asks for, from its beginning on. It came
as it should if it was delivered within `IN_TIME_MS`, and after all earlier ones of its claim: behind one that was given
up, it came out of order. Each is signed, as none is sent otherwise. When a message was delivered is on record for those
counted by the deliverer (`serving.outbox.punctuality`) only; others are told of and not counted as correct.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from serving.outbox.pruning import pruned_at_ms
from serving.outbox.punctuality import IN_TIME_MS, Delivered, delivered_between
from serving.outbox.subscriptions import Webhook, webhooks_of
from serving.outbox.tables import COUNTER, DELIVERED, DELIVERY, OUTBOX, PRUNED, WEBHOOK, place_in
from serving.report.figures import Goal, Named, Point, Said, Target, Value, share_change, share_of
from serving.report.ground import Ground
from serving.report.quarter import Span

GOAL: Final = Goal("share", 0.98)
IN_TIME_MINUTES: Final = IN_TIME_MS // 60_000
_NOTHING: Final = Delivered(0, 0)


@dataclass(frozen=True, slots=True)
class Due:
    """Messages of a stretch of time: how many were due, delivered, counted, in time, and out of order."""

    due: int = 0
    delivered: int = 0
    counted: int = 0
    in_time: int = 0
    out_of_order: int = 0

    @property
    def correct(self) -> int:
        """How many came as they should."""
        return max(0, min(self.in_time, self.delivered) - self.out_of_order)


def notices(ground: Ground) -> Target:
    """Messages that came in time, in order and signed."""
    unknown = _unknown(ground)
    if unknown is not None:
        return Target("notices", GOAL, share_of(0, 0), missing=(unknown,))
    period = ground.period
    found = {span: _due(ground, span) for span in {period.span, period.before, *period.months}}
    now = found[period.span]
    pairs = {span: (each.correct, each.due) for span, each in found.items()}
    missing = []
    if not now.due:
        missing.append(Said("notices_none"))
    elif now.counted < now.delivered:
        missing.append(Said("notices_uncounted", {"count": f"{now.delivered - now.counted:,}"}))
    if _lacks(ground, period.before):
        missing.append(Said("notices_pruned_before"))
    return Target(
        "notices",
        GOAL,
        share_of(*pairs[period.span]),
        trend=tuple(Point(month.name, share_of(*pairs[month])) for month in period.months),
        change=share_change(pairs[period.span], pairs[period.before]),
        missing=tuple(missing),
        beside=_beside(now),
    )


def _beside(now: Due) -> tuple[Named, ...]:
    if not now.due:
        return ()
    return (
        Named("notices_delivered", share_of(now.delivered, now.due)),
        Named("notices_out_of_order", Value("number", now.out_of_order)),
    )


def _unknown(ground: Ground) -> Said | None:
    """Why nothing can be told, if so."""
    if not ground.has(OUTBOX, WEBHOOK, DELIVERY, COUNTER, DELIVERED):
        return Said("notices_no_service")
    if not webhooks_of(ground.connection):
        return Said("notices_no_webhook")
    if _lacks(ground, ground.period.span):
        return Said("notices_pruned")
    return None


def _lacks(ground: Ground, span: Span) -> bool:
    """Whether messages of a stretch of time may have been pruned."""
    if not ground.connection.scalar(sa.select(COUNTER.c.place).where(COUNTER.c.name == PRUNED)):
        return False
    latest_ms = pruned_at_ms(ground.connection)
    if latest_ms is None:  # an older clearclaim pruned: only what is left can tell, and the newest row always stays
        latest_ms = ground.connection.scalar(sa.select(sa.func.min(OUTBOX.c.at_ms)))
    return latest_ms is not None and latest_ms >= span.from_ms


def _due(ground: Ground, span: Span) -> Due:
    counted = delivered_between(ground.connection, span.from_ms, span.until_ms)
    found = [_of_webhook(ground.connection, each, span) for each in webhooks_of(ground.connection)]
    told = [counted.get(each.id, _NOTHING) for each in webhooks_of(ground.connection)]
    return Due(
        due=sum(due for due, _, _ in found),
        delivered=sum(delivered for _, delivered, _ in found),
        counted=sum(each.messages for each in told),
        in_time=sum(each.in_time for each in told),
        out_of_order=sum(late for _, _, late in found),
    )


def _of_webhook(connection: sa.Connection, webhook: Webhook, span: Span) -> tuple[int, int, int]:
    """Of one subscription: messages due, delivered, and delivered behind one of their claim that was given up."""
    place, row, failed = place_in(connection), OUTBOX.c, DELIVERY.c
    from_ms = max(span.from_ms, webhook.created_at_ms)
    due = (row.at_ms >= from_ms) & (row.at_ms < span.until_ms) & row.kind.in_(webhook.kinds)
    waits = sa.exists().where(failed.webhook_id == webhook.id, failed.place == place)
    arrived = (place <= webhook.place) & ~waits
    given_up = DELIVERY.alias("given_up")
    behind = sa.exists().where(
        given_up.c.webhook_id == webhook.id,
        given_up.c.claim_id == row.claim_id,
        given_up.c.next_at_ms.is_(None),
        given_up.c.place < place,
    )
    columns = (sa.func.sum(sa.case((which, 1), else_=0)) for which in (arrived, arrived & behind))
    query = sa.select(sa.func.count(), *columns).select_from(OUTBOX).where(due)
    count, delivered, late = connection.execute(query).one()
    return count, int(delivered or 0), int(late or 0)
