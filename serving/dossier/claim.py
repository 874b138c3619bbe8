"""The claim and its order: what is asked for, what was written, and how delivery went against the promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.events import Event, EventKind
from features.spans import DAY_MS
from features.store.people import newest_of
from serving.decision import ClaimFacts

LOOK_BACK: Final = 50  # shipments of a buyer among which the order's is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShown:
    """The order. Money is in minor units, moments are milliseconds UTC; None where nothing is known."""

    order_id: str | None
    amount_minor: int | None
    paid_at_ms: int | None
    shipped_at_ms: int | None
    promised_at_ms: int | None
    delivered_at_ms: int | None

    @property
    def days_late(self) -> float | None:
        """How many days after the promise it came; less than 0 for before; None where either isn't known."""
        if self.promised_at_ms is None or self.delivered_at_ms is None:
            return None
        return (self.delivered_at_ms - self.promised_at_ms) / DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimShown:
    """The claim. Ids of persons are as the store has them (see `serving.dossier.masking`)."""

    claim_id: str
    claim_type: str
    reason: str
    amount_minor: int
    quantity: int
    text: str | None
    evidence_count: int
    evidence_hashes: tuple[str, ...]
    filed_at_ms: int
    known_at_ms: int
    human_requested: bool
    buyer_id: str | None
    merchant_id: str | None
    product_id: str | None
    category_id: str | None
    device_id: str | None
    address_id: str | None
    payment_id: str | None
    order: OrderShown

    @property
    def share_of_order(self) -> float | None:
        """What part of the order's price is asked for; None where that isn't known."""
        paid = self.order.amount_minor
        return None if not paid else self.amount_minor / paid

    @property
    def days_since_delivery(self) -> float | None:
        """How many days after delivery it was filed; None where nothing was delivered."""
        delivered = self.order.delivered_at_ms
        return None if delivered is None else (self.filed_at_ms - delivered) / DAY_MS


def claim_shown(connection: sa.Connection, filed: Event | None, facts: ClaimFacts | None) -> ClaimShown | None:
    """The claim from its event, or from the facts of its decision where the event was pruned; None without either."""
    known = facts if facts is not None else None if filed is None else ClaimFacts.of_event(filed)
    if known is None:
        return None
    return ClaimShown(
        claim_id=known.claim_id,
        claim_type=known.claim_type,
        reason=known.reason,
        amount_minor=known.amount_minor,
        quantity=known.quantity,
        text=None if filed is None else filed.claim_text,
        evidence_count=known.evidence_count,
        evidence_hashes=known.evidence_hashes,
        filed_at_ms=known.as_of_ms if filed is None else filed.occurred_at_ms,
        known_at_ms=known.as_of_ms if filed is None else filed.known_at_ms,
        human_requested=known.human_requested,
        buyer_id=known.buyer_id or None,
        merchant_id=known.merchant_id or None,
        product_id=known.product_id or None,
        category_id=known.category_id or None,
        device_id=None if filed is None else filed.device_id,
        address_id=None if filed is None else filed.address_id,
        payment_id=None if filed is None else filed.payment_id,
        order=OrderShown(
            order_id=known.order_id or None,
            amount_minor=known.order_amount_minor,
            paid_at_ms=known.order_paid_at_ms,
            shipped_at_ms=_shipped_at_ms(connection, known),
            promised_at_ms=known.order_promised_at_ms,
            delivered_at_ms=known.order_delivered_at_ms,
        ),
    )


def _shipped_at_ms(connection: sa.Connection, facts: ClaimFacts) -> int | None:
    """When the order was shipped, if that was among the buyer's latest shipments before the claim."""
    if not facts.buyer_id or not facts.order_id:
        return None
    shipped = newest_of(connection, "buyer", facts.buyer_id, EventKind.ORDER_SHIPPED, facts.as_of_ms, LOOK_BACK)
    return next((event.occurred_at_ms for event in shipped if event.order_id == facts.order_id), None)
