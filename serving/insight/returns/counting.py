"""Totals: of all, by month and week, by type, reason and category."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from features.spans import DAY_MS
from serving.insight.record import times
from serving.insight.returns.chance import median, share
from serving.insight.returns.columns import Flags, Seen, Words, counted, summed
from serving.insight.returns.figures import Category, Period, ReasonSlice, Slice, Total


def totals(seen: Seen, code: Ints, number: int) -> list[Total]:
    """The claims of each code, in the order of codes."""
    action = seen.action
    columns = (
        counted(code, number),
        *(
            counted(code, number, rows)
            for rows in (
                ~action.are(""),
                action.are("auto_approve"),
                action.are("manual_review"),
                action.are("pre_payment_compensation"),
            )
        ),
        summed(code, seen.asked_minor, number),
        summed(code, seen.refunded_minor, number),
    )
    return [Total(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def total(seen: Seen) -> Total:
    """All claims together."""
    [whole] = totals(seen, np.zeros(len(seen.claims), dtype=np.int64), 1)
    return whole


def months(seen: Seen) -> tuple[Period, ...]:
    """The calendar months of the period."""
    return _periods(seen, months_of(seen.days.dates))


def weeks(seen: Seen) -> tuple[Period, ...]:
    """The weeks of the period, which begin on Mondays; by their first days."""
    return _periods(seen, [f"{day - timedelta(days=day.weekday()):%Y-%m-%d}" for day in seen.days.dates])


def months_of(days: Sequence[date]) -> list[str]:
    """The months of days, as `2026-03`."""
    return [f"{day:%Y-%m}" for day in days]


def _periods(seen: Seen, names: Sequence[str]) -> tuple[Period, ...]:
    """The periods that days belong to by their names."""
    different, place = _places(names)
    number, of_order = len(different), place[seen.order_day]
    orders = counted(of_order, number)
    claimed = counted(of_order, number, seen.order_claims > 0)
    paid = summed(of_order, _paid(seen), number)
    return tuple(
        Period(
            name=name,
            is_whole=_is_whole(seen, np.flatnonzero(place == at), is_month=len(name) == len("2026-03")),
            orders=int(orders[at]),
            paid_minor=int(paid[at]),
            claimed=share(int(claimed[at]), int(orders[at])),
            total=whole,
        )
        for at, (name, whole) in enumerate(zip(different, totals(seen, place[seen.claim_day], number), strict=True))
    )


def _places(names: Sequence[str]) -> tuple[list[str], Ints]:
    """The different names in their order, and the place of each among them."""
    places = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return list(places), np.array([places[name] for name in names], dtype=np.int64)


def _is_whole(seen: Seen, of_period: Ints, *, is_month: bool) -> bool:
    """Whether the first and the last of a month's or week's days are there, and neither is cut."""
    begin, last = int(of_period[0]), int(of_period[-1])
    first_day, next_day = seen.days.dates[begin], seen.days.dates[last] + timedelta(days=1)
    is_first, is_last = (day.day == 1 if is_month else day.weekday() == 0 for day in (first_day, next_day))
    begins_ms = seen.days.begins_ms
    return is_first and is_last and bool(begins_ms[begin] >= seen.from_ms and begins_ms[last + 1] <= seen.until_ms)


def _paid(seen: Seen) -> Ints:
    return np.maximum(times(seen.orders, "amount_minor"), 0)


def types(seen: Seen) -> tuple[Slice, ...]:
    """The types of claims, those with most claims first."""
    sliced = _sliced(seen, seen.type)
    slices = [Slice(name, share(each.claims, len(seen.claims)), each, mean) for name, each, mean in sliced]
    return tuple(sorted(slices, key=lambda each: (-each.total.claims, each.name)))


def reasons(seen: Seen) -> tuple[ReasonSlice, ...]:
    """The stated reasons, those with most claims first."""
    words = seen.reason
    known = np.asarray(pc.is_valid(seen.told["decided_at_ms"].combine_chunks()))
    otherwise = np.asarray(pc.fill_null(seen.told["read_otherwise"].combine_chunks(), False)).astype(np.bool_)
    decided, read = counted(words.code, len(words.names), known), counted(words.code, len(words.names), otherwise)
    slices = [
        ReasonSlice(name, share(each.claims, len(seen.claims)), each, mean, share(int(read[at]), int(decided[at])))
        for at, (name, each, mean) in enumerate(_sliced(seen, words))
    ]
    return tuple(sorted(slices, key=lambda each: (-each.total.claims, each.name)))


def _sliced(seen: Seen, words: Words) -> list[tuple[str, Total, float | None]]:
    rows = zip(words.names, totals(seen, words.code, len(words.names)), strict=True)
    return [(name, each, mean_asked(each)) for name, each in rows]


def mean_asked(whole: Total) -> float | None:
    """What a claim asks for, in the mean."""
    return whole.asked_minor / whole.claims if whole.claims else None


def categories(seen: Seen) -> tuple[Category, ...]:
    """The sorts of goods that were ordered or claimed, those with most claims first."""
    names = sorted({*seen.category.names, *seen.order_category.names})
    of_claim, of_order = _recoded(seen.category, names), _recoded(seen.order_category, names)
    orders = counted(of_order, len(names))
    claimed = counted(of_order, len(names), seen.order_claims > 0)
    waits = days_to_claim(seen)
    found = []
    for at, (name, whole) in enumerate(zip(names, totals(seen, of_claim, len(names)), strict=True)):
        rows = of_claim == at
        reason, leading = _leading(seen, rows)
        found.append(
            Category(
                category_id=name,
                orders=int(orders[at]),
                claimed=share(int(claimed[at]), int(orders[at])),
                total=whole,
                mean_asked_minor=mean_asked(whole),
                leading_reason=reason,
                leading_share=share(leading, whole.claims),
                days_to_claim=median(waits[rows & ~np.isnan(waits)]),
                months=_by_month(seen, rows),
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.total.claims, -each.orders, each.category_id)))


def days_to_claim(seen: Seen) -> Floats:
    """Days from delivery to claim, or from payment where nothing came; NaN where neither is known, shape (claims,)."""
    filed = times(seen.claims, "filed_at_ms")
    delivered, paid = times(seen.claims, "delivered_at_ms"), times(seen.claims, "paid_at_ms")
    since = np.where(delivered >= 0, delivered, paid)
    return np.where((since >= 0) & (since <= filed), (filed - since) / DAY_MS, np.nan)


def _leading(seen: Seen, rows: Flags) -> tuple[str | None, int]:
    counts = counted(seen.reason.code, len(seen.reason.names), rows)
    if not counts.sum():
        return None, 0
    first = min(range(len(counts)), key=lambda at: (-counts[at], seen.reason.names[at]))
    return seen.reason.names[first], int(counts[first])


def _by_month(seen: Seen, rows: Flags) -> tuple[int, ...]:
    different, place = _places(months_of(seen.days.dates))
    return tuple(counted(place[seen.claim_day], len(different), rows).tolist())


def _recoded(words: Words, names: Sequence[str]) -> Ints:
    """The codes of words among other names."""
    places = np.array([names.index(name) for name in words.names], dtype=np.int64)
    return places[words.code] if len(places) else words.code
