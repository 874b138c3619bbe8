"""Events made from lines: an order becomes `order_paid`, a return `claim_filed` and, at once, `claim_decided`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.event_file import EVENT_SCHEMA
from features.events import EventKind
from training.load.lines import Lines
from training.load.matching import Matches


@dataclass(frozen=True, slots=True)
class ReturnWords:
    """What each return claims and why, shape (n,), and how all of them were decided."""

    claim_type: pa.Array
    claim_reason: pa.Array
    action: str


def assemble(orders: Lines, returns: Lines, matches: Matches, words: ReturnWords) -> tuple[pa.Table, Ints]:
    """The events of all lines in the event layout, by `known_at_ms`, then in the order of the file; and their lines.

    A return without a purchase becomes a claim without order facts. Event ids are "order-", "claim-" and "decided-"
    with the line's id.
    """
    parts = [
        _order_paid(orders),
        _claim_filed(orders, returns, matches, words),
        _claim_decided(orders, returns, matches, words),
    ]
    table = pa.concat_tables(parts)
    position = np.concatenate([orders.position, returns.position, returns.position])
    # lexsort is stable, and a claim stands before its decision in the parts: so it does in the result.
    order = np.lexsort((position, table["known_at_ms"].to_numpy()))
    return table.take(pa.array(order)), position[order]


def _order_paid(orders: Lines) -> pa.Table:
    return _lay_out(EventKind.ORDER_PAID, "order", orders, {"order_id": orders.reference, "quantity": orders.quantity})


def _claim_filed(orders: Lines, returns: Lines, matches: Matches, words: ReturnWords) -> pa.Table:
    columns = {
        "claim_id": returns.reference,
        "quantity": returns.quantity,
        "claim_type": words.claim_type,
        "claim_reason": words.claim_reason,
        "order_id": _of_purchase(orders.reference, matches.purchase),
        "order_amount_minor": _of_purchase(pa.array(orders.amount_minor), matches.purchase),
        "order_paid_at_ms": _of_purchase(pa.array(orders.time_ms), matches.purchase),
    }
    return _lay_out(EventKind.CLAIM_FILED, "claim", returns, columns)


def _claim_decided(orders: Lines, returns: Lines, matches: Matches, words: ReturnWords) -> pa.Table:
    columns = {
        "claim_id": returns.reference,
        "order_id": _of_purchase(orders.reference, matches.purchase),
        "action": pa.repeat(words.action, len(returns)),
    }
    return _lay_out(EventKind.CLAIM_DECIDED, "decided", returns, columns)


def _of_purchase(values: pa.Array, purchase: Ints) -> pa.Array:
    """A value of each return's purchase, null where it has none."""
    return values.take(pa.array(purchase, mask=purchase < 0))


def _lay_out(kind: EventKind, prefix: str, lines: Lines, columns: dict[str, pa.Array | Ints]) -> pa.Table:
    every = {
        "event_id": pc.binary_join_element_wise(pa.scalar(prefix), lines.line, "-"),
        "kind": pa.repeat(str(kind), len(lines)),
        "occurred_at_ms": lines.time_ms,
        "known_at_ms": lines.time_ms,
        "buyer_id": lines.buyer,
        "merchant_id": lines.merchant,
        "product_id": lines.product,
        "amount_minor": lines.amount_minor,
        **columns,
    }
    empty = {field.name: pa.nulls(len(lines), field.type) for field in EVENT_SCHEMA if field.name not in every}
    return pa.table({field.name: (every | empty)[field.name] for field in EVENT_SCHEMA}, schema=EVENT_SCHEMA)
