"""What was told of a claim, and to which receivers, as far as it is kept.

What went through at the first attempt leaves no row of its own: a receiver's place in the feed lies behind it then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa

from serving.evidence_pack.record import parsed
from serving.outbox.kinds import CLAIM_DECIDED
from serving.outbox.message import message_id
from serving.outbox.tables import DELIVERY, OUTBOX, WEBHOOK, place_in

MOST_MESSAGES: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """How far one receiver was told. The host only: addresses may carry secrets."""

    webhook_id: str
    host: str
    state: str
    attempts: int | None = None
    failed_at_ms: int | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message. `payload` is None for a decision, whose answer is the message."""

    id: str
    kind: str
    at_ms: int
    payload: Any
    receivers: tuple[Receiving, ...]


def read_told(connection: sa.Connection, claim_id: str) -> list[Told]:
    """The messages about a claim, the oldest first, with their receivers; none where they were pruned."""
    if not sa.inspect(connection).has_table(OUTBOX.name):
        return []
    rows = connection.execute(_messages(connection, claim_id)).all()
    webhooks = connection.execute(sa.select(WEBHOOK).order_by(WEBHOOK.c.id)).all()
    waiting = {
        (row.webhook_id, row.place): row
        for row in connection.execute(sa.select(DELIVERY).where(DELIVERY.c.claim_id == claim_id))
    }
    return [
        Told(
            id=message_id(row.sequence, row.at_ms),
            kind=row.kind,
            at_ms=row.at_ms,
            payload=parsed(row.payload),
            receivers=tuple(_receivers(row, webhooks, waiting)),
        )
        for row in rows
    ]


def _messages(connection: sa.Connection, claim_id: str) -> sa.Select[Any]:
    place = place_in(connection).label("turn")
    query = sa.select(OUTBOX.c.sequence, OUTBOX.c.kind, OUTBOX.c.at_ms, OUTBOX.c.payload, place)
    return query.where(OUTBOX.c.claim_id == claim_id).order_by(OUTBOX.c.sequence).limit(MOST_MESSAGES)


def _receivers(row: sa.Row[Any], webhooks: Any, waiting: Any) -> Iterator[Receiving]:  # noqa: ANN401 - rows
    for hook in webhooks:
        if row.kind not in hook.kinds.split(",") or hook.created_at_ms > row.at_ms:
            continue
        name = {"webhook_id": hook.id, "host": urlsplit(hook.url).hostname or ""}
        delivery = waiting.get((hook.id, row.turn))
        if delivery is not None:
            yield Receiving(
                **name,
                state="waiting" if delivery.next_at_ms is not None else "failed",
                attempts=delivery.attempts,
                failed_at_ms=delivery.failed_at_ms,
                failure=delivery.failure,
            )
        elif row.turn is not None and row.turn <= hook.place:
            yield Receiving(**name, state="told")
        else:
            yield Receiving(**name, state="not told yet" if hook.removed_at_ms is None else "removed before")


def is_decision(told: Told) -> bool:
    """Whether the message is the decision itself."""
    return told.kind == CLAIM_DECIDED
