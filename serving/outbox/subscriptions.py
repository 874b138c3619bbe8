"""Who wants to be told of what, and how far they have been told."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from serving.outbox.rows import newest_place
from serving.outbox.tables import DELIVERY, WEBHOOK


class WebhookError(ValueError):
    """A subscription that isn't there."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription: where to send messages, and of which kinds.

    Attributes:
        place: up to where in the outbox it was told, or has rows in `delivery`.
        failures: rounds in a row in which nothing went through; none are tried before `paused_until_ms`.
    """

    id: str
    url: str
    kinds: tuple[str, ...]
    created_at_ms: int
    removed_at_ms: int | None = None
    secret_version: int = 1
    both_secrets_until_ms: int = 0
    place: int = 0
    failures: int = 0
    paused_until_ms: int = 0


def add_webhook(connection: sa.Connection, url: str, kinds: Sequence[str], now_ms: int) -> Webhook:
    """Subscribe a URL to what happens from now on; who checks the URL is `serving.outbox.addresses`."""
    place = newest_place(connection)
    webhook = Webhook(f"wh_{secrets.token_hex(8)}", url, tuple(dict.fromkeys(kinds)), now_ms, place=place)
    values = {name: getattr(webhook, name) for name in WEBHOOK.c.keys()}  # noqa: SIM118 - its columns, not a mapping's
    connection.execute(sa.insert(WEBHOOK).values({**values, "kinds": ",".join(webhook.kinds)}))
    return webhook


def webhooks_of(connection: sa.Connection) -> list[Webhook]:
    """The subscriptions that were not removed, the oldest first."""
    query = sa.select(WEBHOOK).where(WEBHOOK.c.removed_at_ms.is_(None))
    return [as_webhook(row) for row in connection.execute(query.order_by(WEBHOOK.c.created_at_ms, WEBHOOK.c.id))]


def find_webhook(connection: sa.Connection, webhook_id: str) -> Webhook:
    """A subscription by its id.

    Raises:
        WebhookError: if there is none, or it was removed.
    """
    query = sa.select(WEBHOOK).where(WEBHOOK.c.id == webhook_id, WEBHOOK.c.removed_at_ms.is_(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise WebhookError(f"{webhook_id}: no such webhook; 'clearclaim webhooks list' shows those there are")
    return as_webhook(row)


def remove_webhook(connection: sa.Connection, webhook_id: str, now_ms: int) -> None:
    """Tell a subscriber nothing more; what was to be sent to it is dropped.

    Raises:
        WebhookError: as `find_webhook`.
    """
    find_webhook(connection, webhook_id)
    connection.execute(sa.update(WEBHOOK).where(WEBHOOK.c.id == webhook_id).values(removed_at_ms=now_ms))
    connection.execute(sa.delete(DELIVERY).where(DELIVERY.c.webhook_id == webhook_id))


def rotate_secret(connection: sa.Connection, webhook_id: str, now_ms: int, overlap_ms: int) -> Webhook:
    """Give a subscription a new secret; until the overlap is over, messages are signed with the one before, too.

    Raises:
        WebhookError: as `find_webhook`.
    """
    webhook = find_webhook(connection, webhook_id)
    after = replace(webhook, secret_version=webhook.secret_version + 1, both_secrets_until_ms=now_ms + overlap_ms)
    values = {"secret_version": after.secret_version, "both_secrets_until_ms": after.both_secrets_until_ms}
    connection.execute(sa.update(WEBHOOK).where(WEBHOOK.c.id == webhook_id).values(values))
    return after


def as_webhook(row: sa.Row[Any]) -> Webhook:
    """A subscription out of a row that begins with its columns."""
    values = dict(zip(WEBHOOK.c.keys(), row, strict=False))
    return Webhook(**{**values, "kinds": tuple(values["kinds"].split(","))})
