"""Which orders lead to a claim, and by which story: first what truly went wrong, then who lies where nothing did."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.config import Flags, SimulationConfig
from training.simulate.market import BUYER_KINDS, Market, kind_code
from training.simulate.orders import Deliveries, Orders, has_declined
from training.simulate.stories import NO_STORY, story_code

MISDELIVERED_RATE: Final = 0.008
WRONG_PARCEL_RATE: Final = 0.006
BAD_BATCH_RATE: Final = 0.25
LATE_CLAIM_SHARE: Final = 0.25  # of the parcels that come after the promised time


def claim_stories(config: SimulationConfig, market: Market, orders: Orders, deliveries: Deliveries) -> Ints:
    """The code of each order's story, shape (n,), or `NO_STORY` where nobody claims.

    Honest trouble comes first: an abuser whose parcel is lost has no need to lie.
    """
    honest = _honest_stories(config, market, orders, deliveries)
    abusive = _abusive_stories(config, market, orders, deliveries)
    return np.where(honest != NO_STORY, honest, abusive)


def _honest_stories(config: SimulationConfig, market: Market, orders: Orders, deliveries: Deliveries) -> Ints:
    rng = config.stream("trouble")
    count = len(orders)
    speaks = rng.random(count) < market.buyers.outspokenness[orders.buyer]
    factor = market.merchants.fault_factor[orders.merchant] * np.where(has_declined(market, orders), 3.0, 1.0)
    changes = market.products.change_of_mind[orders.product] * market.buyers.pickiness[orders.buyer]
    late = (deliveries.delivered_at_ms > orders.promised_at_ms) & (rng.random(count) < LATE_CLAIM_SHARE)
    # The order of the list is the order of precedence.
    happens = {
        "lost_parcel": deliveries.lost & (rng.random(count) < 0.95),
        "misdelivered_parcel": speaks & (rng.random(count) < MISDELIVERED_RATE),
        "late_parcel": late,
        "faulty_goods": speaks & (rng.random(count) < _fault_rate(market, orders, factor)),
        "wrong_parcel": speaks & (rng.random(count) < WRONG_PARCEL_RATE * factor),
        "change_of_mind": rng.random(count) < changes,
    }
    # Nothing else can be said of goods that never came.
    return _first_that_happens(
        {name: mask & (deliveries.lost == (name == "lost_parcel")) for name, mask in happens.items()}
    )


def _fault_rate(market: Market, orders: Orders, factor: Floats) -> Floats:
    products = market.products
    in_batch = orders.day >= products.batch_start_day[orders.product]
    in_batch &= orders.day < products.batch_end_day[orders.product]
    return products.fault_rate[orders.product] * factor + BAD_BATCH_RATE * in_batch


def _abusive_stories(config: SimulationConfig, market: Market, orders: Orders, deliveries: Deliveries) -> Ints:
    rng = config.stream("abuse")
    kind = market.buyers.kind[orders.buyer]
    tempted = rng.random(len(orders)) < market.buyers.abuse_rate[orders.buyer] * _what_pays(market, orders, kind)
    tempted &= ~deliveries.lost
    happens = {name: tempted & (kind == kind_code(name)) for name in BUYER_KINDS if name != "ordinary"}
    return _first_that_happens({**happens, "one_off": tempted & (kind == kind_code("ordinary"))})


def _what_pays(market: Market, orders: Orders, kind: Ints) -> Floats:
    """How far each order suits its buyer's way of abuse, 0 to 1: cheap goods, dear goods, or any."""
    yuan = orders.amount_minor / 100.0
    cheap = 1.0 / (1.0 + (yuan / 70.0) ** 2)
    worn = np.where(market.products.is_apparel[orders.product], 1.0, 0.5) / (1.0 + (130.0 / yuan) ** 2)
    dear = 1.0 / (1.0 + (250.0 / yuan) ** 2)
    pays = {"serial_refunds": cheap, "wardrobing": worn, "empty_or_swapped_return": dear}
    return np.select([kind == kind_code(name) for name in pays], list(pays.values()), 1.0)


def _first_that_happens(happens: dict[str, Flags]) -> Ints:
    codes = [np.int64(story_code(name)) for name in happens]
    return np.select(list(happens.values()), codes, np.int64(NO_STORY)).astype(np.int64)
