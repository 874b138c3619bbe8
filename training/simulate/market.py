"""Who is on the marketplace: buyers, merchants and products, with the traits that make trouble or abuse likely.

The traits are the simulator's secret. Events carry only what they lead to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.config import Flags, SimulationConfig, draw_lognormal

ORDERS_PER_BUYER: Final = 8
ORDERS_PER_PRODUCT: Final = 60
ORDERS_PER_MERCHANT: Final = 500

# How a buyer abuses, if at all, and the share of buyers who do. The words are those of the abusive stories.
BUYER_KINDS: Final = {
    "ordinary": 0.921,
    "denies_receipt": 0.010,
    "serial_refunds": 0.025,
    "wardrobing": 0.020,
    "empty_or_swapped_return": 0.013,
    "account_farm": 0.011,
}
MOST_ACTIVITY: Final = 16.0  # times the median buyer's; a few buyers should not decide a small world's rates
FARM_ORDERS: Final = 2.0  # per account, before it is abandoned
FARM_LIFE_DAYS: Final = 14.0
PROMISED_DAYS: Final = 6.5  # a merchant of middling pace promises about twice what it mostly needs


def kind_code(name: str) -> int:
    """The integer that stands for a kind of buyer.

    >>> kind_code("ordinary")
    0
    """
    return list(BUYER_KINDS).index(name)


@dataclass(frozen=True, slots=True)
class Category:
    """A sort of goods: its share of products, its price level in fen, and how often buyers just send it back."""

    name: str
    share: float
    price_median_minor: float
    price_sigma: float
    change_of_mind: float


CATEGORIES: Final = (
    Category("apparel", 0.30, 13_000, 0.7, 0.110),
    Category("electronics", 0.12, 45_000, 1.1, 0.030),
    Category("food", 0.15, 4_500, 0.6, 0.004),
    Category("home", 0.18, 8_000, 0.9, 0.030),
    Category("beauty", 0.10, 9_000, 0.7, 0.020),
    Category("trinkets", 0.15, 1_800, 0.7, 0.020),
)


@dataclass(frozen=True, slots=True)
class Buyers:
    """A row per buyer, shape (n,). Days count from the start of the period.

    `expected_orders` is relative, `pickiness` multiplies the chance of a change of mind, `outspokenness` is the
    chance to complain when something is wrong, `abuse_rate` the chance of abuse where it pays.
    """

    kind: Ints
    expected_orders: Floats
    arrive_day: Floats
    leave_day: Floats
    pickiness: Floats
    outspokenness: Floats
    abuse_rate: Floats


@dataclass(frozen=True, slots=True)
class Merchants:
    """A row per merchant, shape (n,): factors on trouble and on time in transit, and the day from which it declines.

    `promise_days` is what it promises at payment, `reply_factor` multiplies its time to answer a claim, `goodwill` is
    the chance that it agrees to an honest one, and `repayment` the chance that it pays an advance back.
    """

    size: Floats
    fault_factor: Floats
    pace_factor: Floats
    decline_day: Floats
    promise_days: Ints
    reply_factor: Floats
    goodwill: Floats
    repayment: Floats


@dataclass(frozen=True, slots=True)
class Products:
    """A row per product, shape (n,): prices in fen, rates per order, and the days between which a bad batch is sold.

    `category` is the place in `CATEGORIES`.
    """

    merchant: Ints
    category: Ints
    price_minor: Floats
    popularity: Floats
    change_of_mind: Floats
    fault_rate: Floats
    batch_start_day: Floats
    batch_end_day: Floats

    @property
    def is_apparel(self) -> Flags:
        """Whether each product is to wear, shape (n,)."""
        return np.asarray(self.category == 0, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Market:
    """Everyone and everything on the marketplace."""

    buyers: Buyers
    merchants: Merchants
    products: Products


def make_market(config: SimulationConfig) -> Market:
    """Draw the buyers, merchants and products for a number of orders; at least one of each."""
    merchants = _make_merchants(config)
    return Market(_make_buyers(config), merchants, _make_products(config, merchants))


def _make_buyers(config: SimulationConfig) -> Buyers:
    rng = config.stream("buyers")
    count = max(1, config.orders // ORDERS_PER_BUYER)
    kind = rng.choice(len(BUYER_KINDS), size=count, p=list(BUYER_KINDS.values()))
    farm = kind == kind_code("account_farm")
    # Half of the buyers were there before; the others keep arriving until the end. Farms are always new.
    arrive_share = np.where(farm | (rng.random(count) < 0.5), rng.random(count), 0.0)
    arrive_day = arrive_share * config.days
    leave_day = np.where(farm, np.minimum(arrive_day + FARM_LIFE_DAYS, config.days), float(config.days))
    activity = np.minimum(draw_lognormal(rng, median=1.0, sigma=1.0, size=count), MOST_ACTIVITY) * (1.0 - arrive_share)
    mean_activity = max(float(activity[~farm].mean()), 1e-9) if (~farm).any() else 1.0
    return Buyers(
        kind=kind.astype(np.int64),
        expected_orders=np.where(farm, FARM_ORDERS / ORDERS_PER_BUYER, activity / mean_activity),
        arrive_day=arrive_day,
        leave_day=leave_day,
        pickiness=draw_lognormal(rng, median=0.75, sigma=0.8, size=count),
        outspokenness=rng.beta(5.0, 2.0, size=count),
        abuse_rate=_abuse_rate(rng, kind.astype(np.int64)),
    )


def _abuse_rate(rng: np.random.Generator, kind: Ints) -> Floats:
    """Persistent abusers lie on a part of their orders, farms on most, and anyone else once in a long while."""
    persistent = rng.beta(2.0, 4.0, size=len(kind))
    rare = np.minimum(0.0032 * draw_lognormal(rng, median=0.6, sigma=1.0, size=len(kind)), 0.05)
    rate = np.where(kind == kind_code("ordinary"), rare, persistent)
    return np.where(kind == kind_code("account_farm"), 0.8, rate)


def _make_merchants(config: SimulationConfig) -> Merchants:
    rng = config.stream("merchants")
    count = max(1, config.orders // ORDERS_PER_MERCHANT)
    declines = rng.random(count) < 0.08
    size = draw_lognormal(rng, median=1.0, sigma=1.0, size=count)
    fault_factor = draw_lognormal(rng, median=0.9, sigma=0.5, size=count)
    pace_factor = draw_lognormal(rng, median=1.0, sigma=0.2, size=count)
    decline_day = np.where(declines, rng.random(count) * config.days, np.inf)
    manners = config.stream("merchant manners")
    boldness = draw_lognormal(manners, median=1.0, sigma=0.15, size=count)  # some promise more than they can keep
    return Merchants(
        size=size,
        fault_factor=fault_factor,
        pace_factor=pace_factor,
        decline_day=decline_day,
        promise_days=np.clip(np.ceil(PROMISED_DAYS * pace_factor / boldness), 2, 15).astype(np.int64),
        reply_factor=draw_lognormal(manners, median=1.0, sigma=0.6, size=count),
        goodwill=manners.beta(6.0, 2.5, size=count),
        repayment=manners.beta(5.0, 1.5, size=count),
    )


def _make_products(config: SimulationConfig, merchants: Merchants) -> Products:
    rng = config.stream("products")
    count = max(1, config.orders // ORDERS_PER_PRODUCT)
    category = rng.choice(len(CATEGORIES), size=count, p=[one.share for one in CATEGORIES])
    medians = np.array([one.price_median_minor for one in CATEGORIES])[category]
    sigmas = np.array([one.price_sigma for one in CATEGORIES])[category]
    batch_start_day = np.where(rng.random(count) < 0.12, rng.random(count) * config.days, np.inf)
    return Products(
        merchant=rng.choice(len(merchants.size), size=count, p=merchants.size / merchants.size.sum()).astype(np.int64),
        category=category.astype(np.int64),
        price_minor=medians * np.exp(sigmas * rng.standard_normal(count)),
        popularity=draw_lognormal(rng, median=1.0, sigma=1.2, size=count),
        change_of_mind=np.array([one.change_of_mind for one in CATEGORIES])[category],
        fault_rate=np.minimum(draw_lognormal(rng, median=0.023, sigma=0.8, size=count), 0.3),
        batch_start_day=batch_start_day,
        batch_end_day=batch_start_day + 0.1 * config.days,
    )
