"""Who belongs together: households, as everywhere, and rings, which make a business of abuse.

Both are the simulator's secret. Events carry only the devices, addresses, payments and pictures that they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Ints
from training.simulate.config import SimulationConfig
from training.simulate.people import People, kind_code

HOUSEHOLD_SIZES: Final = (0.62, 0.26, 0.08, 0.04)  # shares of one, two, three and four buyers

NO_RING: Final = -1
SMALLEST_RING, LARGEST_RING = 3, 40
RING_SIZE_MEAN: Final = 10.0
RINGED_SERIAL_SHARE: Final = 0.3  # of the serial abusers; of the farms' accounts it is nearly all
RECRUITING_DAYS: Final = 45.0  # how far the accounts of one ring, which come one after another, mix with another's


@dataclass(frozen=True, slots=True)
class Groups:
    """The number of each buyer's household, and of its ring or `NO_RING`, shape (n,)."""

    household: Ints
    ring: Ints

    @property
    def rings(self) -> int:
        """How many rings there are."""
        return int(self.ring.max(initial=NO_RING)) + 1


def make_groups(config: SimulationConfig, people: People) -> Groups:
    """Put buyers into households and rings. A farm's account lives in no household."""
    return Groups(_households(config, people), _rings(config, people))


def _households(config: SimulationConfig, people: People) -> Ints:
    rng = config.stream("households")
    alone = (people.kind == kind_code("account_farm")) | people.attacks
    members = rng.permutation(np.flatnonzero(~alone))
    sizes = 1 + rng.choice(len(HOUSEHOLD_SIZES), size=len(members), p=HOUSEHOLD_SIZES)
    household = np.zeros(len(people), dtype=np.int64)
    household[members] = _cut(len(members), sizes)
    household[alone] = household[members].max(initial=-1) + 1 + np.arange(alone.sum())
    return household


def _rings(config: SimulationConfig, people: People) -> Ints:
    """Members of a ring arrive near each other in time, and new ones keep joining until it is exhausted."""
    rng = config.stream("rings")
    count = len(people)
    ring = np.full(count, NO_RING, dtype=np.int64)
    joins_day = people.arrive_day + RECRUITING_DAYS * rng.random(count) * ~people.attacks
    serial = (people.kind == kind_code("serial_refunds")) & (rng.random(count) < RINGED_SERIAL_SHARE)
    scripted = people.kind == kind_code("ring_script")
    for chosen in (people.kind == kind_code("account_farm"), serial, scripted & ~people.attacks, people.attacks):
        members = np.flatnonzero(chosen)
        by_day = members[np.argsort(joins_day[members], kind="stable")]
        sizes = SMALLEST_RING - 1 + rng.geometric(1.0 / (RING_SIZE_MEAN - SMALLEST_RING + 1), size=len(by_day))
        number = _cut(len(by_day), np.minimum(sizes, LARGEST_RING))
        whole = np.bincount(number)[number] >= SMALLEST_RING  # who is left over at the end works alone
        ring[by_day[whole]] = ring.max(initial=NO_RING) + 1 + number[whole]
    return ring


def _cut(count: int, sizes: Ints) -> Ints:
    """The group number of each of `count` in a row, if groups take `sizes` of them in turn, shape (count,).

    >>> _cut(5, np.array([2, 1, 4, 1, 1]))
    array([0, 0, 1, 2, 2])
    """
    return np.searchsorted(np.cumsum(sizes), np.arange(count), side="right").astype(np.int64)
