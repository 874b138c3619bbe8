"""A town of ordinary buyers, into which tests put those who aren't."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from features.event_file import from_events
from features.events import Event, EventKind
from serving.insight.record import Record, record_of
from tests.spec.drawing import BASE_MS

DAY_MS = 86_400_000
ORDINARY = 200


@dataclass
class Town:
    """Events of orders and claims, by day."""

    events: list[Event] = field(default_factory=list)

    def order(self, buyer: str, day: int, **order: Any) -> str:
        """An order that is delivered a day later; returns its id."""
        order_id = f"o{len(self.events)}"
        sold = {"merchant_id": "shop", "product_id": "mug", "category_id": "home"}
        own = {"amount_minor": 1_000, "quantity": 1, "device_id": f"d-{buyer}", **sold, **order}
        self._add(EventKind.ORDER_PAID, day, order_id=order_id, buyer_id=buyer, **own)
        return order_id

    def claim(self, buyer: str, day: int, *, later: dict[EventKind, dict[str, Any]] | None = None, **claim: Any) -> str:
        """An order and a claim on it the day after, which is decided at once; returns the claim's id."""
        ids = {name: claim[name] for name in ("device_id", "merchant_id") if name in claim}
        order_id = self.order(buyer, day, **ids)
        claim_id = f"c{len(self.events)}"
        sold = {"merchant_id": "shop", "product_id": "mug", "category_id": "home", "order_id": order_id}
        delivered = {"order_paid_at_ms": BASE_MS + day * DAY_MS, "order_delivered_at_ms": BASE_MS + day * DAY_MS}
        own = {"claim_type": "refund_only", "claim_reason": "damaged", "amount_minor": 1_000, "quantity": 1}
        own |= {"order_amount_minor": 1_000, **delivered, **sold, **claim}
        self._add(EventKind.CLAIM_FILED, day + 1, claim_id=claim_id, buyer_id=buyer, **own)
        decided = {"action": "auto_approve", "amount_minor": own["amount_minor"]}
        for kind, values in {EventKind.CLAIM_DECIDED: decided, **(later or {})}.items():
            known = {**sold, "merchant_id": own["merchant_id"], "claim_id": claim_id, "buyer_id": buyer}
            self._add(kind, day + 2, **{**known, **values})
        return claim_id

    def record(self, days: int = 400) -> Record:
        """All of it."""
        return record_of(from_events(self.events), BASE_MS, BASE_MS + days * DAY_MS)

    def _add(self, kind: EventKind, day: int, **values: Any) -> None:
        moment = BASE_MS + day * DAY_MS + len(self.events)
        times = {"occurred_at_ms": moment, "known_at_ms": moment}
        self.events.append(Event(event_id=f"e{len(self.events)}", kind=kind, **times, **values))


def ordinary_town() -> Town:
    """Two hundred buyers with two orders each and twenty claims among them, which are found legitimate half of the
    time.
    """
    town = Town()
    for number in range(ORDINARY):
        town.order(f"b{number:03}", number % 90)
        if number % 10:
            town.order(f"b{number:03}", 90 + number % 90)
            continue
        found = {"verdict": "legitimate", "verdict_source": "reviewer"} if number % 20 else None
        later = {EventKind.CLAIM_ADJUDICATED: found} if found else {}
        town.claim(f"b{number:03}", 90 + number % 90, later=later)
    return town
