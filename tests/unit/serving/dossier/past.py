"""A small past: a buyer with orders and claims, one who shares a device with them, and what came of it."""

from __future__ import annotations

from typing import Any

from features.engines.online import OnlineEngine
from features.events import Event, EventKind
from features.store import Store
from features.store.log import insert_events
from tests.unit.serving.claims import DAY_MS, NOW_MS

PICTURE = "00000000000000ff"
NEAR = "00000000000000fe"


def event(kind: EventKind, days_ago: float, **said: Any) -> Event:
    """An event of buyer B1 at merchant M1 some days before `NOW_MS`, with changes."""
    at_ms = NOW_MS - round(days_ago * DAY_MS)
    about = said.get("claim_id") or said.get("order_id")
    given = {"buyer_id": "B1", "merchant_id": "M1", "product_id": "P1", **said}
    return Event(event_id=f"{kind}:{about}:{at_ms}", kind=kind, occurred_at_ms=at_ms, known_at_ms=at_ms, **given)


def paid(order_id: str, days_ago: float, **said: Any) -> Event:
    """An order."""
    return event(EventKind.ORDER_PAID, days_ago, order_id=order_id, amount_minor=8_000, quantity=1, **said)


def filed(claim_id: str, days_ago: float, **said: Any) -> Event:
    """A claim on an order of its own."""
    given = {"claim_type": "refund_only", "claim_reason": "damaged", "amount_minor": 5_000, "quantity": 1, **said}
    return event(EventKind.CLAIM_FILED, days_ago, claim_id=claim_id, order_id=f"O-{claim_id}", **given)


def ruled(claim_id: str, days_ago: float, verdict: str, **said: Any) -> Event:
    """A verdict."""
    given = {"verdict": verdict, "verdict_source": "reviewer", "reviewer_id": "rita", **said}
    return event(EventKind.CLAIM_ADJUDICATED, days_ago, claim_id=claim_id, order_id=f"O-{claim_id}", **given)


def tell(store: Store, *events: Event) -> None:
    """Put events into a store as they would have come in."""
    with store.writing() as connection:
        ordered = sorted(events, key=lambda one: one.known_at_ms)
        insert_events(connection, ordered)
        for each in ordered:
            OnlineEngine(store.plan).append(connection, [each])


def tell_past(store: Store) -> None:
    """The buyer's past: four orders and two claims; and buyer B2, on the same device, with a near picture."""
    tell(
        store,
        *(paid(f"O{number}", 40 - number, device_id="D1") for number in range(4)),
        event(EventKind.ORDER_SHIPPED, 5.5, order_id="O-C1"),
        filed("C-old", 30, device_id="D1"),
        ruled("C-old", 29, "legitimate"),
        filed("C-late", 3),
        ruled("C-late", 1, "abusive"),
        paid("O-two", 20, buyer_id="B2", device_id="D1"),
        filed("C-two", 10, buyer_id="B2", device_id="D1", evidence_hashes=(NEAR,), evidence_count=1),
        ruled("C-two", 9, "abusive", buyer_id="B2", evidence_hashes=(NEAR,)),
    )
