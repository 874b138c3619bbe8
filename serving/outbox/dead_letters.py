"""Messages that were given up: what operators see of them, and sending them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from serving.outbox.message import message_id, sequence_of
from serving.outbox.tables import DELIVERY, OUTBOX, WEBHOOK, place_in


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up, and why."""

    webhook_id: str
    message_id: str
    claim_id: str
    kind: str
    attempts: int
    failed_at_ms: int
    failure: str


def dead_letters(connection: sa.Connection, webhook_id: str | None = None) -> list[DeadLetter]:
    """The messages that were given up, of one subscription or all, the oldest first."""
    place, row = place_in(connection), DELIVERY.c
    query = (
        sa.select(
            row.webhook_id,
            OUTBOX.c.sequence,
            OUTBOX.c.at_ms,
            row.claim_id,
            OUTBOX.c.kind,
            row.attempts,
            row.failed_at_ms,
            row.failure,
        )
        .join_from(DELIVERY, OUTBOX, place == row.place)
        .where(row.next_at_ms.is_(None))
        .order_by(row.place, row.webhook_id)
    )
    if webhook_id is not None:
        query = query.where(row.webhook_id == webhook_id)
    return [
        DeadLetter(to, message_id(sequence, at_ms), *others)
        for to, sequence, at_ms, *others in connection.execute(query)
    ]


def waiting_and_dead(connection: sa.Connection) -> dict[str, tuple[int, int]]:
    """How many messages failed and wait, and how many were given up, by subscription; none where there is neither."""
    dead = sa.func.sum(sa.case((DELIVERY.c.next_at_ms.is_(None), 1), else_=0))
    query = sa.select(DELIVERY.c.webhook_id, sa.func.count(), dead).group_by(DELIVERY.c.webhook_id)
    return {webhook_id: (total - int(gone), int(gone)) for webhook_id, total, gone in connection.execute(query)}


def resend(connection: sa.Connection, webhook_id: str, messages: Sequence[str] | None, now_ms: int) -> int:
    """Send given-up messages of a subscription again from now on, with all their attempts; return how many.

    They keep their ids, and a pause of the receiver is over. Later messages of their claims may have been sent
    meanwhile: a receiver tells by the timestamps.

    Args:
        connection: in a transaction.
        webhook_id: the subscription.
        messages: their ids, or None for all of them.
        now_ms: the moment.

    Raises:
        ValueError: one of them was not given up, or is no message's id.
    """
    dead = sa.and_(DELIVERY.c.webhook_id == webhook_id, DELIVERY.c.next_at_ms.is_(None))
    chosen = dead
    if messages is not None:
        known = {letter.message_id for letter in dead_letters(connection, webhook_id)}
        for each in messages:
            sequence_of(each)
            if each not in known:
                raise ValueError(f"{each}: not among the dead letters of {webhook_id}; 'webhooks dead' shows them")
        sequences = [sequence_of(each) for each in messages]
        places = sa.select(place_in(connection)).where(OUTBOX.c.sequence.in_(sequences))
        chosen = sa.and_(dead, DELIVERY.c.place.in_(places))
    connection.execute(sa.update(WEBHOOK).where(WEBHOOK.c.id == webhook_id).values(paused_until_ms=0))
    fresh = {"attempts": 0, "next_at_ms": now_ms}
    return connection.execute(sa.update(DELIVERY).where(chosen).values(fresh)).rowcount
