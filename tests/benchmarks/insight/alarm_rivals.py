"""Other ways to find a rise, each as a score per day: what was tried beside the one that is used."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from insight.alarm_worlds import Lot, World
from serving.insight.alarms.counting import NEVER
from serving.insight.alarms.detecting import Sales
from serving.insight.alarms.evidence import log_odds
from serving.insight.alarms.settings import LOOK_BACK_DAYS, PRODUCT_RISES, PRODUCT_SHAPE
from serving.insight.alarms.usual import Usual

WINDOWS = (3, 7, 14, 28)
CUSUM_RISE = 4.0
Scores = list[tuple[int, float]]


def scan(world: World, lot: Lot) -> Scores:
    """The one that is used: the largest odds over all days from which orders may be claimed more."""
    return [(day, float(odds.max())) for day, odds, _ in _odds(lot.sales, world.usual)]


def sum_of_odds(world: World, lot: Lot) -> Scores:
    """Shiryaev and Roberts: the sum of the odds over these days, for each order of the last month (an e-detector)."""
    return [
        (day, float(np.log(np.exp(odds - odds.max()).sum()) + odds.max() - math.log(max(orders, 1))))
        for day, odds, orders in _odds(lot.sales, world.usual)
    ]


def windows(world: World, lot: Lot) -> Scores:
    """Claims of the last days against what is usual on all orders: the least tail of a negative binomial."""
    found = []
    for day, sales, claimed in _days(lot.sales):
        age = day - sales.day
        by_now = world.usual.expected(day, sales.category, age)
        least = 0.0
        for window in WINDOWS:
            before = world.usual.expected(day, sales.category, age - window)
            seen = claimed & (sales.claim_day > day - window)
            past = PRODUCT_SHAPE + np.count_nonzero(claimed & ~seen), PRODUCT_SHAPE + float(before.sum())
            least = min(least, _log_tail(int(np.count_nonzero(seen)), *past, float((by_now - before).sum())))
        found.append((day, -least))
    return found


def cusum(world: World, lot: Lot) -> Scores:
    """Page: log-odds of a rise of four times against the product's own rate so far, never below zero."""
    found, score, last = [], 0.0, None
    for day, sales, claimed in _days(lot.sales):
        age = day - sales.day
        yesterday = float(world.usual.expected(day, sales.category, age - 1).sum())
        rate = (PRODUCT_SHAPE + np.count_nonzero(claimed & (sales.claim_day < day))) / (PRODUCT_SHAPE + yesterday)
        before = 0.0 if last is None else float(world.usual.expected(day, sales.category, age - (day - last)).sum())
        usual = rate * (float(world.usual.expected(day, sales.category, age).sum()) - before)
        new = np.count_nonzero(sales.claim_day == day)
        score = max(0.0, score + new * math.log(CUSUM_RISE) - (CUSUM_RISE - 1.0) * usual)
        last = day
        found.append((day, score))
    return found


def oracle(world: World, lot: Lot, more: float, odds: float) -> Scores:
    """Who knows the batch's days, what is usual in the end, and how many more claims an order of a batch brings, and
    looks at nothing else: scores above zero once the odds are there.
    """
    found = []
    of = lot.of_batch
    rise = 1.0 + more / float(world.usual.by_age[-1, lot.sales.category[0], -1])
    day, category, claim_day = (each[of] for each in (lot.sales.day, lot.sales.category, lot.sales.claim_day))
    for on in np.unique(claim_day[claim_day != NEVER]):
        usual = float(world.usual.expected(int(on), category, int(on) - day).sum())
        claims = np.count_nonzero(claim_day <= on)
        found.append((int(on), claims * math.log(rise) - (rise - 1.0) * usual - math.log(odds)))
    return found


def _days(sales: Sales) -> Iterator[tuple[int, Sales, np.ndarray]]:
    """Each day on which a claim became known, the orders by then, and which of them are claimed."""
    for day in np.unique(sales.claim_day[sales.claim_day != NEVER]):
        by = sales.day <= day
        known = Sales(*(getattr(sales, name)[by] for name in Sales.__slots__))
        yield int(day), known, known.claim_day <= day


def _odds(sales: Sales, usual: Usual) -> Iterator[tuple[int, np.ndarray, int]]:
    """Each such day, the log-odds of all days from which claims may have risen, and the orders of the last month."""
    for day, known, claimed in _days(sales):
        expected = usual.expected(day, known.category, day - known.day)
        starts, at = np.unique(known.day, return_index=True)
        since = [np.cumsum(each[::-1])[::-1][at] for each in (claimed.astype(np.float64), expected)]
        odds = log_odds(*since, claimed.sum(), expected.sum(), PRODUCT_SHAPE, PRODUCT_RISES)
        late = starts >= day - LOOK_BACK_DAYS
        if late.any():
            yield day, odds[late], int(np.count_nonzero(known.day >= day - 30))


def _log_tail(count: int, shape: float, rate: float, usual: float) -> float:
    """The logarithm of the chance of at least so many."""
    if not count or usual <= 0.0:
        return 0.0
    stay, go = math.log(rate / (rate + usual)), math.log(usual / (rate + usual))
    terms = (
        math.lgamma(shape + each) - math.lgamma(shape) - math.lgamma(each + 1) + shape * stay + each * go
        for each in range(count, count + 80)
    )
    return math.log(max(math.fsum(math.exp(term) for term in terms), 1e-300))
