"""The world as events: integer columns per kind of event.

Only what a platform would know goes in here. A missing word or id is -1 and a missing number `MISSING`, as in
`features.event_table`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from features.arrays import Ints
from features.event_table import MISSING, Pictures, code_of
from features.events import EventKind
from training.simulate.aftermath import Feedback, Responses, Settlements
from training.simulate.claims import Claims
from training.simulate.identities import Identities
from training.simulate.market import Market
from training.simulate.orders import Deliveries, Orders
from training.simulate.returns import Returns
from training.simulate.rulings import Decisions, Verdicts

Columns: TypeAlias = dict[str, Ints]

NUMBER: Final = "event_number"  # the order's or claim's number, which the event's id is made of


@dataclass(frozen=True, slots=True)
class History:
    """All that happened, before the end of the period or after it."""

    market: Market
    orders: Orders
    ordered_with: Identities
    deliveries: Deliveries
    claims: Claims
    claimed_with: Identities
    pictures: Pictures
    decisions: Decisions
    verdicts: Verdicts
    responses: Responses
    returns: Returns
    settlements: Settlements
    feedback: Feedback


def event_columns(history: History) -> list[Columns]:
    """The columns of each kind of event, in the order of the kinds; what a kind lacks is left out."""
    return [
        _paid(history),
        _shipped(history),
        _delivered(history),
        _filed(history),
        _decided(history),
        _responded(history),
        _sent_back(history),
        _inspected(history),
        _adjudicated(history),
        _settled(history),
        _rated(history),
    ]


def _always(kind: EventKind, number: Ints, occurred_at_ms: Ints, known_at_ms: Ints) -> Columns:
    return {
        "kind": np.full(len(number), code_of("kind", kind), dtype=np.int64),
        NUMBER: number,
        "occurred_at_ms": occurred_at_ms,
        "known_at_ms": known_at_ms,
    }


def _parties(history: History, order: Ints) -> Columns:
    orders = history.orders
    return {
        "order_id": order,
        "buyer_id": orders.buyer[order],
        "merchant_id": orders.merchant[order],
        "product_id": orders.product[order],
        "category_id": history.market.products.category[orders.product[order]],
    }


def _made_with(identities: Identities, row: Ints) -> Columns:
    return {
        "device_id": identities.device[row],
        "address_id": identities.address[row],
        "payment_id": identities.payment[row],
    }


def _of_the_claim(history: History, claim: Ints) -> Columns:
    """What a later event about a claim repeats of it. The pictures follow from `claim_id`."""
    return {
        **_parties(history, history.claims.order[claim]),
        **_made_with(history.claimed_with, claim),
        "claim_id": claim,
        "claim_filed_at_ms": history.claims.filed_at_ms[claim],
    }


def _later(history: History, kind: EventKind, claim: Ints, at_ms: Ints) -> Columns:
    return {**_always(kind, claim, at_ms, at_ms), **_of_the_claim(history, claim)}


def _paid(history: History) -> Columns:
    orders = history.orders
    order = np.arange(len(orders))
    return {
        **_always(EventKind.ORDER_PAID, order, orders.paid_at_ms, orders.paid_at_ms),
        **_parties(history, order),
        **_made_with(history.ordered_with, order),
        "amount_minor": orders.amount_minor,
        "quantity": orders.quantity,
        "order_promised_at_ms": orders.promised_at_ms,
    }


def _shipped(history: History) -> Columns:
    order = np.flatnonzero(history.deliveries.shipped)
    at_ms = history.deliveries.shipped_at_ms[order]
    return {
        **_always(EventKind.ORDER_SHIPPED, order, at_ms, at_ms),
        **_parties(history, order),
        **_order_times(history, order),
    }


def _delivered(history: History) -> Columns:
    deliveries = history.deliveries
    order = np.flatnonzero(~deliveries.lost)
    occurred_at_ms, known_at_ms = deliveries.delivered_at_ms[order], deliveries.known_at_ms[order]
    return {
        **_always(EventKind.ORDER_DELIVERED, order, occurred_at_ms, known_at_ms),
        **_parties(history, order),
        **_order_times(history, order),
        "address_id": history.ordered_with.address[order],
    }


def _order_times(history: History, order: Ints) -> Columns:
    orders = history.orders
    return {"order_paid_at_ms": orders.paid_at_ms[order], "order_promised_at_ms": orders.promised_at_ms[order]}


def _filed(history: History) -> Columns:
    claims, orders = history.claims, history.orders
    claim = np.arange(len(claims))
    return {
        **_always(EventKind.CLAIM_FILED, claim, claims.filed_at_ms, claims.filed_at_ms),
        **_parties(history, claims.order),
        **_order_times(history, claims.order),
        **_made_with(history.claimed_with, claim),
        "claim_id": claim,
        "amount_minor": claims.amount_minor,
        "quantity": claims.quantity,
        "order_amount_minor": orders.amount_minor[claims.order],
        "order_delivered_at_ms": claims.delivered_at_ms,
        "claim_type": claims.claim_type,
        "claim_reason": claims.claim_reason,
        "evidence_count": claims.evidence_count,
    }


def _decided(history: History) -> Columns:
    decisions = history.decisions
    return {
        **_later(history, EventKind.CLAIM_DECIDED, np.arange(len(history.claims)), decisions.decided_at_ms),
        "amount_minor": decisions.refunded_minor,
        "action": decisions.action,
    }


def _responded(history: History) -> Columns:
    responses = history.responses
    return {
        **_later(history, EventKind.MERCHANT_RESPONDED, responses.claim, responses.responded_at_ms),
        "merchant_response": responses.response,
    }


def _sent_back(history: History) -> Columns:
    returns = history.returns
    return _later(history, EventKind.RETURN_SHIPPED, returns.claim, returns.shipped_at_ms)


def _inspected(history: History) -> Columns:
    returns = history.returns
    row = np.flatnonzero(returns.inspected_at_ms != MISSING)
    return {
        **_later(history, EventKind.RETURN_INSPECTED, returns.claim[row], returns.inspected_at_ms[row]),
        "inspection": returns.inspection[row],
    }


def _adjudicated(history: History) -> Columns:
    verdicts = history.verdicts
    return {
        **_later(history, EventKind.CLAIM_ADJUDICATED, verdicts.claim, verdicts.adjudicated_at_ms),
        "verdict": verdicts.verdict,
        "verdict_source": verdicts.source,
        "merchant_at_fault": verdicts.merchant_at_fault,
    }


def _settled(history: History) -> Columns:
    settlements = history.settlements
    return {
        **_later(history, EventKind.ADVANCE_SETTLED, settlements.claim, settlements.settled_at_ms),
        "amount_minor": settlements.advanced_minor,
        "recovered_minor": settlements.recovered_minor,
    }


def _rated(history: History) -> Columns:
    feedback = history.feedback
    return {
        **_later(history, EventKind.FEEDBACK_GIVEN, feedback.claim, feedback.given_at_ms),
        "rating": feedback.rating,
    }
