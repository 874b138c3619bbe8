"""Orders and claims as columns, a row each, with all that was known of them at one moment.

Both are Arrow tables. Ids and words are strings, times are milliseconds UTC, money is in minor units (int64); what
nobody told is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.event_file import EVENT_SCHEMA
from features.events import EventKind

_PARTIES: Final = ("buyer_id", "merchant_id", "product_id", "category_id")
# what an event gives to the row of its order or claim, and under which name
_OF_ORDERS: Final[Mapping[EventKind, Mapping[str, str]]] = {
    EventKind.ORDER_PAID: {
        **{name: name for name in ("order_id", *_PARTIES, "device_id", "address_id", "payment_id")},
        "amount_minor": "amount_minor",
        "quantity": "quantity",
        "order_promised_at_ms": "promised_at_ms",
        "occurred_at_ms": "paid_at_ms",
    },
    EventKind.ORDER_SHIPPED: {"occurred_at_ms": "shipped_at_ms"},
    EventKind.ORDER_DELIVERED: {"occurred_at_ms": "delivered_at_ms"},
}
_OF_CLAIMS: Final[Mapping[EventKind, Mapping[str, str]]] = {
    EventKind.CLAIM_FILED: {
        **{name: name for name in ("claim_id", "order_id", *_PARTIES, "device_id", "address_id", "payment_id")},
        **{name: name for name in ("amount_minor", "quantity", "claim_type", "claim_reason")},
        **{name: name for name in ("evidence_count", "evidence_hashes", "order_amount_minor")},
        "order_paid_at_ms": "paid_at_ms",
        "order_delivered_at_ms": "delivered_at_ms",
        "order_promised_at_ms": "promised_at_ms",
        "occurred_at_ms": "filed_at_ms",
        "known_at_ms": "known_at_ms",
    },
    EventKind.CLAIM_DECIDED: {
        "action": "action",
        "amount_minor": "refunded_minor",
        "occurred_at_ms": "decided_at_ms",
        "audit_propensity_ppm": "audit_propensity_ppm",
    },
    EventKind.MERCHANT_RESPONDED: {"merchant_response": "merchant_response", "occurred_at_ms": "responded_at_ms"},
    EventKind.RETURN_SHIPPED: {"occurred_at_ms": "sent_back_at_ms"},
    EventKind.RETURN_INSPECTED: {"inspection": "inspection", "occurred_at_ms": "inspected_at_ms"},
    EventKind.CLAIM_ADJUDICATED: {
        "verdict": "verdict",
        "verdict_source": "verdict_source",
        "merchant_at_fault": "merchant_at_fault",
        "occurred_at_ms": "ruled_at_ms",
    },
    EventKind.ADVANCE_SETTLED: {
        "amount_minor": "advanced_minor",
        "recovered_minor": "recovered_minor",
        "occurred_at_ms": "settled_at_ms",
    },
    EventKind.FEEDBACK_GIVEN: {"rating": "rating", "occurred_at_ms": "rated_at_ms"},
}
# a claim may have many ratings, so they are no columns of it; without a step, one is about the whole
_OF_RATINGS: Final[Mapping[str, str]] = {
    "claim_id": "claim_id",
    "rating": "rating",
    "feedback_step": "step",
    "occurred_at_ms": "rated_at_ms",
}


def _schema(given: Mapping[EventKind, Mapping[str, str]]) -> pa.Schema:
    fields = [(to, EVENT_SCHEMA.field(name).type) for names in given.values() for name, to in names.items()]
    return pa.schema(fields)


ORDER_SCHEMA: Final = _schema(_OF_ORDERS)
CLAIM_SCHEMA: Final = _schema(_OF_CLAIMS)
READ_COLUMNS: Final = tuple(
    dict.fromkeys(
        (
            *("kind", "known_at_ms", "order_id", "claim_id"),
            *(name for given in (_OF_ORDERS, _OF_CLAIMS) for names in given.values() for name in names),
            *_OF_RATINGS,
        )
    )
)


@dataclass(frozen=True, slots=True)
class Record:
    """All orders and claims of a period, as they were known at its end.

    Attributes:
        orders: a row per order line, by the moment at which it became known (`ORDER_SCHEMA`). One that was reported
            twice is told as it was at first.
        claims: a row per claim, by the moment at which it became known (`CLAIM_SCHEMA`); reported twice, the same. Of
            what happened to one more than once, as a second verdict, the last one counts; of ratings, the last one of
            the whole.
        ratings: a row per rating (`claim_id`, `rating`, `step`, `rated_at_ms`); `step` is one of `FEEDBACK_STEPS`, or
            null where the whole is rated.
        from_ms, until_ms: what became known from the first moment on and before the second one.
    """

    orders: pa.Table
    claims: pa.Table
    ratings: pa.Table
    from_ms: int
    until_ms: int


def record_of(events: pa.Table, from_ms: int, until_ms: int) -> Record:
    """The record of events in the layout of files (`READ_COLUMNS` are enough), in any order.

    Events known outside of [from_ms, until_ms) are left out, and so are those about orders and claims of before.
    """
    known = events["known_at_ms"]
    inside = pc.and_(pc.greater_equal(known, from_ms), pc.less(known, until_ms))
    ratings = _of_kind(events, inside, EventKind.FEEDBACK_GIVEN, _OF_RATINGS)
    of_the_whole = pc.and_(inside, pc.is_null(events["feedback_step"]))
    return Record(
        orders=_joined(events, inside, _OF_ORDERS, "order_id", ORDER_SCHEMA),
        claims=_joined(events, of_the_whole, _OF_CLAIMS, "claim_id", CLAIM_SCHEMA),
        ratings=pa.table({to: ratings[name] for name, to in _OF_RATINGS.items()}),
        from_ms=from_ms,
        until_ms=until_ms,
    )


def times(table: pa.Table, name: str) -> Ints:
    """A column of times (ms) or counts as int64, shape (rows,); -1 where nobody told."""
    return np.asarray(pc.fill_null(table[name], -1).combine_chunks(), dtype=np.int64)


def _joined(
    events: pa.Table,
    among: pa.ChunkedArray,
    given: Mapping[EventKind, Mapping[str, str]],
    key: str,
    schema: pa.Schema,
) -> pa.Table:
    """A row for each key of the first kind, and beside it what the last event of each other kind says of it."""
    (kind, names), *later = given.items()
    first = _each_once(_of_kind(events, among, kind, names), key)
    columns = {to: first[name] for name, to in names.items()}
    for kind, names in later:
        told = _of_kind(events, among, kind, (key, *names))
        told = told.take(np.arange(len(told))[::-1])  # of those with the same id, the first one is found
        place = pc.index_in(first[key].combine_chunks(), told[key].combine_chunks())
        columns |= {to: told[name].combine_chunks().take(place) for name, to in names.items()}
    return pa.table(columns).select(schema.names).cast(schema)


def _each_once(rows: pa.Table, key: str) -> pa.Table:
    """The first row of each key."""
    codes = np.asarray(rows[key].combine_chunks().dictionary_encode().indices)
    _, first = np.unique(codes, return_index=True)
    return rows if len(first) == len(rows) else rows.take(np.sort(first))


def _of_kind(events: pa.Table, among: pa.ChunkedArray, kind: EventKind, names: Iterable[str]) -> pa.Table:
    """The events of a kind among some by when they became known: only these columns, as others would fill memory."""
    rows = pc.and_(among, pc.equal(events["kind"], str(kind)))
    told = events.select(list(dict.fromkeys((*names, "known_at_ms")))).filter(rows)
    return told.sort_by("known_at_ms").combine_chunks()
