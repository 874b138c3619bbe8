"""How many messages were delivered, and how many of them in time: counted as they go, by the hour of what they tell.

A message that went through leaves no row behind, so whoever wants to know later how quick all of them were asks here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.spans import HOUR_MS
from serving.outbox.message import Message
from serving.outbox.tables import DELIVERED

IN_TIME_MS: Final = 900_000  # a quarter of an hour: by then a first failure has been made good

_COUNT: Final = sa.text(
    "INSERT INTO outbox_delivered (webhook_id, hour, messages, in_time) "
    "VALUES (:webhook_id, :hour, :messages, :in_time) "
    "ON CONFLICT (webhook_id, hour) DO UPDATE SET messages = outbox_delivered.messages + excluded.messages, "
    "in_time = outbox_delivered.in_time + excluded.in_time"
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many messages were delivered, and how many of them within `IN_TIME_MS`."""

    messages: int
    in_time: int


def count_delivered(connection: sa.Connection, webhook_id: str, messages: Iterable[Message], now_ms: int) -> None:
    """Count messages that a subscriber has now."""
    moments = [message.at_ms for message in messages]
    all_of = Counter(at_ms // HOUR_MS for at_ms in moments)
    in_time = Counter(at_ms // HOUR_MS for at_ms in moments if now_ms - at_ms <= IN_TIME_MS)
    for hour in sorted(all_of):
        row = {"webhook_id": webhook_id, "hour": hour, "messages": all_of[hour], "in_time": in_time[hour]}
        connection.execute(_COUNT, row)


def delivered_between(connection: sa.Connection, from_ms: int, until_ms: int) -> Mapping[str, Delivered]:
    """What was delivered to each subscriber of what happened in whole hours, by the subscription's id."""
    told = DELIVERED.c
    query = (
        sa.select(told.webhook_id, sa.func.sum(told.messages), sa.func.sum(told.in_time))
        .where(told.hour >= from_ms // HOUR_MS, told.hour < -(-until_ms // HOUR_MS))
        .group_by(told.webhook_id)
    )
    return {row[0]: Delivered(int(row[1]), int(row[2])) for row in connection.execute(query)}
