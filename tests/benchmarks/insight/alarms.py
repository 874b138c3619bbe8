"""Alarms against the truth of simulated marketplaces: how many batches, how soon, how many false ones."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import numpy as np

from figures import Figure, no_more_than, told
from insight import alarm_rivals, declines
from insight.alarm_rivals import Scores
from insight.alarm_worlds import Lot, World, batches, false_rate, world_of
from serving.insight.alarms.batches import name_batch
from serving.insight.alarms.counting import NEVER
from serving.insight.alarms.detecting import Raised, detect
from serving.insight.alarms.settings import PRODUCT_ODDS
from serving.insight.alarms.working import PRODUCT_RULE

# not those on which settings were chosen
CALM, FESTIVAL, BAD = (("calm", (111, 112)), ("festival", (113, 114)), ("bad_batch", (115, 116, 117)))
SIZES = ((1, 5), (5, 10), (10, 20), (20, 50), (50, 10_000))
MOST_FALSE = 1.0  # per 1,000 products a month


def run() -> list[Figure]:
    """All figures."""
    calm, festival, bad = ([world_of(name, seed) for seed in seeds] for name, seeds in (CALM, FESTIVAL, BAD))
    figures = [
        no_more_than("insight/false_alarms", false_rate(calm + festival, _days), "a month", MOST_FALSE),
        told("insight/false_alarms_calm", false_rate(calm, _days), "a month"),
        told("insight/false_alarms_festival", false_rate(festival, _days), "a month"),
    ]
    for least, most in SIZES:
        figures += _by_size(bad, least, most)
    return [*figures, *_dates(bad), *_rivals(calm + festival, bad), *declines.run(calm + festival + bad)]


def _raised(world: World, lot: Lot) -> list[Raised]:
    return detect(lot.sales, world.usual, PRODUCT_RULE)


def _days(world: World, lot: Lot) -> list[int]:
    return [each.opened_day for each in _raised(world, lot)]


def _by_size(worlds: list[World], least: int, most: int) -> list[Figure]:
    """Recall, delay and claims needed, by pieces sold of the batch; beside them, what one gets who knows it."""
    name = f"insight/batches_of_{least}_to_{most - 1}" if most < 10_000 else f"insight/batches_of_{least}_up"
    found = _found(worlds, least, most, _days)
    more = _more_claims(worlds)

    def knows(world: World, lot: Lot) -> list[int]:
        return [day for day, score in alarm_rivals.oracle(world, lot, more, PRODUCT_ODDS) if score >= 0.0]

    return [
        told(name, *_share(found)),
        told(f"{name}_oracle", *_share(_found(worlds, least, most, knows))),
    ]


def _found(
    worlds: list[World], least: int, most: int, find: Callable[[World, Lot], list[int]]
) -> list[tuple[Lot, int | None]]:
    return [(lot, lot.found_on(find(world, lot))) for world, lot in batches(worlds, least, most)]


def _share(found: list[tuple[Lot, int | None]]) -> tuple[float, str]:
    """The share of batches that were found, as `told` takes it; details are printed, as they are for the docs."""
    hits = [(lot, day) for lot, day in found if day is not None]
    since_sale = [day - int(lot.sales.day[lot.of_batch].min()) for lot, day in hits]
    claims = [np.sort(lot.sales.claim_day[lot.of_batch]) for lot, _ in hits]
    since_claim = [day - int(known[0]) for known, (_, day) in zip(claims, hits, strict=True)]
    needed = [int(np.count_nonzero(known <= day)) for known, (_, day) in zip(claims, hits, strict=True)]
    medians = [statistics.median(each) if each else float("nan") for each in (since_sale, since_claim, needed)]
    print(f"  {len(hits)} of {len(found)}: days since first sale, since first claim, claims: {medians}")
    return len(hits) / max(len(found), 1), "share"


def _more_claims(worlds: list[World]) -> float:
    """How many more claims than usual an order of a batch brings, over all batches."""
    claims = usual = orders = 0.0
    for world, lot in batches(worlds, 1, NEVER):
        of, last = lot.of_batch, world.orders.last_day
        orders += len(of)
        claims += np.count_nonzero(lot.sales.claim_day[of] != NEVER)
        usual += float(world.usual.expected(last, lot.sales.category[of], last - lot.sales.day[of]).sum())
    return (claims - usual) / orders


def _dates(worlds: list[World]) -> list[Figure]:
    """How far the named days are those of the batch: days in both over days in either, and orders alike."""
    days, orders = [], []
    for world, lot in batches(worlds, 1, NEVER):
        for raised in _raised(world, lot):
            if lot.found_on([raised.opened_day]) is None:
                continue
            batch = name_batch(lot.sales, world.usual, PRODUCT_RULE, raised, world.orders.last_day)
            named, true = range(batch.from_day, batch.to_day + 1), range(lot.from_day, lot.to_day)
            both = len(set(named) & set(true))
            days.append(both / (len(named) + len(true) - both))
            is_named = (lot.sales.day >= batch.from_day) & (lot.sales.day <= batch.to_day)
            is_true = (lot.sales.day >= lot.from_day) & (lot.sales.day < lot.to_day)
            orders.append(np.count_nonzero(is_named & is_true) / np.count_nonzero(is_named | is_true))
    return [
        told("insight/named_days_overlap", statistics.mean(days), "share"),
        told("insight/named_orders_overlap", statistics.mean(orders), "share"),
    ]


def _rivals(calm: list[World], bad: list[World]) -> list[Figure]:
    """Each way with the threshold at which it has as many false alarms as is allowed: batches of 10 and more found."""
    figures: list[Figure] = []
    by_scan: dict[int, int] = {}
    for find in (alarm_rivals.scan, alarm_rivals.sum_of_odds, alarm_rivals.cusum, alarm_rivals.windows):
        scores = {id(lot): find(world, lot) for world in calm + bad for lot in world.lots}
        threshold = _threshold(calm, scores)
        hits = _found(bad, 10, NEVER, lambda _, lot, s=scores, t=threshold: _above(s[id(lot)], t))
        days = {id(lot): day for lot, day in hits if day is not None}
        by_scan = by_scan or days  # the first one
        later = statistics.mean(day - by_scan[each] for each, day in days.items() if each in by_scan)
        print(f"{find.__name__}, from {threshold:.2f} on; where both find it, {later:.1f} days later than by scan:")
        figures.append(told(f"insight/found_by_{find.__name__}", *_share(hits)))
    return figures


def _threshold(calm: list[World], scores: dict[int, Scores]) -> float:
    """The least score from which on there are no more false alarms than are allowed."""
    levels = sorted({score for world in calm for lot in world.lots for _, score in scores[id(lot)]})
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high) // 2
        if false_rate(calm, lambda _, lot: _above(scores[id(lot)], levels[middle])) <= MOST_FALSE:  # noqa: B023
            high = middle
        else:
            low = middle + 1
    return levels[low]


def _above(scores: Scores, threshold: float) -> list[int]:
    return [day for day, score in scores if score >= threshold]


if __name__ == "__main__":
    for figure in run():
        print(figure.name, round(figure.value, 3))
