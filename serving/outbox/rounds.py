"""What a subscription is to be told next, and noting what came of it: one short transaction for a whole round.

A round takes new rows of the outbox and messages that are due again, in lanes: a lane is what there is of one claim, in
order, and a message whose claim has an earlier one waiting isn't sent. Who dies between sending and noting leaves the
round to be sent again, with the same ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import sqlalchemy as sa

from serving.ledger import DECISION
from serving.outbox.backoff import Pace
from serving.outbox.kinds import CLAIM_DECIDED
from serving.outbox.message import Message, body_of, message_id
from serving.outbox.punctuality import count_delivered
from serving.outbox.subscriptions import Webhook, as_webhook
from serving.outbox.tables import DELIVERY, OUTBOX, WEBHOOK, place_in

FAILURE_LENGTH: Final = 200  # of a failure's words, as they are kept


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending a message: no failure if the receiver has it, and how long it asked us to wait."""

    failure: str | None = None
    asked_ms: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """What to send: lanes may go at once, each in its order. `held_back` waits behind what is in `delivery`."""

    webhook: Webhook
    lanes: tuple[tuple[Message, ...], ...]
    held_back: tuple[Message, ...]
    upto: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages of a round were delivered, failed, and failed for the last time (which are failed, too)."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A subscription, whether there is something to do for it now, and since when its oldest message waits."""

    webhook: Webhook
    is_due: bool
    since_ms: int | None


def who_waits(connection: sa.Connection, now_ms: int) -> list[Waiting]:
    """All subscriptions, each with what there is to do for it: one statement."""
    place = place_in(connection)
    of_webhook = DELIVERY.c.webhook_id == WEBHOOK.c.id
    fresh = sa.select(OUTBOX.c.at_ms).where(place > WEBHOOK.c.place).order_by(place).limit(1)
    due = sa.select(sa.func.min(DELIVERY.c.next_at_ms)).where(of_webhook)
    waits = sa.select(sa.func.min(OUTBOX.c.at_ms)).join_from(DELIVERY, OUTBOX, place == DELIVERY.c.place)
    waits = waits.where(of_webhook, DELIVERY.c.next_at_ms.is_not(None))
    columns = (query.correlate(WEBHOOK).scalar_subquery() for query in (fresh, due, waits))
    query = sa.select(*WEBHOOK.c, *columns).where(WEBHOOK.c.removed_at_ms.is_(None)).order_by(WEBHOOK.c.id)
    found = []
    for row in connection.execute(query):
        webhook, (fresh_at, due_at, waits_since) = as_webhook(row), row[-3:]
        is_due = webhook.paused_until_ms <= now_ms and (fresh_at is not None or (due_at or now_ms + 1) <= now_ms)
        since = [moment for moment in (fresh_at, waits_since) if moment is not None]
        found.append(Waiting(webhook, is_due, min(since, default=None)))
    return found


def next_round(connection: sa.Connection, webhook_id: str, now_ms: int, pace: Pace) -> Round | None:
    """What to send to a subscriber now; None if that is nothing.

    After a round in which nothing went through, a round is one message: one that wasn't tried yet if there is any, so
    that a message which alone is refused keeps no others back.
    """
    row = connection.execute(sa.select(WEBHOOK).where(WEBHOOK.c.id == webhook_id)).one_or_none()
    if row is None or row.removed_at_ms is not None or row.paused_until_ms > now_ms:
        return None
    webhook = as_webhook(row)
    again = _due_again(connection, webhook, now_ms, pace.round_rows)
    fresh = _fresh(connection, webhook, pace.round_rows)
    upto = fresh[-1].place if fresh else webhook.place
    messages = [
        _message(each, 0, is_new=True) for each in fresh if each.kind in webhook.kinds and each.data is not None
    ]
    behind = _claims_waiting(connection, webhook, messages)
    if webhook.failures:
        if again and (again[0].attempts == 0 or all(message.claim_id in behind for message in messages)):
            return Round(webhook, ((again[0],),), (), webhook.place)
        probe = next((message for message in messages if message.claim_id not in behind), None)
        if probe is not None:
            messages, again, upto = [each for each in messages if each.place <= probe.place], [], probe.place
    lanes: dict[str, list[Message]] = {message.claim_id: [message] for message in again}
    for message in messages:
        if message.claim_id not in behind:
            lanes.setdefault(message.claim_id, []).append(message)
    held_back = tuple(message for message in messages if message.claim_id in behind)
    if not lanes and upto == webhook.place:
        return None
    return Round(webhook, tuple(tuple(lane) for lane in lanes.values()), held_back, upto)


def note_round(
    connection: sa.Connection, done: Round, attempts: Mapping[int, Attempt], now_ms: int, pace: Pace, chance: Random
) -> Tally:
    """Write down what came of a round.

    Args:
        connection: in a transaction.
        done: the round.
        attempts: by the message's place; what wasn't tried is missing, and stays to be sent.
        now_ms: the moment.
        pace: when to try again.
        chance: for the jitter.
    """
    sent = [message for lane in done.lanes for message in lane]
    failed = [message for message in sent if message.place in attempts and attempts[message.place].failure is not None]
    delivered = [message for message in sent if message.place in attempts and attempts[message.place].failure is None]
    untried = [message for message in sent if message.is_new and message.place not in attempts]
    upto = done.upto
    if untried:  # rows after the last one that something was found out about are simply read again
        told = [message.place for message in (*failed, *delivered, *done.held_back) if message.is_new]
        upto = max([done.webhook.place, *told])
    values: dict[str, int] = {"place": upto}
    if delivered:
        values |= {"failures": 0, "paused_until_ms": 0}
    elif failed:
        failures = done.webhook.failures + 1
        asked_ms = max(attempts[message.place].asked_ms for message in failed)
        values |= {"failures": failures, "paused_until_ms": now_ms + pace.pause_ms(failures, chance, asked_ms)}
    moved = sa.update(WEBHOOK).where(WEBHOOK.c.id == done.webhook.id, WEBHOOK.c.place == done.webhook.place)
    if connection.execute(moved.where(WEBHOOK.c.removed_at_ms.is_(None)).values(values)).rowcount == 0:
        return Tally()  # removed meanwhile, or another deliverer has told it
    _forget(connection, done.webhook, [message.place for message in delivered if not message.is_new])
    count_delivered(connection, done.webhook.id, delivered, now_ms)
    waiting = [message for message in (*done.held_back, *untried) if message.place <= upto]
    rows = [_row(done.webhook, message, next_at_ms=now_ms) for message in waiting]
    rows += [_failed(done.webhook, message, attempts[message.place], now_ms, pace, chance) for message in failed]
    _forget(connection, done.webhook, [message.place for message in failed if not message.is_new])
    if rows:
        connection.execute(sa.insert(DELIVERY), rows)
    dead = sum(row["next_at_ms"] is None for row in rows)
    return Tally(len(delivered), len(failed), dead)


def _due_again(connection: sa.Connection, webhook: Webhook, now_ms: int, limit: int) -> list[Message]:
    """The messages that are due, the least tried ones first; of each claim only the first that waits."""
    place = place_in(connection)
    earlier = DELIVERY.alias("earlier")
    waits_behind = sa.exists().where(
        earlier.c.webhook_id == DELIVERY.c.webhook_id,
        earlier.c.claim_id == DELIVERY.c.claim_id,
        earlier.c.place < DELIVERY.c.place,
        earlier.c.next_at_ms.is_not(None),
    )
    query = (
        _rows(place, DELIVERY.c.attempts)
        .join(DELIVERY, DELIVERY.c.place == place)
        .where(DELIVERY.c.webhook_id == webhook.id, DELIVERY.c.next_at_ms <= now_ms, ~waits_behind)
        .order_by(DELIVERY.c.attempts, DELIVERY.c.place)
        .limit(limit)
    )
    return [_message(row, row.attempts, is_new=False) for row in connection.execute(query)]


def _fresh(connection: sa.Connection, webhook: Webhook, limit: int) -> Sequence[sa.Row[Any]]:
    place = place_in(connection)
    return connection.execute(_rows(place).where(place > webhook.place).order_by(place).limit(limit)).all()


def _rows(place: sa.Column[int], *more: sa.Column[Any]) -> sa.Select[Any]:
    """Rows of the outbox with their data: their own, or the ledger's."""
    row, of_claim = OUTBOX.c, DECISION.c.claim_id == OUTBOX.c.claim_id
    data = sa.func.coalesce(row.payload, DECISION.c.answer).label("data")
    columns = (row.sequence, row.claim_id, row.kind, row.at_ms, place.label("place"), data, *more)
    return sa.select(*columns).join_from(OUTBOX, DECISION, of_claim & (row.kind == CLAIM_DECIDED), isouter=True)


def _message(row: sa.Row[Any], attempts: int, *, is_new: bool) -> Message:
    body = body_of(row.kind, row.at_ms, row.data or "null")
    return Message(message_id(row.sequence, row.at_ms), row.place, row.claim_id, body, attempts, is_new)


def _claims_waiting(connection: sa.Connection, webhook: Webhook, messages: Sequence[Message]) -> set[str]:
    """Those claims of new messages of which an earlier message waits."""
    claims = {message.claim_id for message in messages}
    query = sa.select(DELIVERY.c.claim_id).where(
        DELIVERY.c.webhook_id == webhook.id, DELIVERY.c.next_at_ms.is_not(None), DELIVERY.c.claim_id.in_(claims)
    )
    return set(connection.scalars(query)) if claims else set()


def _forget(connection: sa.Connection, webhook: Webhook, places: Sequence[int]) -> None:
    if places:
        those = DELIVERY.c.place.in_(places)
        connection.execute(sa.delete(DELIVERY).where(DELIVERY.c.webhook_id == webhook.id, those))


def _failed(
    webhook: Webhook, message: Message, attempt: Attempt, now_ms: int, pace: Pace, chance: Random
) -> dict[str, Any]:
    attempts = message.attempts + 1
    is_dead = attempts >= pace.most_attempts
    next_at_ms = None if is_dead else now_ms + pace.wait_ms(attempts, chance, attempt.asked_ms)
    failure = {"failed_at_ms": now_ms, "failure": (attempt.failure or "")[:FAILURE_LENGTH]}
    return {**_row(webhook, message, next_at_ms=next_at_ms), "attempts": attempts, **failure}


def _row(webhook: Webhook, message: Message, *, next_at_ms: int | None) -> dict[str, Any]:
    return {
        "webhook_id": webhook.id,
        "place": message.place,
        "claim_id": message.claim_id,
        "attempts": message.attempts,
        "next_at_ms": next_at_ms,
        "failed_at_ms": None,
        "failure": None,
    }
