"""Who sells and who carries: merchants whose quality, speed, attitude and solvency drift, and carriers.

The traits are the simulator's secret. Events carry only what they lead to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.config import Flags, SimulationConfig, draw_lognormal

ORDERS_PER_MERCHANT: Final = 500
MONTH_DAYS: Final = 30
PROMISED_DAYS: Final = 7.0  # a merchant of middling pace promises about twice what it mostly needs
DECLINING_SHARE: Final = 0.08
COLLUDING_SHARE: Final = 0.015
LYING_SHARE: Final = 0.12
CONSENTING_SHARE: Final = 0.55  # has agreed that the platform refunds at its cost
MONTHLY_DRIFT: Final = 0.12  # standard deviation of a trait's step, on a log scale
PULL: Final = 0.9  # how much of a trait's distance from its mean is left after a month
INSOLVENT_AFTER_DAYS: Final = 60.0  # of decline
DECLINED_FAULT_FACTOR: Final = 3.0
DECLINED_PACE_FACTOR: Final = 1.5
DECLINED_REPLY_FACTOR: Final = 2.5

CARRIERS: Final = 8
CARRIER_OF_HABIT_SHARE: Final = 0.8  # of a merchant's parcels


@dataclass(frozen=True, slots=True)
class Merchants:
    """A row per merchant, shape (n,), or a row per merchant and month of the period, shape (n, months).

    Attributes:
        size: relative.
        fault, pace, reply: factors by month on trouble, on time in transit and on time to answer a claim.
        goodwill: the chance by month that it agrees to an honest claim.
        solvency: the chance by month that it pays an advance back.
        decline_day: the day from which it serves badly, or infinity.
        promise_days: what it promises at payment.
        carrier: whom it mostly sends with.
        lies: whether it contests honest claims with made-up proof.
        colludes: whether it shares with buyers what the platform advances.
        consents: whether it has agreed that the platform refunds at its cost.
    """

    size: Floats
    fault: Floats
    pace: Floats
    reply: Floats
    goodwill: Floats
    solvency: Floats
    decline_day: Floats
    promise_days: Ints
    carrier: Ints
    lies: Flags
    colludes: Flags
    consents: Flags

    def __len__(self) -> int:
        return len(self.size)

    def has_declined(self, merchant: Ints, day: Floats) -> Flags:
        """Whether each merchant serves badly on the day, shape of `merchant`."""
        return np.asarray(day >= self.decline_day[merchant], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Carriers:
    """A row per carrier, shape (n,): its pace, how a festival slows it, and the shares that it loses or misplaces."""

    pace: Floats
    strain: Floats
    lost: Floats
    misplaced: Floats


def month_of(day: Floats | Ints) -> Ints:
    """The month of the period that a day lies in, from 0."""
    return np.asarray(day, dtype=np.int64) // MONTH_DAYS


def make_merchants(config: SimulationConfig) -> Merchants:
    """Draw the merchants for a number of orders; at least one."""
    rng = config.stream("merchants")
    count = max(1, config.orders // ORDERS_PER_MERCHANT)
    months = config.days // MONTH_DAYS + 1
    decline_day = np.where(rng.random(count) < DECLINING_SHARE, rng.random(count) * config.days, np.inf)
    declined = MONTH_DAYS * np.arange(months) >= decline_day[:, np.newaxis]
    insolvent = MONTH_DAYS * np.arange(months) >= decline_day[:, np.newaxis] + INSOLVENT_AFTER_DAYS
    pace = draw_lognormal(rng, median=1.0, sigma=0.2, size=count)
    goodwill = rng.beta(6.0, 2.5, size=count)
    solvency = np.clip(rng.beta(6.0, 1.5, size=count)[:, np.newaxis] * _drift(rng, count, months, 0.5), 0.0, 0.98)
    colludes = _some(rng, count, COLLUDING_SHARE)
    boldness = draw_lognormal(rng, median=1.0, sigma=0.15, size=count)  # some promise more than they can keep
    quality = draw_lognormal(rng, median=0.9, sigma=0.5, size=count)[:, np.newaxis] * _drift(rng, count, months)
    reply = draw_lognormal(rng, median=1.0, sigma=0.6, size=count)[:, np.newaxis] * _drift(rng, count, months)
    return Merchants(
        size=draw_lognormal(rng, median=1.0, sigma=1.0, size=count),
        fault=quality * np.where(declined, DECLINED_FAULT_FACTOR, 1.0),
        pace=pace[:, np.newaxis] * _drift(rng, count, months, 0.4) * np.where(declined, DECLINED_PACE_FACTOR, 1.0),
        reply=reply * np.where(declined, DECLINED_REPLY_FACTOR, 1.0),
        goodwill=np.clip(goodwill[:, np.newaxis] * _drift(rng, count, months, 0.5), 0.05, 0.98),
        solvency=np.where(insolvent | colludes[:, np.newaxis], 0.05, solvency),
        decline_day=decline_day,
        promise_days=np.clip(np.ceil(PROMISED_DAYS * pace / boldness), 2, 15).astype(np.int64),
        carrier=rng.integers(0, CARRIERS, size=count),
        lies=rng.random(count) < LYING_SHARE,
        colludes=colludes,
        consents=rng.random(count) < CONSENTING_SHARE,
    )


def make_carriers(config: SimulationConfig) -> Carriers:
    """Draw the carriers, always as many."""
    rng = config.stream("carriers")
    return Carriers(
        pace=draw_lognormal(rng, median=1.0, sigma=0.12, size=CARRIERS),
        strain=draw_lognormal(rng, median=1.0, sigma=0.3, size=CARRIERS),
        lost=draw_lognormal(rng, median=0.0045, sigma=0.4, size=CARRIERS),
        misplaced=draw_lognormal(rng, median=0.007, sigma=0.4, size=CARRIERS),
    )


def _some(rng: np.random.Generator, count: int, share: float) -> Flags:
    """A share of so many, chosen at random; one at least, unless it is alone."""
    chosen = np.zeros(count, dtype=np.bool_)
    chosen[rng.permutation(count)[: max(round(count * share), int(count > 1))]] = True
    return chosen


def _drift(rng: np.random.Generator, count: int, months: int, strength: float = 1.0) -> Floats:
    """Factors around 1 by month that wander and are pulled back, shape (count, months)."""
    level = np.zeros(count)
    levels = np.zeros((count, months))
    for month in range(1, months):
        level = PULL * level + strength * MONTHLY_DRIFT * rng.standard_normal(count)
        levels[:, month] = level
    return np.asarray(np.exp(levels), dtype=np.float64)
