"""Orders and their deliveries: who would buy what and when, and how it would arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.spans import DAY_MS, HOUR_MS, MINUTE_MS
from training.simulate.config import Flags, SimulationConfig
from training.simulate.goods import CATEGORIES, Products
from training.simulate.market import NOBODY, Market
from training.simulate.sellers import CARRIER_OF_HABIT_SHARE, CARRIERS, month_of

# Orders by local hour of the day: few at night, most in the evening.
HOUR_WEIGHTS: Final = (2, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 7, 7, 7, 7, 7, 8, 10, 12, 13, 10, 6)
LOCAL_OFFSET_MS: Final = 8 * HOUR_MS  # UTC+8
LEAST_PRICE_MINOR: Final = 100
DEAREST_ORDER_MINOR: Final = 100_000_000  # a million yuan
FAVOURITE_SHARE: Final = 0.4  # of a person's orders, those from its favourite category
PARTNER_SHARE: Final = 0.7  # of a colluding buyer's orders, those from its partner
PRICE_DRIFT: Final = 0.35  # what prices gain over a period of full drift
NEVER_SENT_SHARE: Final = 0.2  # of the lost ones
DECLINED_LOSS_FACTOR: Final = 3.0
TRANSIT_MEDIAN_DAYS: Final = 3.0
LATEST_DAYS: Final = 40.0


@dataclass(frozen=True, slots=True)
class Orders:
    """A row per order, shape (n,), by time of payment. Money in fen; `day` counts from the start of the period.

    `promised_at_ms` is when the merchant said, at payment, that the order would have arrived.
    """

    person: Ints
    merchant: Ints
    product: Ints
    paid_at_ms: Ints
    promised_at_ms: Ints
    day: Floats
    quantity: Ints
    amount_minor: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """A row per order, shape (n,). A lost parcel has the times at which it would have arrived.

    Most lost parcels were shipped; the others the merchant never sent. `carrier` is who brings it.
    """

    carrier: Ints
    lost: Flags
    shipped: Flags
    shipped_at_ms: Ints
    delivered_at_ms: Ints
    known_at_ms: Ints


def make_orders(config: SimulationConfig, market: Market) -> Orders:
    """Draw the orders of the period, `config.orders` of them and those of attackers, all paid before its end."""
    rng = config.stream("orders")
    people = market.people
    weights = people.expected_orders
    # attackers come on top of the orders asked for
    count = round(config.orders * weights.sum() / max(weights[~people.attacks].sum(), 1e-9))
    person = np.repeat(np.arange(len(weights)), rng.multinomial(count, weights / weights.sum()))
    paid_at_ms = _paid_at_ms(config, rng, market, person)
    by_time = np.argsort(paid_at_ms, kind="stable")
    person, paid_at_ms = person[by_time], paid_at_ms[by_time]
    day = (paid_at_ms - config.start_ms) / DAY_MS
    product = _products(config, rng, market, person, day)
    quantity = rng.geometric(0.8, size=count)
    # A discount of up to a fifth keeps amounts from naming the product.
    price_minor = market.products.price_minor[product] * (1.0 - 0.2 * rng.random(count) ** 2)
    price_minor *= 1.0 + PRICE_DRIFT * config.what_befalls.drift * day / config.days
    merchant = market.products.merchant[product]
    unit_minor = np.maximum(np.rint(price_minor), LEAST_PRICE_MINOR)
    return Orders(
        person=person,
        merchant=merchant,
        product=product,
        paid_at_ms=paid_at_ms,
        promised_at_ms=paid_at_ms + market.merchants.promise_days[merchant] * DAY_MS,
        day=day,
        quantity=quantity.astype(np.int64),
        amount_minor=np.minimum(unit_minor * quantity, DEAREST_ORDER_MINOR).astype(np.int64),
    )


def _paid_at_ms(config: SimulationConfig, rng: np.random.Generator, market: Market, person: Ints) -> Ints:
    """A day while the person is there, as the season has it, and a time of day by the rhythm of local hours."""
    people = market.people
    # the demand from the start to any moment: between two of its levels every moment is as likely as its demand
    level = np.concatenate([[0.0], np.cumsum(market.calendar.demand)])
    moments = np.arange(config.days + 1, dtype=np.float64)
    first = np.interp(people.arrive_day, moments, level)[person]
    last = np.interp(people.leave_day, moments, level)[person]
    moment = np.interp(first + rng.random(len(person)) * (last - first), level, moments)
    day = np.minimum(np.floor(moment).astype(np.int64), config.days - 1)
    weights = np.array(HOUR_WEIGHTS, dtype=np.float64)
    hour = rng.choice(24, size=len(person), p=weights / weights.sum()).astype(np.int64)
    local_ms = hour * HOUR_MS + rng.integers(0, HOUR_MS, size=len(person))
    # The period need not start at midnight: the remainder keeps the time of day and stays within the day.
    offset_ms = (local_ms - LOCAL_OFFSET_MS - config.start_ms) % DAY_MS
    return np.asarray(config.start_ms + day * DAY_MS + offset_ms, dtype=np.int64)


def _products(config: SimulationConfig, rng: np.random.Generator, market: Market, person: Ints, day: Floats) -> Ints:
    """What is bought: from all, from the person's favourite category, or from its partner in crime."""
    products = market.products
    chance, luck = rng.random(len(person)), rng.random(len(person))
    result = _popular(products, np.arange(len(products)), luck)
    category = np.where(chance < FAVOURITE_SHARE, market.people.favourite[person], -1)
    category = np.where((category < 0) & (config.what_befalls.drift > 0), _drifting(config, rng, day), category)
    for code in range(len(CATEGORIES)):
        own = np.flatnonzero(products.category == code)
        rows = np.flatnonzero(category == code)
        if len(own) and len(rows):
            result[rows] = _popular(products, own, luck[rows])
    partner = np.where(rng.random(len(person)) < PARTNER_SHARE, market.partner[person], NOBODY)
    for merchant in np.unique(partner[partner != NOBODY]).tolist():
        own = np.flatnonzero(products.merchant == merchant)
        rows = np.flatnonzero(partner == merchant)
        if len(own):
            result[rows] = _popular(products, own, luck[rows])
    return result


def _drifting(config: SimulationConfig, rng: np.random.Generator, day: Floats) -> Ints:
    """A category as the taste of the day has it, or -1 for any: what is in fashion gains over the period."""
    gain = config.what_befalls.drift * np.array([one.drift for one in CATEGORIES])
    shares = np.array([one.share for one in CATEGORIES])
    order = np.argsort(gain)[::-1]
    rise = np.cumsum(np.maximum(shares * gain, 0.0)[order])
    luck = rng.random(len(day)) * config.days
    # by the end a share of `rise` has moved to what is in fashion, and nothing at the start
    place = np.searchsorted(rise, luck / np.maximum(day, 1e-9))
    return np.where(place < len(order), order[np.minimum(place, len(order) - 1)], -1).astype(np.int64)


def _popular(products: Products, among: Ints, luck: Floats) -> Ints:
    ends = np.cumsum(products.popularity[among])
    place = np.minimum(np.searchsorted(ends, luck * ends[-1], side="right"), len(among) - 1)
    return np.asarray(among[place], dtype=np.int64)


def make_deliveries(config: SimulationConfig, market: Market, orders: Orders) -> Deliveries:
    """Draw when each order arrives, hours to weeks after payment, and when the platform hears of it, minutes later."""
    rng = config.stream("deliveries")
    count, carriers, merchants = len(orders), market.carriers, market.merchants
    habit = rng.random(count) < CARRIER_OF_HABIT_SHARE
    carrier = np.where(habit, merchants.carrier[orders.merchant], rng.integers(0, CARRIERS, size=count))
    whole_day = orders.day.astype(np.int64)
    crowded = 1.0 + (market.calendar.transit[whole_day] - 1.0) * carriers.strain[carrier]
    pace = merchants.pace[orders.merchant, month_of(whole_day)] * carriers.pace[carrier] * np.maximum(crowded, 0.5)
    transit_days = np.clip(pace * TRANSIT_MEDIAN_DAYS * np.exp(0.5 * rng.standard_normal(count)), 0.3, LATEST_DAYS)
    transit_ms = (transit_days * DAY_MS).astype(np.int64)
    delivered_at_ms = orders.paid_at_ms + transit_ms
    lag_ms = MINUTE_MS + (rng.exponential(12.0, size=count) * MINUTE_MS).astype(np.int64)
    declined = merchants.has_declined(orders.merchant, orders.day)
    lost = rng.random(count) < carriers.lost[carrier] * np.where(declined, DECLINED_LOSS_FACTOR, 1.0)
    return Deliveries(
        carrier=carrier,
        lost=lost,
        shipped=~lost | (rng.random(count) >= NEVER_SENT_SHARE),
        shipped_at_ms=orders.paid_at_ms + (transit_ms * rng.beta(2.0, 5.0, size=count)).astype(np.int64),
        delivered_at_ms=delivered_at_ms,
        known_at_ms=delivered_at_ms + lag_ms,
    )
