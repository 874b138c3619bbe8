"""Weekdays, months, and the days around festivals, against the usual.

What is usual: of a weekday, all days that lie in no festival; of a month, the other months; of a festival, the days
outside of every festival within six weeks of it, so that a growing shop isn't taken for a season. Rates are compared by
their ratio. Its interval is widened by how much one week differs from the next (`chance.scatter`). Orders of the last
30 days don't count for the share claimed, as they may still be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.new_years import NEW_YEARS
from features.spans import DAY_MS
from serving.insight.returns.chance import ratio, scatter
from serving.insight.returns.columns import Flags, Seen, counted
from serving.insight.returns.figures import Season, SeasonKind

# first and last day of what is looked at, counted from the festival's own day
FESTIVALS: Final[Mapping[str, tuple[int, int]]] = {"midyear": (-2, 2), "singles_day": (-2, 2), "new_year": (-4, 7)}
RIPE_DAYS: Final = 30  # younger orders may still be claimed
_NEAR_DAYS: Final = 42
_MONTH_DAYS: Final = 28  # a month, and what it is held against, have as many at least: one day is no season
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Daily:
    """Counts of each day of the period, shape (days,).

    Attributes:
        orders: paid on it.
        claims: filed on it.
        ripe: the orders paid on it, 0 on the last days of the record, whose orders may still be claimed.
        claimed: of the ripe ones, those with a claim.
    """

    orders: Ints
    claims: Ints
    ripe: Ints
    claimed: Ints


def daily(seen: Seen) -> Daily:
    """What each day counts."""
    number = len(seen.days)
    is_ripe = seen.days.begins_ms[1:] <= seen.known_until_ms - RIPE_DAYS * DAY_MS
    orders, claimed = counted(seen.order_day, number), counted(seen.order_day, number, seen.order_claims > 0)
    return Daily(orders, counted(seen.claim_day, number), orders * is_ripe, claimed * is_ripe)


def seasons(seen: Seen) -> tuple[Season, ...]:
    """Each season that the period holds, festivals first, then weekdays and months."""
    days, counts, usual = seen.days.dates, daily(seen), usual_days(seen)
    scatters = _scatters(counts, usual)
    found = []
    for name in FESTIVALS:
        on = _around(days, name)
        near = usual & _is_near(on)
        found.append(_season("festival", name, counts, on, near, scatters))
    weekday = np.array([day.isoweekday() for day in days])
    found += [
        _season("weekday", str(number), counts, usual & (weekday == number), usual, scatters) for number in range(1, 8)
    ]
    month = np.array([day.month for day in days])
    found += [
        _season("month", f"{number:02d}", counts, month == number, month != number, scatters)
        for number in sorted(set(month.tolist()))
        if min((month == number).sum(), (month != number).sum()) >= _MONTH_DAYS
    ]
    return tuple(each for each in found if each.days)


def _is_near(on: Flags) -> Flags:
    """Which days lie within six weeks of some days, shape (days,)."""
    return np.convolve(on, np.ones(2 * _NEAR_DAYS + 1), mode="full")[_NEAR_DAYS : _NEAR_DAYS + len(on)] > 0.5


def usual_days(seen: Seen) -> Flags:
    """Which days of the period lie in no festival, shape (days,)."""
    return np.asarray(~np.any([_around(seen.days.dates, name) for name in FESTIVALS], axis=0))


def festival_days(year: int) -> dict[str, date]:
    """The days of a year's festivals; Chinese New Year only where its day is known."""
    fixed = {"midyear": date(year, 6, 18), "singles_day": date(year, 11, 11)}
    new_year = next((day for day in NEW_YEARS if day.year == year), None)
    return fixed if new_year is None else fixed | {"new_year": new_year}


def _around(days: tuple[date, ...], name: str) -> Flags:
    first, last = FESTIVALS[name]
    own = [each[name] for year in {day.year for day in days} if name in (each := festival_days(year))]
    return np.array([any(first <= (day - at).days <= last for at in own) for day in days], dtype=np.bool_)


def _scatters(counts: Daily, usual: Flags) -> tuple[float, float, float]:
    """How the weeks of usual days scatter: orders and claims by days, and claimed orders by orders."""
    ones = np.ones(len(usual))
    return (
        weekly_scatter(counts.orders, ones, usual),
        weekly_scatter(counts.claims, ones, usual),
        weekly_scatter(counts.claimed, counts.ripe.astype(np.float64), usual),
    )


def weekly_scatter(counts: Ints, exposure: Floats, usual: Flags) -> float:
    """How runs of seven usual days scatter around what their exposures make one expect."""
    counts, exposure = counts[usual], exposure[usual]
    whole = len(counts) // _WEEK * _WEEK
    return scatter(counts[:whole].reshape(-1, _WEEK).sum(axis=1), exposure[:whole].reshape(-1, _WEEK).sum(axis=1))


def _season(
    kind: SeasonKind, name: str, counts: Daily, on: Flags, usual: Flags, scatters: tuple[float, float, float]
) -> Season:
    of_orders, of_claims, of_shares = scatters
    days, others = int(on.sum()), int(usual.sum())
    orders, claims = int(counts.orders[on].sum()), int(counts.claims[on].sum())
    ripe, usual_ripe = int(counts.ripe[on].sum()), int(counts.ripe[usual].sum())
    return Season(
        kind=kind,
        name=name,
        days=days,
        orders=orders,
        claims=claims,
        orders_ratio=ratio(orders, days, int(counts.orders[usual].sum()), others, of_orders),
        claims_ratio=ratio(claims, days, int(counts.claims[usual].sum()), others, of_claims),
        claimed_ratio=ratio(
            int(counts.claimed[on].sum()), ripe, int(counts.claimed[usual].sum()), usual_ripe, of_shares
        ),
    )
