"""All counts of merchants in a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Floats, Ints
from features.spans import DAY_MS, HOUR_MS
from serving.insight.merchants.expecting import (
    Expected,
    WatchedOrders,
    expect,
    order_of_claims,
    watched_orders,
)
from serving.insight.merchants.merging import Flags, count_by, flags, is_one_of, median_by, names_of, places, sum_by
from serving.insight.merchants.settings import MerchantSettings
from serving.insight.record import Record, times

MONTH_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Period:
    """Between which moments (ms) things count; each from one, and before the next."""

    before_ms: int
    from_ms: int
    orders_until_ms: int
    until_ms: int

    @classmethod
    def of(cls, until_ms: int, settings: MerchantSettings) -> Period:
        """The period that ends at a moment."""
        from_ms = until_ms - settings.period_days * DAY_MS
        watched_until_ms = max(from_ms, until_ms - settings.watch_days * DAY_MS)
        return cls(from_ms - settings.before_days * DAY_MS, from_ms, watched_until_ms, until_ms)


@dataclass(frozen=True, slots=True)
class Month:
    """Orders paid in 30 days from a moment on, and their claims."""

    from_ms: int
    claims: Expected


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """What merchants said to claims of the period, and what came of it; shape (merchants,)."""

    claims: Ints
    without_order: Ints
    awaiting_verdict: Ints
    answered: Ints
    timed_out: Ints
    in_time: Ints
    median_ms: Floats
    rulings: Ints
    at_fault: Ints
    disputed: Ints
    lost: Ints
    appeals: Ints
    appeals_lost: Ints


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """Parcels of the orders that count; shape (merchants,)."""

    delivered: Ints
    late: Ints
    undelivered: Ints
    median_shipping_ms: Floats


@dataclass(frozen=True, slots=True)
class MoneyCounts:
    """Advances on claims of the period, as settled; shape (merchants,)."""

    advances: Ints
    advanced_minor: Floats
    recovered_minor: Floats


@dataclass(frozen=True, slots=True)
class RatingCounts:
    """Ratings of the whole given in the period, of 1 to 5, the last one of each claim; shape (merchants,).

    Those of single steps, such as of the filing, are the platform's matter.
    """

    count: Ints
    total: Floats
    squares: Floats


@dataclass(frozen=True, slots=True)
class MerchantTallies:
    """All counts: `merchants` are their ids, and each array has a row for each."""

    merchants: pa.Array
    period: Period
    all_claims: Expected
    quality_claims: Expected
    before: Expected
    months: Sequence[Month]
    answers: AnswerCounts
    deliveries: DeliveryCounts
    money: MoneyCounts
    ratings: RatingCounts


def tally(
    record: Record, settings: MerchantSettings, quality_reasons: tuple[str, ...], appeals: Mapping[str, bool]
) -> MerchantTallies:
    """Count everything. `appeals`: by claim, whether the merchant lost its appeal."""
    merchants = names_of(record, "merchant_id")
    size, period = len(merchants), Period.of(record.until_ms, settings)
    orders = watched_orders(record, merchants, quality_reasons, settings.watch_days)
    counted = _between(orders.paid_ms, period.from_ms, period.orders_until_ms)
    earlier = _between(orders.paid_ms, period.before_ms, period.from_ms)
    of_claim = places(record.claims, "merchant_id", merchants)
    in_period = _between(times(record.claims, "filed_at_ms"), period.from_ms, period.until_ms)
    return MerchantTallies(
        merchants=merchants,
        period=period,
        all_claims=expect(orders, orders.claims, counted, size),
        quality_claims=expect(orders, orders.quality_claims, counted, size),
        before=expect(orders, orders.claims, earlier, size),
        months=_months(orders, period, record.from_ms, size),
        answers=_answers(record, of_claim, in_period, size, settings.answer_hours, appeals),
        deliveries=_deliveries(record, orders.merchant, counted, size),
        money=_money(record, of_claim, in_period, size),
        ratings=_ratings(record, of_claim, period, size),
    )


def _between(moments: Ints, from_ms: int, until_ms: int) -> Flags:
    return np.asarray((moments >= from_ms) & (moments < until_ms))


def _months(orders: WatchedOrders, period: Period, record_from_ms: int, size: int) -> list[Month]:
    """Months that end where orders are too young, the last one first counted; those before the record are left out."""
    months = []
    until_ms, first_ms = period.orders_until_ms, max(period.before_ms, record_from_ms)
    while (from_ms := until_ms - MONTH_DAYS * DAY_MS) >= first_ms:
        among = _between(orders.paid_ms, from_ms, until_ms)
        months.append(Month(from_ms, expect(orders, orders.claims, among, size)))
        until_ms = from_ms
    return months[::-1]


def _answers(
    record: Record, merchant: Ints, among: Flags, size: int, hours: int, appeals: Mapping[str, bool]
) -> AnswerCounts:
    claims = record.claims
    took_ms = times(claims, "responded_at_ms") - times(claims, "filed_at_ms")
    timed_out = is_one_of(claims, "merchant_response", ("timed_out",))
    answered = np.asarray(claims["merchant_response"].is_valid(), dtype=np.bool_) & ~timed_out
    says, at_fault = flags(claims, "merchant_at_fault")
    ids = pa.array(list(appeals), pa.string())
    appealed = is_one_of(claims, "claim_id", ids.to_pylist())
    appeal_lost = is_one_of(claims, "claim_id", [claim for claim, lost in appeals.items() if lost])
    refused = is_one_of(claims, "merchant_response", ("refused",)) & says
    no_verdict = np.asarray(claims["verdict"].is_null(), dtype=np.bool_)

    def count(where: Flags) -> Ints:
        return count_by(merchant, among & where, size)

    return AnswerCounts(
        claims=count(among),
        without_order=count(order_of_claims(record) < 0),
        awaiting_verdict=count(no_verdict),
        answered=count(answered),
        timed_out=count(timed_out),
        in_time=count(answered & (took_ms <= hours * HOUR_MS)),
        median_ms=median_by(merchant, took_ms, among & answered, size),
        rulings=count(says),
        at_fault=count(says & at_fault),
        disputed=count(appealed | refused),
        lost=count(np.where(appealed, appeal_lost, refused & at_fault)),
        appeals=count(appealed),
        appeals_lost=count(appeal_lost),
    )


def _deliveries(record: Record, merchant: Ints, among: Flags, size: int) -> DeliveryCounts:
    promised, delivered = times(record.orders, "promised_at_ms"), times(record.orders, "delivered_at_ms")
    shipped = times(record.orders, "shipped_at_ms")
    arrived = among & (promised >= 0) & (delivered >= 0)
    overdue = among & (delivered < 0) & (promised >= 0) & (promised < record.until_ms)
    return DeliveryCounts(
        delivered=count_by(merchant, arrived, size),
        late=count_by(merchant, arrived & (delivered > promised), size),
        undelivered=count_by(merchant, overdue, size),
        median_shipping_ms=median_by(
            merchant, shipped - times(record.orders, "paid_at_ms"), among & (shipped >= 0), size
        ),
    )


def _money(record: Record, merchant: Ints, among: Flags, size: int) -> MoneyCounts:
    advanced, recovered = times(record.claims, "advanced_minor"), times(record.claims, "recovered_minor")
    settled = among & (advanced >= 0)
    return MoneyCounts(
        advances=count_by(merchant, settled, size),
        advanced_minor=sum_by(merchant, advanced, settled, size),
        recovered_minor=sum_by(merchant, np.maximum(recovered, 0), settled, size),
    )


def _ratings(record: Record, merchant: Ints, period: Period, size: int) -> RatingCounts:
    stars = times(record.claims, "rating")
    among = _between(times(record.claims, "rated_at_ms"), period.from_ms, period.until_ms) & (stars > 0)
    return RatingCounts(
        count=count_by(merchant, among, size),
        total=sum_by(merchant, stars, among, size),
        squares=sum_by(merchant, stars * stars, among, size),
    )
