"""From a raised alarm to one that can be kept: what its orders were, and what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.spans import DAY_MS
from serving.insight.alarms.alarm import Advice, Alarm, AlarmKind, AlarmSign, alarm_id
from serving.insight.alarms.batches import Batch, name_batch
from serving.insight.alarms.counting import Counted
from serving.insight.alarms.detecting import Flags, Raised, Rule, Sales
from serving.insight.alarms.settings import GOODS_REASONS, MOST_AGE_DAYS, QUIET_DAYS
from serving.insight.alarms.usual import Usual
from serving.insight.rates import count_interval
from serving.insight.record import Record, times

_MOST_IDS: Final = 50
_DAYS_BEFORE: Final = 30  # of the batch, in the chart
_MOST_CHART_DAYS: Final = 180
_FEWEST_RULED: Final = 3


@dataclass(frozen=True, slots=True)
class Basis:
    """What all alarms are told from; `claims_of` are the rows of all claims on an order, by the order's row."""

    record: Record
    counted: Counted
    usual: Usual
    claims_of: dict[int, list[int]]


def basis_of(record: Record, counted: Counted, usual: Usual) -> Basis:
    """Find the claims of all orders."""
    place = pc.index_in(
        record.claims["order_id"].combine_chunks(), value_set=record.orders["order_id"].combine_chunks()
    )
    claims_of: dict[int, list[int]] = {}
    for claim, order in enumerate(place.to_pylist()):
        if order is not None:
            claims_of.setdefault(order, []).append(claim)
    return Basis(record, counted, usual, claims_of)


@dataclass(frozen=True, slots=True)
class Found:
    """An alarm that was raised: of what, the places of the entity's orders in `Counted`, when, and by which signs."""

    kind: AlarmKind
    entity: str
    place: Ints
    sales: Sales
    rule: Rule
    raised: Raised
    signs: list[AlarmSign] = field(default_factory=list)


def tell(basis: Basis, found: Found) -> Alarm:
    """The alarm, with all that is known of it at the record's end."""
    counted, raised, sales = basis.counted, found.raised, found.sales
    batch = _batch(basis, found)
    inside = (sales.day >= batch.from_day) & (sales.day <= batch.to_day)
    rates = _rates(found, basis.usual, batch, inside)
    rows = counted.row[found.place[inside]]
    unclaimed = np.array([int(row) not in basis.claims_of for row in rows], dtype=np.bool_)
    claims = _claims(basis, rows)
    is_open = counted.last_day - raised.last_day <= QUIET_DAYS
    still = _still_expected(basis, found, rates, np.flatnonzero(inside)[unclaimed])
    return Alarm(
        id=alarm_id(found.kind, found.entity, raised.opened_day),
        kind=found.kind,
        entity=found.entity,
        state="open" if is_open else "over",
        opened_ms=_moment(basis, found, raised.opened_day),
        last_ms=_moment(basis, found, raised.last_day),
        batch_from_ms=batch.from_day * DAY_MS,
        batch_to_ms=(batch.to_day + 1) * DAY_MS,
        sold=len(rows),
        unclaimed=int(unclaimed.sum()),
        still_expected=still,
        advice=_advice(found.kind, is_open, rates.claims, claims),
        **_of_orders(basis, found.kind, rows),
        **_of_rates(rates),
        **_of_claims(claims, still),
        **_of_days(found, basis.usual, rates.factor, batch),
        signs=found.signs,
    )


def _batch(basis: Basis, found: Found) -> Batch:
    """The days of payment that an alarm is about; of a decline, all from its beginning to its last sign."""
    raised, today = found.raised, basis.counted.last_day
    if found.kind != "decline":
        return name_batch(found.sales, basis.usual, found.rule, raised, today)
    return Batch(raised.start_day, raised.last_day, min(today, raised.last_day + QUIET_DAYS))


@dataclass(frozen=True, slots=True)
class _Rates:
    """Claims in the batch, how many are usual, and the entity's own factor on what is usual, without the batch."""

    claims: int
    expected: float
    factor: float


def _rates(found: Found, usual: Usual, batch: Batch, inside: Flags) -> _Rates:
    sales = found.sales
    claimed = sales.claim_day <= batch.as_of_day
    expected = usual.expected(batch.as_of_day, sales.category, batch.as_of_day - sales.day)
    shape = found.rule.shape
    factor = float((shape + np.count_nonzero(claimed & ~inside)) / (shape + expected[~inside].sum()))
    return _Rates(int(np.count_nonzero(claimed & inside)), factor * float(expected[inside].sum()), factor)


def _still_expected(basis: Basis, found: Found, rates: _Rates, unclaimed: Ints) -> float:
    """Claims to come on orders of the batch that have none, at the batch's rate."""
    today, usual = basis.counted.last_day, basis.usual
    day, category = found.sales.day[unclaimed], found.sales.category[unclaimed]
    at_last = usual.expected(today + 1, category, np.full(len(day), MOST_AGE_DAYS))
    left = at_last - usual.expected(today + 1, category, today - day)
    return float(left.sum()) * rates.factor * rates.claims / rates.expected


def _of_orders(basis: Basis, kind: AlarmKind, rows: Ints) -> dict[str, Any]:
    """Whose the orders were."""
    orders = basis.record.orders.take(rows)
    merchants = [name for name in _most(orders["merchant_id"]) if name is not None]
    return {"merchants": merchants, "category": _most(orders["category_id"])[0] if kind == "product" else None}


def _of_rates(rates: _Rates) -> dict[str, Any]:
    """Claims against what is usual. The interval is that of the claims; what is usual is taken as known."""
    low, high = count_interval(rates.claims)
    ratios = (rates.claims / rates.expected, low / rates.expected, high / rates.expected)
    told = {"claims": rates.claims, "expected": rates.expected}
    return told | dict(zip(("ratio", "ratio_low", "ratio_high"), ratios, strict=True))


def _of_claims(claims: list[dict[str, Any]], still: float) -> dict[str, Any]:
    """What all claims about the goods say, also those that don't count."""
    [(reason, leading)] = Counter(each["claim_reason"] for each in claims).most_common(1) or [(None, 0)]
    amounts = [each["amount_minor"] for each in claims if each["amount_minor"] is not None]
    ruled = _ruled(claims)
    return {
        "products": len({each["product_id"] for each in claims}),
        "reported": len(claims),
        "buyers": len({each["buyer_id"] for each in claims}),
        "abusive": ruled.count("abusive"),
        "ruled": len(ruled),
        "reason": reason,
        "reason_share": leading / max(len(claims), 1),
        "claim_ids": [each["claim_id"] for each in claims[:_MOST_IDS]],
        "claimed_minor": sum(amounts),
        "still_expected_minor": round(still * sum(amounts) / len(amounts)) if amounts else 0,
    }


def _claims(basis: Basis, rows: Ints) -> list[dict[str, Any]]:
    """All claims about the goods on some orders, the newest first."""
    found = [claim for row in rows for claim in basis.claims_of.get(int(row), ())]
    names = ["claim_id", "buyer_id", "product_id", "claim_reason", "verdict", "amount_minor", "known_at_ms"]
    claims = basis.record.claims.select(names).take(np.array(found, dtype=np.int64)).to_pylist()
    return sorted(
        (each for each in claims if each["claim_reason"] in GOODS_REASONS), key=lambda each: -each["known_at_ms"]
    )


def _most(column: pa.ChunkedArray) -> list[str | None]:
    return [value for value, _ in Counter(column.to_pylist()).most_common(10)]


def _moment(basis: Basis, found: Found, day: int) -> int:
    """When the last claim of a day became known; of a decline, the last moment of the day, or of the record."""
    if found.kind == "decline":
        return min((day + 1) * DAY_MS, basis.record.until_ms) - 1
    claims = basis.counted.claim_row[found.place[found.sales.claim_day == day]]
    return int(times(basis.record.claims, "known_at_ms")[claims].max())


def _of_days(found: Found, usual: Usual, factor: float, batch: Batch) -> dict[str, Any]:
    """Claims that count by the day on which they became known, from a month before the batch on."""
    sales, last = found.sales, batch.as_of_day
    first = max(batch.from_day - _DAYS_BEFORE, usual.first_day, last - _MOST_CHART_DAYS + 1)
    by = [
        factor * float(usual.expected(last, sales.category, day - sales.day).sum())
        for day in range(first - 1, last + 1)
    ]
    return {
        "first_day": first,
        "daily": [int(np.count_nonzero(sales.claim_day == day)) for day in range(first, last + 1)],
        "daily_expected": [round(after - before, 4) for before, after in pairwise(by)],
    }


def _ruled(claims: list[dict[str, Any]]) -> list[str]:
    return [each["verdict"] for each in claims if each["verdict"] in ("abusive", "legitimate")]


def _advice(kind: AlarmKind, is_open: bool, counted: int, claims: list[dict[str, Any]]) -> Advice:
    """What to do first."""
    if kind == "decline":
        return "ask_service" if is_open else "watch_service"
    ruled = _ruled(claims)
    is_abusive = len(ruled) >= _FEWEST_RULED and 2 * ruled.count("abusive") >= len(ruled)
    if is_abusive or len(claims) >= 2 * counted:
        return "look_at_abuse"
    if kind == "merchant":
        return "ask_merchant" if is_open else "watch_merchant"
    return "stop_sale" if is_open else "check_stock"
