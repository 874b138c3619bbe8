"""Merchants' scorecards against the simulator's truth, over calm marketplaces of several seeds.

The truth of a merchant: how often its orders of the period were faulty, from its products and its own quality at the
month of each order, by what that would have been for the mean of its categories.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Floats, Ints
from features.event_file import read_events
from figures import Figure, at_least, told
from serving.insight.merchants.counting import tally
from serving.insight.merchants.expecting import Expected
from serving.insight.merchants.making import scorecards
from serving.insight.merchants.scorecard import MerchantScorecard
from serving.insight.merchants.settings import MerchantSettings
from serving.insight.rates import HIGH, LOW, shrink_ratios
from serving.insight.record import record_of, times
from serving.policy import default_policy_path, read_policy
from training.simulate.config import SimulationConfig
from training.simulate.sellers import MONTH_DAYS, make_merchants
from training.simulate.world import write_world

SEEDS = (1, 2, 3, 4, 5, 6)
ORDERS, DAYS = 40_000, 365
DAY_MS = 86_400_000
SPLIT_DAY, WATCH_DAYS = 270, 30
SMALL = 100  # orders in the period
DRAWS = 4_000


@dataclass(frozen=True)
class Market:
    """A simulated marketplace: its events, products' fault rates, and merchants' own by month."""

    config: SimulationConfig
    events: pa.Table
    fault_of_product: dict[str, float]
    merchants: pa.Table

    @property
    def from_ms(self) -> int:
        """Where it begins."""
        return self.config.end_ms - DAYS * DAY_MS


@dataclass(frozen=True)
class Judged:
    """A merchant's scorecard beside what it is."""

    card: MerchantScorecard
    fault: float  # by what its categories would have: 1 is usual
    declines: bool
    lies: bool

    @property
    def raw(self) -> float:
        """Quality claims by orders."""
        return self.card.quality_claims.claims / max(self.card.counts.orders, 1)

    @property
    def score(self) -> float:
        """The score; the middle where there is none."""
        return self.card.score.value if self.card.score else 3.0


def run() -> list[Figure]:
    """All figures, over the merchants of all seeds."""
    judged = [each for seed in SEEDS for each in judge(market(seed))]
    return [*finding(judged), *coverage()]


def finding(judged: list[Judged]) -> list[Figure]:
    """How the score, the shrunk ratio and raw rates find who has faulty goods, who declines, and who lies."""
    figures = []
    small = [each for each in judged if each.card.counts.orders < SMALL]
    for whom, group in (("", judged), ("_small", small)):
        truth = np.array([each.fault for each in group])
        bad = {
            "worst": truth >= np.quantile(truth, 0.9),
            "declines": np.array([each.declines for each in group]),
            "lies": np.array([each.lies for each in group]),
        }
        for name, values in badness(group).items():
            begun = f"insight/merchants{whom}_{name}"
            figures.append(told(f"{begun}_spearman", spearman(values, truth), "corr", merchants=len(group)))
            figures += [
                told(f"{begun}_auc_{sort}", auc(values, which), "AUC", merchants=len(group), bad=int(which.sum()))
                for sort, which in bad.items()
            ]
    return figures + tails(judged)


def badness(group: list[Judged]) -> dict[str, Floats]:
    """What merchants may be ranked by, the worst highest."""
    return {
        "score": -np.array([each.score for each in group]),
        "shrunk": np.array([each.card.quality_claims.ratio.value for each in group]),
        "raw": np.array([each.raw for each in group]),
    }


def tails(judged: list[Judged]) -> list[Figure]:
    """Of the last and first tenth by each: how many stand there by luck, on the wrong side of what is usual.

    Equal ones, such as all who never had a claim, come in the order of their orders, the fewest first.
    """
    truth, orders = np.array([each.fault for each in judged]), np.array([each.card.counts.orders for each in judged])
    usual, tenth = float(np.median(truth)), len(judged) // 10
    figures = []
    for name, values in badness(judged).items():
        order = np.lexsort((orders, values))
        first, last = order[:tenth], order[-tenth:]
        for end, rows, wrong in (("first", first, truth > usual), ("last", last, truth < usual)):
            few = int((orders[rows] < MerchantSettings().least_orders).sum())
            begun = f"insight/merchants_{end}_by_{name}"
            figures.append(told(f"{begun}_wrong", float(wrong[rows].mean()), "share", merchants=tenth, too_few=few))
    return figures


def coverage() -> list[Figure]:
    """How often the claims of the days after day 270 lay where the posterior of that day foresaw them, in 95 of 100.

    Beside it, the same for merchants' own rates without shrinking, as Gamma(claims + 1/2, expected).
    """
    hits: dict[str, list[bool]] = {"shrunk": [], "own": []}
    stood_out: list[bool] = []
    widths: dict[str, list[float]] = {"shrunk": [], "own": []}
    chance = np.random.default_rng(5)
    for seed in SEEDS:
        was, came = split(market(seed))
        strength = shrink_ratios(was.claims, was.expected).strength
        among = (was.orders > 0) & (came.orders > 0)
        for name, cases in (("shrunk", strength), ("own", 0.0)):
            shape, rate = was.claims + (cases or 0.5), np.maximum(was.expected, 1e-9) + cases
            ratios = chance.gamma(shape, 1 / rate, (DRAWS, len(shape)))
            low, high = np.quantile(chance.poisson(ratios * came.expected), (LOW, HIGH), axis=0)
            if name == "shrunk":  # the tenth that was worst for its categories by its own claims
                own = was.claims / np.maximum(was.expected, 1e-9)
                worst = among & (was.expected >= 5) & (own >= np.quantile(own[was.expected >= 5], 0.9))
                stood_out += list(((low <= came.claims) & (came.claims <= high))[worst])
            hits[name] += list(((low <= came.claims) & (came.claims <= high))[among])
            widths[name] += list((high - low)[among])
    shrunk, alone = (float(np.mean(hits[name])) for name in hits)
    width, own_width = (float(np.mean(widths[name])) for name in widths)
    count = len(hits["own"])
    return [
        at_least("insight/merchants_coverage", shrunk, "share", 0.92, merchants=count, claims_wide=width),
        told("insight/merchants_coverage_worst", float(np.mean(stood_out)), "share", merchants=len(stood_out)),
        told("insight/merchants_coverage_own", alone, "share", merchants=count, claims_wide=own_width),
    ]


def split(made: Market) -> tuple[Expected, Expected]:
    """Claims against expected ones as of day 270, and of orders paid after it."""
    end_ms, quality = made.from_ms + SPLIT_DAY * DAY_MS, read_policy(default_policy_path()).entitlements.fault_reasons
    whole = record_of(made.events, made.from_ms, made.config.end_ms)
    after = tally(whole, MerchantSettings(period_days=DAYS - SPLIT_DAY, watch_days=WATCH_DAYS), quality, {})
    before = tally(record_of(made.events, made.from_ms, end_ms), MerchantSettings(watch_days=WATCH_DAYS), quality, {})
    names = after.merchants.to_pylist()
    place = [names.index(name) for name in before.merchants.to_pylist()]
    came = after.all_claims
    return before.all_claims, Expected(came.orders[place], came.claims[place], came.expected[place])


def judge(made: Market) -> list[Judged]:
    """Every merchant's scorecard as of the end, beside the truth about it."""
    record = record_of(made.events, made.from_ms, made.config.end_ms)
    cards = scorecards(record, read_policy(default_policy_path()).entitlements.fault_reasons)
    fault = true_fault(made, record.orders, cards[0])
    people = {each["merchant_id"]: each for each in made.merchants.to_pylist()}
    return [
        Judged(
            card,
            fault[card.merchant_id],
            declines=(people[card.merchant_id]["declines_at_ms"] or made.config.end_ms) < card.orders_until_ms,
            lies=people[card.merchant_id]["lies"],
        )
        for card in cards
        if card.counts.orders
    ]


def true_fault(made: Market, orders: pa.Table, any_card: MerchantScorecard) -> dict[str, float]:
    """By merchant: faulty orders expected from its products and its own months, by those of its categories' mean."""
    paid = times(orders, "paid_at_ms")
    among = (paid >= any_card.orders_from_ms) & (paid < any_card.orders_until_ms)
    orders, paid = orders.filter(pa.array(among)), paid[among]
    own = make_merchants(made.config).fault
    merchant = np.array([int(name.rpartition("-")[2]) for name in orders["merchant_id"].to_pylist()])
    month = (paid - made.from_ms) // DAY_MS // MONTH_DAYS
    rate = np.array([made.fault_of_product[name] for name in orders["product_id"].to_pylist()]) * own[merchant, month]
    _, category = np.unique(orders["category_id"].to_pylist(), return_inverse=True)
    usual = (np.bincount(category, rate) / np.bincount(category))[category]
    due, found = np.bincount(merchant, usual), np.bincount(merchant, rate)
    names: list[str] = orders["merchant_id"].to_pylist()
    return {name: float(found[place] / due[place]) for name, place in zip(names, merchant, strict=True)}


@cache
def market(seed: int) -> Market:
    """The marketplace of a seed."""
    config = SimulationConfig(orders=ORDERS, days=DAYS, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        written = write_world(config, Path(folder))
        truth = written.truth_path.parent
        products = pq.read_table(truth / "products.parquet")
        faults = dict(zip(products["product_id"].to_pylist(), products["fault_rate"].to_pylist(), strict=True))
        return Market(config, read_events(written.events_path), faults, pq.read_table(truth / "merchants.parquet"))


def ranks(values: Floats) -> Floats:
    """Ranks from 0, equal values sharing the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count + 1) / 2)[place]


def spearman(values: Floats, truth: Floats) -> float:
    """The rank correlation."""
    return float(np.corrcoef(ranks(values), ranks(truth))[0, 1])


def auc(values: Floats, bad: Ints) -> float:
    """The chance that a bad one has the higher value than another one."""
    many = int(bad.sum())
    if not 0 < many < len(bad):
        return float("nan")
    return float((ranks(values)[bad].sum() - many * (many - 1) / 2) / (many * (len(bad) - many)))
