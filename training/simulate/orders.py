"""Orders and their deliveries: who buys what, when, for how much, and when it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.config import DAY_MS, HOUR_MS, MINUTE_MS, Flags, SimulationConfig, draw_lognormal
from training.simulate.market import Market

# Orders by local hour of the day: few at night, most in the evening.
HOUR_WEIGHTS: Final = (2, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 7, 7, 7, 7, 7, 8, 10, 12, 13, 10, 6)
LOCAL_OFFSET_MS: Final = 8 * HOUR_MS  # UTC+8
LEAST_PRICE_MINOR: Final = 100
DEAREST_ORDER_MINOR: Final = 100_000_000  # a million yuan
LOST_RATE: Final = 0.005
NEVER_SENT_SHARE: Final = 0.2  # of the lost ones


@dataclass(frozen=True, slots=True)
class Orders:
    """A row per order, shape (n,), by time of payment. Money in fen; `day` counts from the start of the period.

    `promised_at_ms` is when the merchant said, at payment, that the order would have arrived.
    """

    buyer: Ints
    merchant: Ints
    product: Ints
    paid_at_ms: Ints
    promised_at_ms: Ints
    day: Floats
    quantity: Ints
    amount_minor: Ints

    def __len__(self) -> int:
        return len(self.buyer)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """A row per order, shape (n,). A lost parcel has the times at which it would have arrived.

    Most lost parcels were shipped; the others the merchant never sent.
    """

    lost: Flags
    shipped: Flags
    shipped_at_ms: Ints
    transit_ms: Ints
    delivered_at_ms: Ints
    known_at_ms: Ints


def make_orders(config: SimulationConfig, market: Market) -> Orders:
    """Draw the orders of the period, exactly `config.orders` of them, all paid before its end."""
    rng = config.stream("orders")
    weights = market.buyers.expected_orders
    buyer = np.repeat(np.arange(len(weights)), rng.multinomial(config.orders, weights / weights.sum()))
    paid_at_ms = _paid_at_ms(config, rng, market, buyer)
    by_time = np.argsort(paid_at_ms, kind="stable")
    buyer, paid_at_ms = buyer[by_time], paid_at_ms[by_time]
    popularity = market.products.popularity
    product = rng.choice(len(popularity), size=config.orders, p=popularity / popularity.sum())
    quantity = rng.geometric(0.8, size=config.orders)
    # A discount of up to a fifth keeps amounts from naming the product.
    price_minor = market.products.price_minor[product] * (1.0 - 0.2 * rng.random(config.orders) ** 2)
    merchant = market.products.merchant[product]
    unit_minor = np.maximum(np.rint(price_minor), LEAST_PRICE_MINOR)
    return Orders(
        buyer=buyer.astype(np.int64),
        merchant=merchant,
        product=product.astype(np.int64),
        paid_at_ms=paid_at_ms,
        promised_at_ms=paid_at_ms + market.merchants.promise_days[merchant] * DAY_MS,
        day=(paid_at_ms - config.start_ms) / DAY_MS,
        quantity=quantity.astype(np.int64),
        amount_minor=np.minimum(unit_minor * quantity, DEAREST_ORDER_MINOR).astype(np.int64),
    )


def _paid_at_ms(config: SimulationConfig, rng: np.random.Generator, market: Market, buyer: Ints) -> Ints:
    """A day while the buyer is there, and a time of day by the rhythm of local hours."""
    arrive_day, leave_day = market.buyers.arrive_day[buyer], market.buyers.leave_day[buyer]
    day = np.floor(arrive_day + rng.random(len(buyer)) * (leave_day - arrive_day)).astype(np.int64)
    day = np.minimum(day, config.days - 1)
    weights = np.array(HOUR_WEIGHTS, dtype=np.float64)
    hour = rng.choice(24, size=len(buyer), p=weights / weights.sum()).astype(np.int64)
    local_ms = hour * HOUR_MS + rng.integers(0, HOUR_MS, size=len(buyer))
    # The period need not start at midnight: the remainder keeps the time of day and stays within the day.
    offset_ms = (local_ms - LOCAL_OFFSET_MS - config.start_ms) % DAY_MS
    return np.asarray(config.start_ms + day * DAY_MS + offset_ms, dtype=np.int64)


def make_deliveries(config: SimulationConfig, market: Market, orders: Orders) -> Deliveries:
    """Draw when each order arrives, hours to weeks after payment, and when the platform hears of it, minutes later."""
    rng = config.stream("deliveries")
    count = len(orders)
    declined = has_declined(market, orders)
    pace = market.merchants.pace_factor[orders.merchant] * np.where(declined, 1.5, 1.0)
    transit_days = np.clip(pace * draw_lognormal(rng, median=3.0, sigma=0.5, size=count), 0.3, 40.0)
    transit_ms = (transit_days * DAY_MS).astype(np.int64)
    delivered_at_ms = orders.paid_at_ms + transit_ms
    lag_ms = MINUTE_MS + (rng.exponential(12.0, size=count) * MINUTE_MS).astype(np.int64)
    lost = rng.random(count) < LOST_RATE * np.where(declined, 3.0, 1.0)
    shipments = config.stream("shipments")
    return Deliveries(
        lost=lost,
        shipped=~lost | (shipments.random(count) >= NEVER_SENT_SHARE),
        shipped_at_ms=orders.paid_at_ms + (transit_ms * shipments.beta(2.0, 5.0, size=count)).astype(np.int64),
        transit_ms=transit_ms,
        delivered_at_ms=delivered_at_ms,
        known_at_ms=delivered_at_ms + lag_ms,
    )


def has_declined(market: Market, orders: Orders) -> Flags:
    """Whether each order's merchant was past the day from which it serves badly, shape (n,)."""
    return np.asarray(orders.day >= market.merchants.decline_day[orders.merchant], dtype=np.bool_)
