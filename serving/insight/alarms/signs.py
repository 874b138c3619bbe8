"""The signs by which a merchant declines: parcels late, answers slow, and claims about the goods.

Each case of a sign began on a day (the order was paid, or the claim filed), turned out well or badly on a later one,
and had a chance to turn out badly that is what all merchants' cases of those days had. So a festival that makes all
parcels late makes nobody's late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from features.spans import DAY_MS, HOUR_MS
from serving.insight.alarms.counting import Counted
from serving.insight.alarms.detecting import Flags
from serving.insight.alarms.settings import ANSWER_HOURS, MOST_AGE_DAYS, USUAL_DAYS
from serving.insight.alarms.usual import Usual
from serving.insight.record import Record, times

_BORROWED_CASES: Final = 50.0  # of all days so far, in what is usual on a day


@dataclass(frozen=True, slots=True)
class Cases:
    """What happened, to be added up; arrays of shape (cases,).

    Attributes:
        merchant: its place among `Counted.merchants`.
        day: on which it began.
        known_day: on which it turned out.
        bad: 1 where it turned out badly, -1 where that is taken back, as it is another alarm's.
        usual: how many bad ones are usual.
    """

    merchant: Ints
    day: Ints
    known_day: Ints
    bad: Floats
    usual: Floats


def late_parcels(record: Record, orders: Counted) -> Cases:
    """Whether orders with a promise had arrived on the promised day: those that hadn't by then are late."""
    table = record.orders
    promised, delivered = times(table, "promised_at_ms"), times(table, "delivered_at_ms")
    told = (promised >= 0) & (promised < record.until_ms)
    is_late = (delivered < 0) | (delivered > promised)
    paid = times(table, "paid_at_ms")
    return _cases(orders, _merchants(table, orders), told, paid // DAY_MS, promised // DAY_MS, is_late)


def slow_answers(record: Record, orders: Counted) -> Cases:
    """Whether claims that the merchant answered, or let pass, were answered within the hours that it has."""
    table = record.claims
    filed, answered = times(table, "filed_at_ms"), times(table, "responded_at_ms")
    told = (filed >= 0) & (answered >= 0) & (answered < record.until_ms)
    is_slow = answered - filed > ANSWER_HOURS * HOUR_MS
    return _cases(orders, _merchants(table, orders), told, filed // DAY_MS, answered // DAY_MS, is_slow)


def goods_claims(orders: Counted, usual: Usual, left_out_from: Ints) -> Iterator[Cases]:
    """Claims about the goods, day by day of the record, against those usual on orders of that age on that day.

    Orders that another alarm takes are taken back on that day, with all that was counted of them.
    """
    so_far = np.zeros(len(orders.row))
    by_claim = np.argsort(orders.claim_day, kind="stable")
    by_leaving = np.argsort(left_out_from, kind="stable")
    claim_days, leaving_days = orders.claim_day[by_claim], left_out_from[by_leaving]
    for today in range(orders.first_day, orders.last_day + 1):
        young = np.arange(*np.searchsorted(orders.day, [today - MOST_AGE_DAYS, today + 1]))
        age, told = today - orders.day[young], usual.by_age[today - orders.first_day][orders.category[young]]
        row = np.arange(len(young))
        due = told[row, age] - np.where(age > 0, told[row, age - 1], 0.0)
        due[left_out_from[young] <= today] = 0.0
        so_far[young] += due
        claimed = by_claim[slice(*np.searchsorted(claim_days, [today, today + 1]))]
        claimed = claimed[left_out_from[claimed] > today]
        leaving = by_leaving[slice(*np.searchsorted(leaving_days, [today, today + 1]))]
        taken_back = -(orders.claim_day[leaving] < today).astype(np.float64)
        place = np.concatenate([young, claimed, leaving])
        yield Cases(
            orders.merchant[place],
            orders.day[place],
            np.full(len(place), today),
            np.concatenate([np.zeros(len(young)), np.ones(len(claimed)), taken_back]),
            np.concatenate([due, np.zeros(len(claimed)), -so_far[leaving]]),
        )


def _merchants(table: pa.Table, orders: Counted) -> Ints:
    place = pc.index_in(table["merchant_id"].combine_chunks(), value_set=pa.array(orders.merchants, pa.string()))
    return np.asarray(pc.fill_null(place, -1), dtype=np.int64)


def _cases(orders: Counted, merchant: Ints, told: Flags, day: Ints, known_day: Ints, bad: Flags) -> Cases:
    """The cases of the record's time, by the day on which they turned out."""
    place = np.flatnonzero(told & (merchant >= 0) & (day >= orders.first_day) & (day <= orders.last_day))
    known_day = np.maximum(known_day, day)
    place = place[np.argsort(known_day[place], kind="stable")]
    known, is_bad = known_day[place], bad[place].astype(np.float64)
    usual = _usual(known - orders.first_day, is_bad, orders.last_day - orders.first_day + 1)
    return Cases(merchant[place], day[place], known, is_bad, usual)


def _usual(known: Ints, bad: Floats, days: int) -> Floats:
    """The share of all cases of the last days that turned out badly, as known at the end of each case's day."""
    cases, bads = (np.cumsum(np.bincount(known, each, days)) for each in (np.ones(len(known)), bad))
    before = np.arange(days) - USUAL_DAYS
    of_days = [each - np.where(before >= 0, each[np.maximum(before, 0)], 0.0) for each in (bads, cases)]
    so_far = (bads + 1.0) / (cases + 10.0)
    rate = (of_days[0] + _BORROWED_CASES * so_far) / (of_days[1] + _BORROWED_CASES)
    return np.asarray(rate[known], dtype=np.float64)
