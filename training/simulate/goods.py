"""What is sold: categories with their own prices and return rates, and products with their defects and bad batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.config import Flags, SimulationConfig, draw_lognormal

ORDERS_PER_PRODUCT: Final = 60
BATCH_SHARE_OF_PERIOD: Final = 0.1
LONGEST_BATCH_DAYS: Final = 45.0


@dataclass(frozen=True, slots=True)
class Category:
    """A sort of goods: its share of products, its price level in fen, and how often buyers just send it back.

    `worn` says that it can be used once and returned; `drift` how far the wish for it moves over a drifting period.
    """

    name: str
    share: float
    price_median_minor: float
    price_sigma: float
    change_of_mind: float
    worn: float = 0.3
    drift: float = 0.0


CATEGORIES: Final = (
    Category("apparel", 0.18, 12_000, 0.7, 0.120, worn=1.0, drift=-0.5),
    Category("womens_wear", 0.09, 15_000, 0.6, 0.65, worn=1.0, drift=0.3),
    Category("livestream_wear", 0.02, 9_000, 0.5, 1.0, worn=0.8, drift=1.5),
    Category("electronics", 0.12, 45_000, 1.1, 0.055, worn=0.6, drift=0.4),
    Category("food", 0.17, 4_500, 0.6, 0.004, worn=0.0),
    Category("home", 0.18, 8_000, 0.9, 0.050, worn=0.4),
    Category("beauty", 0.10, 9_000, 0.7, 0.030, worn=0.1),
    Category("trinkets", 0.14, 1_800, 0.7, 0.030, worn=0.1, drift=0.8),
)


@dataclass(frozen=True, slots=True)
class Products:
    """A row per product, shape (n,): prices in fen, rates per order, and the days between which a bad batch is sold.

    `category` is the place in `CATEGORIES`; `merchant` the number of who sells it.
    """

    merchant: Ints
    category: Ints
    price_minor: Floats
    popularity: Floats
    change_of_mind: Floats
    fault_rate: Floats
    batch_start_day: Floats
    batch_end_day: Floats

    def __len__(self) -> int:
        return len(self.merchant)

    def in_batch(self, product: Ints, day: Floats) -> Flags:
        """Whether what was bought on a day came from the product's bad batch, shape of `product`."""
        started = day >= self.batch_start_day[product]
        return np.asarray(started & (day < self.batch_end_day[product]), dtype=np.bool_)


def make_products(config: SimulationConfig, merchant_sizes: Floats) -> Products:
    """Draw the products for a number of orders, each sold by one merchant; large merchants sell more of them."""
    rng = config.stream("products")
    count = max(1, config.orders // ORDERS_PER_PRODUCT)
    category = rng.choice(len(CATEGORIES), size=count, p=[one.share for one in CATEGORIES])
    medians = np.array([one.price_median_minor for one in CATEGORIES])[category]
    sigmas = np.array([one.price_sigma for one in CATEGORIES])[category]
    batch_days = min(BATCH_SHARE_OF_PERIOD * config.days, LONGEST_BATCH_DAYS)
    has_batch = rng.random(count) < config.what_befalls.batch_share
    batch_start_day = np.where(has_batch, rng.random(count) * config.days, np.inf)
    return Products(
        merchant=rng.choice(len(merchant_sizes), size=count, p=merchant_sizes / merchant_sizes.sum()).astype(np.int64),
        category=category.astype(np.int64),
        price_minor=medians * np.exp(sigmas * rng.standard_normal(count)),
        popularity=draw_lognormal(rng, median=1.0, sigma=1.2, size=count),
        change_of_mind=np.array([one.change_of_mind for one in CATEGORIES])[category],
        fault_rate=np.minimum(draw_lognormal(rng, median=0.019, sigma=0.8, size=count), 0.3),
        batch_start_day=batch_start_day,
        batch_end_day=batch_start_day + batch_days,
    )
