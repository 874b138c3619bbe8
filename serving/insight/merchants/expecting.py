"""Claims that came, and those that a merchant's mix of categories would have had: indirect standardisation.

A claim belongs to the moment at which its order was paid, and counts if it came within the time for which every order
is watched. So an order of yesterday, whose claim is still to come, makes nobody look better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from features.spans import DAY_MS
from serving.insight.merchants.merging import Flags, count_by, is_one_of, places, sum_by
from serving.insight.record import Record, times


@dataclass(frozen=True, slots=True)
class WatchedOrders:
    """A row per order, shape (orders,).

    Attributes:
        merchant: its place among the merchants.
        category: its place among the categories; orders without one are a category of their own.
        paid_ms: when it was paid.
        claims, quality_claims: how many came within the time that it is watched for.
    """

    merchant: Ints
    category: Ints
    paid_ms: Ints
    claims: Ints
    quality_claims: Ints


@dataclass(frozen=True, slots=True)
class Expected:
    """By merchant, shape (merchants,): orders, claims that came, and claims that its categories would have had."""

    orders: Ints
    claims: Ints
    expected: Floats


def watched_orders(record: Record, merchants: pa.Array, quality_reasons: tuple[str, ...], days: int) -> WatchedOrders:
    """The orders of a record with their claims within so many days of payment."""
    orders, claims = record.orders, record.claims
    categories = pc.unique(orders["category_id"]).drop_null()
    category = places(orders, "category_id", categories)
    paid_ms = times(orders, "paid_at_ms")
    order = order_of_claims(record)
    known = order >= 0
    delay_ms = times(claims, "filed_at_ms")[known] - paid_ms[order[known]]
    in_time = np.zeros(len(order), dtype=np.bool_)
    in_time[known] = delay_ms < days * DAY_MS
    is_quality = is_one_of(claims, "claim_reason", quality_reasons)
    return WatchedOrders(
        merchant=places(orders, "merchant_id", merchants),
        category=np.where(category < 0, len(categories), category),
        paid_ms=paid_ms,
        claims=count_by(order, in_time, len(orders)),
        quality_claims=count_by(order, in_time & is_quality, len(orders)),
    )


def order_of_claims(record: Record) -> Ints:
    """The row of each claim's order; -1 where it isn't on record."""
    names = record.orders["order_id"].combine_chunks()
    found = pc.index_in(record.claims["order_id"].combine_chunks(), names, skip_nulls=True)
    return np.asarray(pc.fill_null(found, -1), dtype=np.int64)


def expect(orders: WatchedOrders, claims: Ints, among: Flags, size: int) -> Expected:
    """What came and what was to be expected, at the rates of categories among the very same orders.

    expected = sum over the merchant's orders of (claims of all merchants in its category / orders in its category).
    All merchants' expected claims are as many as all that came.
    """
    category = orders.category
    each = int(category.max(initial=0)) + 1
    bought = count_by(category, among, each)
    claimed = sum_by(category, claims, among, each)
    rate = claimed / np.maximum(bought, 1)
    return Expected(
        orders=count_by(orders.merchant, among, size),
        claims=sum_by(orders.merchant, claims, among, size).astype(np.int64),
        expected=sum_by(orders.merchant, rate[category], among, size),
    )
