"""What is on record about each order and its claim, and the columns of events that follow from it.

Only what a platform would know goes in here. A missing word or id is -1 and a missing number `MISSING`, as in
`features.event_table`.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.event_table import MISSING, code_of
from features.events import EventKind
from training.simulate.agenda import Rows
from training.simulate.claims import Claims
from training.simulate.identities import Identities
from training.simulate.market import Market
from training.simulate.orders import Deliveries, Orders
from training.simulate.pictures import PictureBook

Columns: TypeAlias = dict[str, npt.NDArray[Any]]

NUMBER: Final = "event_number"  # the order's number, which its claim shares, and which the event's id is made of
NTH: Final = "event_nth"  # tells events of one kind about one claim apart


class Book:
    """The records, by the number of the order."""

    def __init__(self, market: Market, orders: Orders, deliveries: Deliveries) -> None:
        count = len(orders)
        self._orders, self._deliveries = orders, deliveries
        self._category = market.products.category
        self._made_with = {
            name: np.full(count, -1, dtype=np.int32) for name in ("account", "device", "address", "payment")
        }
        self._claimed_with = {name: np.full(count, -1, dtype=np.int32) for name in ("device", "payment")}
        self._filed_at_ms = np.full(count, MISSING)
        self.pictures = PictureBook(count)

    def note_orders(self, order: Ints, made_with: Identities) -> None:
        """Put down what orders were made with."""
        for name, column in self._made_with.items():
            column[order] = getattr(made_with, name)

    def note_claims(self, claims: Claims, claimed_with: Identities) -> None:
        """Put down what claims were made with, and when."""
        for name, column in self._claimed_with.items():
            column[claims.order] = getattr(claimed_with, name)
        self._filed_at_ms[claims.order] = claims.filed_at_ms

    def ordered_with(self, order: Ints) -> Identities:
        """What orders were made with."""
        return Identities(**{name: column[order].astype(np.int64) for name, column in self._made_with.items()})

    def placed(self, order: Ints) -> Ints:
        """Those of the orders that took place."""
        return order[self._made_with["account"][order] >= 0]

    def paid(self, order: Ints) -> Columns:
        """Events of orders that were paid."""
        orders = self._orders
        at_ms = orders.paid_at_ms[order]
        return {
            **_always(EventKind.ORDER_PAID, order, at_ms, at_ms),
            **self._parties(order),
            "device_id": self._made_with["device"][order],
            "address_id": self._made_with["address"][order],
            "payment_id": self._made_with["payment"][order],
            "amount_minor": orders.amount_minor[order],
            "quantity": orders.quantity[order],
            "order_promised_at_ms": orders.promised_at_ms[order],
        }

    def shipped(self, order: Ints) -> Columns:
        """Events of parcels that left; those that never did are left out."""
        order = order[self._deliveries.shipped[order]]
        at_ms = self._deliveries.shipped_at_ms[order]
        always = _always(EventKind.ORDER_SHIPPED, order, at_ms, at_ms)
        return {**always, **self._parties(order), **self._order_times(order)}

    def delivered(self, order: Ints) -> Columns:
        """Events of parcels that came; lost ones are left out."""
        order = order[~self._deliveries.lost[order]]
        deliveries = self._deliveries
        times = deliveries.delivered_at_ms[order], deliveries.known_at_ms[order]
        return {
            **_always(EventKind.ORDER_DELIVERED, order, *times),
            **self._parties(order),
            **self._order_times(order),
            "address_id": self._made_with["address"][order],
        }

    def filed(self, claims: Claims) -> Columns:
        """Events of a day's claims, in their order."""
        order = claims.order
        return {
            **_always(EventKind.CLAIM_FILED, order, claims.filed_at_ms, claims.filed_at_ms),
            **self._parties(order),
            **self._order_times(order),
            **self._claim_made_with(order),
            "claim_id": order,
            "amount_minor": claims.amount_minor,
            "quantity": claims.quantity,
            "order_amount_minor": self._orders.amount_minor[order],
            "order_delivered_at_ms": claims.delivered_at_ms,
            "claim_type": claims.claim_type,
            "claim_reason": claims.claim_reason,
            "evidence_count": claims.evidence_count,
        }

    def later(self, kind: EventKind, rows: Rows) -> Columns:
        """Events about claims after their filing.

        `rows` has `order`, `nth`, `known_at_ms`, perhaps `occurred_at_ms`, and the kind's own fields.
        """
        rest = dict(rows)
        order, nth, known_at_ms = rest.pop("order"), rest.pop("nth"), rest.pop("known_at_ms")
        return {
            **_always(kind, order, rest.pop("occurred_at_ms", known_at_ms), known_at_ms),
            NTH: nth,
            **self._parties(order),
            **self._claim_made_with(order),
            "claim_id": order,
            "claim_filed_at_ms": self._filed_at_ms[order],
            **rest,
        }

    def _parties(self, order: Ints) -> Columns:
        product = self._orders.product[order]
        return {
            "order_id": order,
            "buyer_id": self._made_with["account"][order],
            "merchant_id": self._orders.merchant[order],
            "product_id": product,
            "category_id": self._category[product],
        }

    def _order_times(self, order: Ints) -> Columns:
        orders = self._orders
        return {"order_paid_at_ms": orders.paid_at_ms[order], "order_promised_at_ms": orders.promised_at_ms[order]}

    def _claim_made_with(self, order: Ints) -> Columns:
        return {
            "device_id": self._claimed_with["device"][order],
            "address_id": self._made_with["address"][order],
            "payment_id": self._claimed_with["payment"][order],
        }


def _always(kind: EventKind, number: Ints, occurred_at_ms: Ints, known_at_ms: Ints) -> Columns:
    return {
        "kind": np.full(len(number), code_of("kind", kind), dtype=np.int64),
        NUMBER: number,
        "occurred_at_ms": occurred_at_ms,
        "known_at_ms": known_at_ms,
    }
