"""Day by day over the record: which alarms would have been raised, and when.

On each day on which a claim became known, every day of payment in the last 90 days is tried as the one from which on
claims rose, with what was known at the end of that day, and the likeliest one counts. Odds only fall between claims, so
no other day needs a look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from serving.insight.alarms.counting import NEVER
from serving.insight.alarms.evidence import log_odds
from serving.insight.alarms.settings import FEWEST_CLAIMS, KEEPING_ODDS, LOOK_BACK_DAYS, QUIET_DAYS
from serving.insight.alarms.usual import Usual

Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sales:
    """An entity's orders by the day on which they were paid, arrays of shape (orders,).

    Attributes:
        day, category, claim_day: as `Counted` has them.
        product: of each order, for rises that must not be one product's.
        left_out_from: the day from which an order plays no part any more, as its product has an alarm of its own;
            `NEVER` where it always does.
    """

    day: Ints
    category: Ints
    claim_day: Ints
    product: Ints
    left_out_from: Ints


@dataclass(frozen=True, slots=True)
class Rule:
    """When odds are an alarm: from `odds` on, with claims of at least `products` products, and still without the one of
    them that has most.
    """

    shape: float
    rises: Sequence[float]
    odds: float
    products: int = 1


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm by its days: the one from which orders are claimed more, the one on which it was raised, and the one of
    its last claim.
    """

    start_day: int
    opened_day: int
    last_day: int


def detect(sales: Sales, usual: Usual, rule: Rule) -> list[Raised]:
    """The alarms of an entity, the oldest first.

    While one is open, it goes on with each day of claims on which what was paid of late is still claimed more than
    usual. Once it is over, only orders paid after its last day can raise another.
    """
    raised: list[Raised] = []
    for day in _days_of_claims(sales):
        if raised and day - raised[-1].last_day <= QUIET_DAYS:
            since = max(raised[-1].start_day, int(day) - QUIET_DAYS)
            if _rise(sales, usual, rule, int(day), since, 1).odds >= math.log(KEEPING_ODDS):
                raised[-1] = replace(raised[-1], last_day=int(day))
            continue
        since = max(raised[-1].last_day + 1 if raised else 0, int(day) - LOOK_BACK_DAYS)
        start = _start(sales, usual, rule, int(day), since)
        if start is not None:
            raised.append(Raised(start, int(day), int(day)))
    return raised


def _days_of_claims(sales: Sales) -> Ints:
    """The days on which a claim became known on an order that still played a part."""
    counts = (sales.claim_day != NEVER) & (sales.left_out_from > sales.claim_day)
    return np.unique(sales.claim_day[counts])


@dataclass(frozen=True, slots=True)
class _Rise:
    """The likeliest day from which on claims rose, and its log-odds; -inf where there are too few claims."""

    start_day: int
    odds: float


def _rise(sales: Sales, usual: Usual, rule: Rule, on_day: int, since: int, fewest: int) -> _Rise:
    """The likeliest rise since some day, or since a later one, as seen at the end of a day."""
    plays = _plays(sales, on_day)
    day, claimed = sales.day[plays], sales.claim_day[plays] <= on_day
    if np.count_nonzero(claimed & (day >= since)) < fewest:
        return _Rise(since, -math.inf)
    expected = usual.expected(on_day, sales.category[plays], on_day - day)
    starts, at = np.unique(day, return_index=True)
    claims, usuals = (np.cumsum(each[::-1])[::-1][at] for each in (claimed.astype(np.float64), expected))
    may = (starts >= since) & (claims >= fewest)
    odds = log_odds(claims, usuals, claimed.sum(), expected.sum(), rule.shape, rule.rises)
    best = int(np.argmax(np.where(may, odds, -np.inf)))
    return _Rise(int(starts[best]), float(odds[best]))


def _start(sales: Sales, usual: Usual, rule: Rule, on_day: int, since: int) -> int | None:
    """The day since which claims have risen, as seen at the end of a day; None if that is no alarm."""
    rise = _rise(sales, usual, rule, on_day, since, FEWEST_CLAIMS)
    if rise.odds < math.log(rule.odds):
        return None
    if rule.products == 1 or _is_shared(sales, usual, rule, on_day, rise.start_day):
        return rise.start_day
    return None


def _is_shared(sales: Sales, usual: Usual, rule: Rule, on_day: int, start_day: int) -> bool:
    """Whether it is an alarm, too, without the product that has most of the claims."""
    plays = _plays(sales, on_day)
    is_claimed = plays & (sales.claim_day <= on_day)
    products, counts = np.unique(sales.product[is_claimed & (sales.day >= start_day)], return_counts=True)
    if len(products) < rule.products:
        return False
    rest = plays & (sales.product != products[np.argmax(counts)])
    some = rest & (sales.day >= start_day)
    expected = usual.expected(on_day, sales.category, on_day - sales.day)
    odds = log_odds(
        np.array([np.count_nonzero(is_claimed & some)], dtype=np.float64),
        np.array([expected[some].sum()]),
        float(np.count_nonzero(is_claimed & rest)),
        float(expected[rest].sum()),
        rule.shape,
        rule.rises,
    )
    return bool(odds[0] >= math.log(rule.odds))


def _plays(sales: Sales, on_day: int) -> Flags:
    """Which orders play a part on a day."""
    return np.asarray((sales.day <= on_day) & (sales.left_out_from > on_day))
