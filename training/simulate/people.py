"""Who buys: people with tastes, patience and honesty. One person may have several accounts, one after another.

The traits are the simulator's secret. Events carry only what they lead to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.config import Flags, SimulationConfig, draw_lognormal
from training.simulate.goods import CATEGORIES

ORDERS_PER_PERSON: Final = 8

# How a person abuses, if at all, and the share of people who do. But for "ordinary" the words are those of stories.
KINDS: Final = {
    "ordinary": 0.8670,
    "denies_receipt": 0.0080,
    "serial_refunds": 0.0100,
    "wardrobing": 0.0560,
    "empty_or_swapped_return": 0.0355,
    "fake_evidence": 0.0080,
    "ring_script": 0.0050,
    "collusion": 0.0030,
    "partial_refund_extortion": 0.0065,
    "account_farm": 0.0020,
}
MOST_ACTIVITY: Final = 16.0  # times the median person's; a few people should not decide a small world's rates
ATTACK_DAYS: Final = 10.0  # within which attackers arrive
ATTACK_LASTS_DAYS: Final = 45.0
ATTACKER_ORDERS: Final = 6.0
RISING: Final = ("fake_evidence", "partial_refund_extortion", "account_farm")
FADING: Final = ("serial_refunds", "denies_receipt")
FADED_SHARE: Final = 0.8  # of the period, at most, that is left out by who fades
CHINESE_SHARE: Final = 0.8
LANGUAGES: Final = ("zh-CN", "en")


def kind_code(name: str) -> int:
    """The integer that stands for a kind of person.

    >>> kind_code("ordinary")
    0
    """
    return list(KINDS).index(name)


@dataclass(frozen=True, slots=True)
class People:
    """A row per person, shape (n,). Days count from the start of the period.

    Attributes:
        kind: place in `KINDS`.
        expected_orders: relative.
        arrive_day, leave_day: between which a person buys.
        favourite: place of the category from which every other order comes.
        pickiness: multiplies the chance of a change of mind.
        outspokenness: the chance to complain when something is wrong.
        patience: 0 to 1; the impatient leave after a bad turn, and complain of a late parcel.
        temptation: the chance of abuse where it pays, at first.
        language: place in `LANGUAGES` of what the person writes.
        attacks: whether the person came with an attack.
    """

    kind: Ints
    expected_orders: Floats
    arrive_day: Floats
    leave_day: Floats
    favourite: Ints
    pickiness: Floats
    outspokenness: Floats
    patience: Floats
    temptation: Floats
    language: Ints
    attacks: Flags

    def __len__(self) -> int:
        return len(self.kind)


def make_people(config: SimulationConfig) -> People:
    """Draw the people for a number of orders; at least one."""
    rng = config.stream("people")
    regulars = max(1, config.orders // ORDERS_PER_PERSON)
    attackers = round(regulars * config.what_befalls.attackers)
    count = regulars + attackers
    attacks = np.arange(count) >= regulars
    kind = rng.choice(len(KINDS), size=count, p=_shares()).astype(np.int64)
    kind[attacks] = kind_code("ring_script")
    arrive_day, leave_day = _stay(config, rng, kind, attacks)
    return People(
        kind=kind,
        expected_orders=_activity(rng, kind, attacks, arrive_day / config.days),
        arrive_day=arrive_day,
        leave_day=leave_day,
        favourite=rng.choice(len(CATEGORIES), size=count, p=[one.share for one in CATEGORIES]).astype(np.int64),
        pickiness=draw_lognormal(rng, median=0.85, sigma=0.6, size=count),
        outspokenness=rng.beta(5.0, 2.0, size=count),
        patience=rng.beta(3.0, 2.0, size=count),
        temptation=_temptation(rng, kind, attacks),
        language=(rng.random(count) >= CHINESE_SHARE).astype(np.int64),
        attacks=attacks,
    )


def _shares() -> Floats:
    shares = np.array(list(KINDS.values()))
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _stay(config: SimulationConfig, rng: np.random.Generator, kind: Ints, attacks: Flags) -> tuple[Floats, Floats]:
    """Half of the people were there before; the others keep arriving until the end. Abuse for a living comes new."""
    count, drift = len(kind), config.what_befalls.drift
    new = np.isin(kind, _codes("account_farm", "ring_script")) | (rng.random(count) < 0.5)
    luck, end = rng.random(count), np.full(count, float(config.days))
    # where the world drifts, some ways of abuse come up late, and others die out
    luck = np.where(np.isin(kind, _codes(*RISING)), luck ** (1.0 / (1.0 + 2.0 * drift)), luck)
    fades = 1.0 - drift * FADED_SHARE * rng.random(count)
    leave_day = np.where(np.isin(kind, _codes(*FADING)), end * fades, end)
    leave_day = np.where(
        attacks, np.minimum(end, (config.what_befalls.attack_at * config.days) + ATTACK_LASTS_DAYS), leave_day
    )
    attack_day = (config.what_befalls.attack_at * config.days) + rng.random(count) * ATTACK_DAYS
    arrive_day = np.where(attacks, np.minimum(attack_day, config.days - 0.5), np.where(new, luck, 0.0) * config.days)
    return np.minimum(arrive_day, leave_day), leave_day


def _codes(*names: str) -> list[int]:
    return [kind_code(name) for name in names]


def _activity(rng: np.random.Generator, kind: Ints, attacks: Flags, arrive_share: Floats) -> Floats:
    count = len(kind)
    activity = np.minimum(draw_lognormal(rng, median=1.0, sigma=1.0, size=count), MOST_ACTIVITY) * (1.0 - arrive_share)
    activity *= np.where(np.isin(kind, [kind_code("account_farm"), kind_code("serial_refunds")]), 1.6, 1.0)
    mean = max(float(activity[~attacks].mean()), 1e-9)
    return np.where(attacks, ATTACKER_ORDERS / ORDERS_PER_PERSON, activity / mean)


def _temptation(rng: np.random.Generator, kind: Ints, attacks: Flags) -> Floats:
    """Persistent abusers lie on a part of their orders, farms on most, and anyone else once in a long while."""
    persistent = rng.beta(2.0, 4.0, size=len(kind))
    returning = np.isin(kind, [kind_code("wardrobing"), kind_code("empty_or_swapped_return")])
    persistent = np.where(returning, rng.beta(4.0, 4.0, size=len(kind)), persistent)
    rare = np.minimum(0.0022 * draw_lognormal(rng, median=0.6, sigma=1.0, size=len(kind)), 0.05)
    temptation = np.where(kind == kind_code("ordinary"), rare, persistent)
    business = (kind == kind_code("account_farm")) | attacks
    return np.where(business, 0.7, np.where(kind == kind_code("collusion"), 0.5, temptation))
