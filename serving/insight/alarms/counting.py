"""Which claims count, and the order of each.

Abuse must raise no alarm: of one product, a buyer counts once, and so does a device and an address, however many
claims come from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.spans import DAY_MS
from serving.insight.alarms.settings import GOODS_REASONS
from serving.insight.record import Record, times

NEVER: Final = np.iinfo(np.int64).max
_MOST_CATEGORIES: Final = 64
_SOURCES: Final = ("buyer_id", "device_id", "address_id")


@dataclass(frozen=True, slots=True)
class Counted:
    """Orders of known products paid in the record's time, by the day of that; arrays of shape (orders,).

    Attributes:
        row: of the record's orders.
        product, merchant: places in `products` and `merchants`; a merchant that nobody told is -1.
        category: a number; those beyond the largest 63 share one.
        day: on which it was paid; days are of UTC and count from 1970.
        claim_day: on which the claim that counts became known; `NEVER` where there is none.
        claim_row: that claim's row of the record's claims, or -1.
        first_day, last_day: of the record.
    """

    row: Ints
    product: Ints
    merchant: Ints
    category: Ints
    day: Ints
    claim_day: Ints
    claim_row: Ints
    products: list[str]
    merchants: list[str]
    categories: int
    first_day: int
    last_day: int


def counted(record: Record) -> Counted:
    """The orders of a record, each with the claim that counts, if there is one.

    Orders that became known in the record's time but were paid before it, or are said to be paid after it, are left
    out: what is usual is worked out for each day of the record, and one late message would add years to it.
    """
    orders = record.orders
    paid = times(orders, "paid_at_ms")
    inside = (paid >= record.from_ms) & (paid < record.until_ms)
    row = np.flatnonzero(inside & np.asarray(pc.is_valid(orders["product_id"])))
    row = row[np.argsort(paid[row], kind="stable")]
    claim_of = _claims_that_count(record)[row]
    claimed = np.append(times(record.claims, "known_at_ms"), 0)[claim_of] // DAY_MS
    product, products = _codes(orders["product_id"], row)
    merchant, merchants = _codes(orders["merchant_id"], row)
    category = _categories(_codes(orders["category_id"], row)[0])
    day = paid[row] // DAY_MS
    return Counted(
        row=row,
        product=product,
        merchant=merchant,
        category=category,
        day=day,
        claim_day=np.where(claim_of >= 0, np.maximum(claimed, day), NEVER),
        claim_row=claim_of,
        products=products,
        merchants=merchants,
        categories=int(category.max(initial=0)) + 1,
        first_day=int(day.min(initial=record.until_ms // DAY_MS)),
        last_day=(record.until_ms - 1) // DAY_MS,
    )


def _claims_that_count(record: Record) -> Ints:
    """For each order of the record, the row of the claim that counts; -1 where there is none."""
    claims, orders = record.claims, record.orders
    found = np.full(len(orders), -1, dtype=np.int64)
    speaks = pc.fill_null(pc.is_in(claims["claim_reason"], pa.array(GOODS_REASONS)), False)
    place = pc.fill_null(pc.index_in(claims["order_id"].combine_chunks(), orders["order_id"].combine_chunks()), -1)
    candidates = np.flatnonzero(np.asarray(speaks) & (np.asarray(place) >= 0))
    order_of = np.asarray(place, dtype=np.int64)[candidates]
    product = orders["product_id"].take(order_of).to_pylist()
    sources = [claims[name].take(candidates).to_pylist() for name in _SOURCES]
    seen: set[tuple[str, str, str]] = set()
    for claim, order, of, *ids in zip(candidates, order_of, product, *sources, strict=True):
        keys = {(of, kind, each) for kind, each in zip(_SOURCES, ids, strict=True) if each is not None}
        if found[order] < 0 and not keys & seen:
            found[order] = claim
        seen |= keys
    return found


def _codes(column: pa.ChunkedArray, row: Ints) -> tuple[Ints, list[str]]:
    """A number for each text, and the texts by their numbers; -1 where nobody told."""
    encoded = column.take(row).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):  # of no rows
        encoded = encoded.combine_chunks()
    return np.asarray(pc.fill_null(encoded.indices, -1), dtype=np.int64), encoded.dictionary.to_pylist()


def _categories(code: Ints) -> Ints:
    """Categories by their size, the largest first; all small ones, and none, are the last."""
    if not len(code):
        return code
    sizes = np.bincount(code + 1)
    sizes[0] = 0  # nobody told
    place = np.argsort(np.argsort(-sizes, kind="stable"), kind="stable")
    return np.minimum(place, _MOST_CATEGORIES - 1)[code + 1].astype(np.int64)
