"""What tests of the outbox share: a store with claims to tell of, receivers that do as they are told, and a clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

import sqlalchemy as sa

from features.store import Store
from serving.ledger import LedgerEntry, open_ledger, record_decision
from serving.outbox.backoff import Pace
from serving.outbox.deliverer import Deliverer
from serving.outbox.kinds import KINDS
from serving.outbox.lease import Lease
from serving.outbox.message import Message
from serving.outbox.rounds import Attempt
from serving.outbox.rows import Note, give_places, note
from serving.outbox.subscriptions import Webhook, add_webhook
from serving.outbox.tables import DELIVERY, open_outbox
from tests.unit.serving.claims import NOW_MS


def with_outbox(store: Store) -> Store:
    """The store, with a ledger and an outbox."""
    open_ledger(store)
    open_outbox(store)
    return store


def decide(connection: sa.Connection, claim_id: str) -> None:
    """Record a decision and what there is to tell of it, as one claim's transaction does."""
    answer = json.dumps({"claim_id": claim_id}, separators=(",", ":"))
    record_decision(connection, LedgerEntry(claim_id, NOW_MS, "c0ffee", "manual_review", None, None, "ba98", answer))
    note(connection, [Note(claim_id, "claim.decided", NOW_MS)])


def decide_in_turn(store: Store, *claim_ids: str) -> None:
    """Decide claims, each in a transaction of its own."""
    for claim_id in claim_ids:
        with store.writing() as connection:
            decide(connection, claim_id)


def rule(store: Store, claim_id: str, verdict: str = "abusive") -> None:
    """A person's ruling on a claim, which is told, too."""
    with store.writing() as connection:
        payload = json.dumps({"claim_id": claim_id, "verdict": verdict})
        note(connection, [Note(claim_id, "claim.adjudicated", NOW_MS, payload)])


def subscribe(store: Store, url: str = "https://shop.example/hooks", kinds: Iterable[str] = KINDS) -> Webhook:
    """A subscription to all that comes from now on."""
    give_places(store)
    with store.writing() as connection:
        return add_webhook(connection, url, list(kinds), NOW_MS)


def left(store: Store) -> list[tuple[str, int, bool]]:
    """What is left in `delivery`: of which claim, how often it was tried, and whether it is dead."""
    query = sa.select(DELIVERY.c.claim_id, DELIVERY.c.attempts, DELIVERY.c.next_at_ms.is_(None))
    with store.reading() as connection:
        return [
            (claim_id, attempts, bool(is_dead))
            for claim_id, attempts, is_dead in connection.execute(query.order_by(DELIVERY.c.place))
        ]


@dataclass
class Clock:
    """A clock that stands until it is put forward."""

    ms: int = NOW_MS + 1_000

    def __call__(self) -> int:
        return self.ms

    def seconds(self) -> float:
        """The same as a clock that only goes forward."""
        return self.ms / 1000


@dataclass
class Receivers:
    """Receivers that note what they get, and refuse what they are told to: (URL, claim) or (URL, any)."""

    got: list[tuple[str, str, str]] = field(
        default_factory=list
    )  # of every attempt: URL, message's id, its data's words
    refuses: set[tuple[str, str | None]] = field(default_factory=set)
    asks_ms: int = 0
    attempts: Counter[str] = field(default_factory=Counter)

    async def send(self, webhook: Webhook, message: Message) -> Attempt:
        """Take a message, or refuse it."""
        self.attempts[message.claim_id] += 1
        if {(webhook.url, message.claim_id), (webhook.url, None)} & self.refuses:
            return Attempt("HTTP 500", self.asks_ms)
        data = json.loads(message.body)["data"]
        self.got.append((webhook.url, message.id, f"{message.claim_id} {data.get('verdict', 'decided')}"))
        return Attempt()

    async def close(self) -> None:
        """Nothing to close."""

    def words(self, url: str = "https://shop.example/hooks") -> list[str]:
        """What one of them got, in order."""
        return [words for to, _, words in self.got if to == url]


@dataclass
class Desk:
    """A deliverer with all that it works with."""

    store: Store
    receivers: Receivers
    clock: Clock
    deliverer: Deliverer

    def deliver(self, after_ms: int = 0) -> bool:
        """Put the clock forward, and send what is due then."""
        self.clock.ms += after_ms
        return self.deliverer.deliver_once()


def desk_of(store: Store, *, pace: Pace | None = None, receivers: Receivers | None = None, holder: str = "a") -> Desk:
    """A deliverer for a store with a clock of its own."""
    clock, receivers, pace = Clock(), receivers or Receivers(), pace or Pace()
    lease = Lease(store, holder, pace.lease_ms, time_of=lambda _connection: clock.ms, seconds=clock.seconds)
    deliverer = Deliverer(store, receivers, pace=pace, clock=clock, chance=Random(1), lease=lease)
    return Desk(store, receivers, clock, deliverer)
