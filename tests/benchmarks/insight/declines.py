"""Alarms about merchants against the truth: how many in decline are found, how soon, and how many alarms are false.

    PYTHONPATH=.:tests/benchmarks python -m insight.declines

prints the figures alone; `make bench ONLY=insight` has them among the others.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import numpy as np

from figures import Figure, told
from insight.alarm_worlds import MONTH_DAYS, World, world_of
from serving.insight.alarms.alarm import SignName
from serving.insight.alarms.counting import NEVER
from serving.insight.alarms.declining import DeclineRule, find_declines
from serving.insight.alarms.settings import DECLINE_ODDS, SIGN_SHAPES
from serving.insight.alarms.signs import Cases, goods_claims, late_parcels, slow_answers
from serving.insight.alarms.telling import Found
from serving.insight.alarms.working import find_merchants, find_products, left_out
from serving.insight.merchants.making import scorecards
from serving.policy import default_policy_path, read_policy

# not those on which settings were chosen, which are calm 201, 202 and 208, festival 203 and 204, bad_batch 205 to 207
WORLDS = (("calm", (111, 112)), ("festival", (113, 114)), ("bad_batch", (115, 116, 117)))
MOST_FALSE = 0.76  # of all alarms about merchants, per 1,000 of them a month; rivals are held to it
HIGHEST_LOG_ODDS = 25.0
RIVALS: dict[str, DeclineRule] = {
    "capped": DeclineRule(),
    "uncapped": DeclineRule(most=math.inf),
    "goods_alone": DeclineRule(most=math.inf, signs=("goods",)),
    "late_alone": DeclineRule(most=math.inf, signs=("late",)),
    "slow_alone": DeclineRule(most=math.inf, signs=("slow",)),
    "capped_without_late": DeclineRule(signs=("slow", "goods")),
}
Days = dict[str, list[int]]  # of alarms, by merchant


@dataclass(frozen=True)
class Market:
    """A marketplace with its products' alarms."""

    world: World
    of_products: list[Found]

    @property
    def months(self) -> float:
        """Months of merchants who aren't in decline, or before it."""
        first, last = self.world.orders.first_day, self.world.orders.last_day
        return sum(min(self.world.declines[name], last) - first for name in self.world.orders.merchants) / MONTH_DAYS

    @property
    def declining(self) -> dict[str, int]:
        """The merchants who decline before the record's end, and since when."""
        orders = self.world.orders
        return {name: day for name in orders.merchants if (day := self.world.declines[name]) < orders.last_day}

    def by_rises(self) -> Days:
        """Alarms of sudden rises in a merchant's claims."""
        days: Days = {}
        for each in find_merchants(self.world.orders, self.world.usual, self.of_products):
            days.setdefault(each.entity, []).append(each.raised.opened_day)
        return days

    def by_signs(self, rule: DeclineRule) -> Days:
        """Alarms of declines."""
        orders, days = self.world.orders, Days()
        left_out_from = left_out(orders, self.of_products)
        for each in find_declines(self.world.record, orders, self.world.usual, left_out_from, rule):
            days.setdefault(orders.merchants[each.merchant], []).append(each.raised.opened_day)
        return days


@dataclass(frozen=True)
class Judged:
    """Declines found out of how many, days until then, and false alarms per 1,000 merchants a month."""

    found: int
    declining: int
    days: float
    false: float

    def figures(self, name: str) -> list[Figure]:
        """The share that was found, and the false ones."""
        print(f"  {name}: {self.found} of {self.declining}, after {self.days} days, {self.false:.2f} false a month")
        return [
            told(f"insight/declines_{name}", self.found / self.declining, "share"),
            told(f"insight/declines_{name}_false", self.false, "a month"),
        ]


def run(worlds: list[World]) -> list[Figure]:
    """All figures."""
    markets = [Market(world, list(find_products(world.orders, world.usual))) for world in worlds]
    rises, signs = [each.by_rises() for each in markets], [each.by_signs(DeclineRule()) for each in markets]
    both = [
        {name: [*one.get(name, ()), *two.get(name, ())] for name in one | two}
        for one, two in zip(rises, signs, strict=True)
    ]
    in_all = judge(markets, both)
    print(f"  all alarms: {in_all}")
    figures = [
        told("insight/declines_found", in_all.found / in_all.declining, "share"),
        told("insight/declines_found_after", in_all.days, "days"),
        told("insight/false_merchant_alarms", in_all.false, "a month"),
        *judge(markets, rises).figures("by_rises"),
        *judge(markets, signs).figures("by_signs"),
    ]
    for name, rule in RIVALS.items():
        figures += held_to_budget(markets, rule).figures(name)
    return [*figures, *oracles(markets), *trend(markets)]


def judge(markets: list[Market], found: list[Days]) -> Judged:
    """Alarms of each marketplace against the truth."""
    false, months, delays, declining = 0, 0.0, [], 0
    for market, days in zip(markets, found, strict=True):
        months += market.months
        declining += len(market.declining)
        false += sum(day < market.world.declines[name] for name, each in days.items() for day in each)
        for name, begins in market.declining.items():
            right = [day - begins for day in days.get(name, ()) if day >= begins]
            delays += [min(right)] if right else []
    after = statistics.median(delays) if delays else math.nan
    return Judged(len(delays), declining, after, 1_000 * false / months)


def held_to_budget(markets: list[Market], rule: DeclineRule) -> Judged:
    """What a rule finds at the lowest odds at which no more of its alarms are false than all may be."""
    low, high = 0.0, HIGHEST_LOG_ODDS
    best = judge(markets, [{} for _ in markets])
    for _ in range(8):
        middle = (low + high) / 2
        tried = DeclineRule(math.exp(middle), rule.most, rule.signs, rule.weeks)
        judged = judge(markets, [each.by_signs(tried) for each in markets])
        if judged.false <= MOST_FALSE:
            high, best = middle, judged
        else:
            low = middle
    return best


def oracles(markets: list[Market]) -> list[Figure]:
    """Who knows which merchants decline, since when, and by how much each sign rises on average, and stops at the odds
    of a decline: by claims about the goods alone, and by all signs.
    """
    of_all = [(market, *_signs(market)) for market in markets]
    rises: dict[SignName, float] = {}
    for place, name in enumerate(("late", "slow", "goods"), 1):
        seen = usual = 0.0
        for market, *signs in of_all:
            for merchant, begins in market.declining.items():
                after = _split(market, signs[place - 1], merchant, begins, name)[1]
                seen, usual = seen + after.bad.sum(), usual + after.usual.sum()
        rises[name] = seen / usual
        print(f"  {name}: {rises[name]:.2f} times as many as the merchant had before")
    figures = []
    for title, names in (("oracle_goods", ("goods",)), ("oracle", ("late", "slow", "goods"))):
        hits = [
            _foreseen(market, dict(zip(("late", "slow", "goods"), signs, strict=True)), merchant, begins, rises, names)
            for market, *signs in of_all
            for merchant, begins in market.declining.items()
        ]
        print(f"  {title}: {sum(hits)} of {len(hits)}")
        figures.append(told(f"insight/declines_{title}", sum(hits) / len(hits), "share"))
    return figures


def _signs(market: Market) -> tuple[Cases, Cases, Cases]:
    world = market.world
    by_day = list(goods_claims(world.orders, world.usual, left_out(world.orders, market.of_products)))
    columns = (np.concatenate([getattr(each, name) for each in by_day]) for name in Cases.__slots__)
    return late_parcels(world.record, world.orders), slow_answers(world.record, world.orders), Cases(*columns)


def _split(market: Market, cases: Cases, merchant: str, begins: int, name: SignName) -> tuple[Cases, Cases]:
    """A merchant's cases that began before a day and since; what is usual is its own, by what was before."""
    own = cases.merchant == market.world.orders.merchants.index(merchant)
    before, after = (_some(cases, own & which) for which in (cases.day < begins, cases.day >= begins))
    factor = (SIGN_SHAPES[name] + before.bad.sum()) / (SIGN_SHAPES[name] + before.usual.sum())
    return before, Cases(after.merchant, after.day, after.known_day, after.bad, factor * after.usual)


def _some(cases: Cases, which: np.ndarray) -> Cases:
    return Cases(*(getattr(cases, name)[which] for name in Cases.__slots__))


def _foreseen(
    market: Market,
    signs: dict[SignName, Cases],
    merchant: str,
    begins: int,
    rises: dict[SignName, float],
    names: tuple[SignName, ...],
) -> bool:
    """Whether the odds of the known decline came to the limit on any day."""
    last = market.world.orders.last_day
    score = np.zeros(last - begins + 1)
    for name in names:
        after = _split(market, signs[name], merchant, begins, name)[1]
        gain = after.bad * math.log(rises[name]) - (rises[name] - 1.0) * after.usual
        score += np.cumsum(np.bincount(np.clip(after.known_day, begins, last) - begins, gain, len(score)))
    return bool(score.max() >= math.log(DECLINE_ODDS))


def trend(markets: list[Market]) -> list[Figure]:
    """What the scorecards' trend says of merchants in decline at the record's end: how many stand in its worst tenth,
    how many it calls worse, and how many of the others.
    """
    reasons = read_policy(default_policy_path()).entitlements.fault_reasons
    in_tenth = worse = declining = others = others_worse = 0
    for market in markets:
        told_of = {
            each.merchant_id: each.trend for each in scorecards(market.world.record, reasons) if each.trend.ratio
        }
        by_ratio = sorted(told_of, key=lambda name: -told_of[name].ratio.value)  # type: ignore[union-attr]
        tenth = set(by_ratio[: len(by_ratio) // 10])
        is_worse = {name for name, each in told_of.items() if each.trend == "worse"}
        declining += len(market.declining)
        in_tenth += len(tenth & set(market.declining))
        worse += len(is_worse & set(market.declining))
        never = {name for name in told_of if market.world.declines[name] == NEVER}
        others += len(never)
        others_worse += len(is_worse & never)
    print(f"  trend: {in_tenth} in the worst tenth, {worse} worse, of {declining}; {others_worse} of {others} others")
    return [
        told("insight/declines_in_worst_tenth_of_trend", in_tenth / declining, "share"),
        told("insight/declines_of_worse_trend", worse / declining, "share"),
        told("insight/others_of_worse_trend", others_worse / others, "share"),
    ]


if __name__ == "__main__":
    for figure in run([world_of(name, seed) for name, seeds in WORLDS for seed in seeds]):
        print(figure.name, round(figure.value, 3))
