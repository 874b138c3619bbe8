"""The world as events: integer columns per kind of event, put in order, then turned into Arrow at once.

Only what a platform would know goes in here. A missing word or id is -1 and a missing number `MISSING`, as in
`features.event_table`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.event_file import EVENT_SCHEMA
from features.event_table import MISSING, code_of
from features.events import EVENT_FIELDS, EventKind, FieldType
from training.simulate.claims import Claims
from training.simulate.config import SimulationConfig
from training.simulate.orders import Deliveries, Orders
from training.simulate.rulings import Decisions, Verdicts

Columns: TypeAlias = dict[str, Ints]

ID_DIGITS: Final = {"order_id": 9, "claim_id": 9, "buyer_id": 5, "merchant_id": 4, "product_id": 5}
NUMBER: Final = "event_number"  # the order's or claim's number, which the event's id is made of


@dataclass(frozen=True, slots=True)
class History:
    """All that happened, before the end of the period or after it."""

    orders: Orders
    deliveries: Deliveries
    claims: Claims
    decisions: Decisions
    verdicts: Verdicts


def event_table(config: SimulationConfig, history: History) -> pa.Table:
    """The events known before the period's end in `EVENT_SCHEMA`, by `known_at_ms`, then kind, then number."""
    parts = [_paid(history), _delivered(history), _filed(history), _decided(history), _adjudicated(history)]
    columns = _stack(parts)
    known = np.flatnonzero(columns["known_at_ms"] < config.end_ms)
    keys = (columns[NUMBER][known], columns["kind"][known], columns["known_at_ms"][known])
    rows = known[np.lexsort(keys)]
    return _to_arrow({name: column[rows] for name, column in columns.items()})


def names(field: str, numbers: Ints) -> pa.Array:
    """Ids of a field from numbers, such as `buyer-00042`; null where the number is -1.

    >>> names("buyer_id", np.array([42, -1])).to_pylist()
    ['buyer-00042', None]
    """
    digits = pc.utf8_lpad(pa.array(numbers, mask=numbers < 0).cast(pa.string()), ID_DIGITS[field], "0")
    return pc.binary_join_element_wise(field.removesuffix("_id"), digits, "-")


def _stack(parts: list[Columns]) -> Columns:
    """Put the kinds' columns under each other; what a kind lacks is missing."""
    stacked = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        missing = _missing(name)
        stacked[name] = np.concatenate(
            [part.get(name, np.full(len(part["kind"]), missing, dtype=np.int64)) for part in parts]
        )
    return stacked


def _missing(name: str) -> int:
    number = name == NUMBER or EVENT_FIELDS[name].type in {FieldType.TIME, FieldType.MONEY, FieldType.COUNT}
    return MISSING if number else -1


def _always(kind: EventKind, number: Ints, occurred_at_ms: Ints, known_at_ms: Ints) -> Columns:
    return {
        "kind": np.full(len(number), code_of("kind", kind), dtype=np.int64),
        NUMBER: number,
        "occurred_at_ms": occurred_at_ms,
        "known_at_ms": known_at_ms,
    }


def _parties(orders: Orders, order: Ints) -> Columns:
    return {
        "order_id": order,
        "buyer_id": orders.buyer[order],
        "merchant_id": orders.merchant[order],
        "product_id": orders.product[order],
    }


def _paid(history: History) -> Columns:
    orders = history.orders
    order = np.arange(len(orders))
    return {
        **_always(EventKind.ORDER_PAID, order, orders.paid_at_ms, orders.paid_at_ms),
        **_parties(orders, order),
        "amount_minor": orders.amount_minor,
        "quantity": orders.quantity,
    }


def _delivered(history: History) -> Columns:
    deliveries = history.deliveries
    order = np.flatnonzero(~deliveries.lost)
    occurred_at_ms, known_at_ms = deliveries.delivered_at_ms[order], deliveries.known_at_ms[order]
    return {
        **_always(EventKind.ORDER_DELIVERED, order, occurred_at_ms, known_at_ms),
        **_parties(history.orders, order),
    }


def _filed(history: History) -> Columns:
    claims, orders = history.claims, history.orders
    claim = np.arange(len(claims))
    return {
        **_always(EventKind.CLAIM_FILED, claim, claims.filed_at_ms, claims.filed_at_ms),
        **_parties(orders, claims.order),
        "claim_id": claim,
        "amount_minor": claims.amount_minor,
        "quantity": claims.quantity,
        "order_amount_minor": orders.amount_minor[claims.order],
        "order_paid_at_ms": orders.paid_at_ms[claims.order],
        "order_delivered_at_ms": claims.delivered_at_ms,
        "claim_type": claims.claim_type,
        "claim_reason": claims.claim_reason,
        "evidence_count": claims.evidence_count,
    }


def _decided(history: History) -> Columns:
    decisions = history.decisions
    claim = np.arange(len(history.claims))
    return {
        **_always(EventKind.CLAIM_DECIDED, claim, decisions.decided_at_ms, decisions.decided_at_ms),
        **_parties(history.orders, history.claims.order),
        "claim_id": claim,
        "amount_minor": decisions.refunded_minor,
        "action": decisions.action,
    }


def _adjudicated(history: History) -> Columns:
    verdicts = history.verdicts
    return {
        **_always(EventKind.CLAIM_ADJUDICATED, verdicts.claim, verdicts.adjudicated_at_ms, verdicts.adjudicated_at_ms),
        **_parties(history.orders, history.claims.order[verdicts.claim]),
        "claim_id": verdicts.claim,
        "verdict": verdicts.verdict,
        "verdict_source": verdicts.source,
        "merchant_at_fault": verdicts.merchant_at_fault,
    }


def _to_arrow(columns: Columns) -> pa.Table:
    arrays = {name: _column(name, numbers) for name, numbers in columns.items() if name != NUMBER}
    digits = pc.utf8_lpad(pa.array(columns[NUMBER]).cast(pa.string()), 9, "0")
    arrays["event_id"] = pc.binary_join_element_wise(arrays["kind"], digits, "-")
    count = len(columns[NUMBER])
    return pa.table(
        [arrays[field.name] if field.name in arrays else pa.nulls(count, field.type) for field in EVENT_SCHEMA],
        schema=EVENT_SCHEMA,
    )


def _column(name: str, numbers: Ints) -> pa.Array:
    spec = EVENT_FIELDS[name]
    match spec.type:
        case FieldType.ID:
            return names(name, numbers)
        case FieldType.CATEGORY:
            return pa.array(spec.values).take(pa.array(numbers, mask=numbers < 0))
        case FieldType.FLAG:
            return pa.array(numbers == 1, mask=numbers < 0)
        case _:
            return pa.array(numbers, mask=numbers == MISSING)
