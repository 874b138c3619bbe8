"""Which accounts, devices, addresses and payments people use: their own, their household's, a station's, their ring's.

None of these settles what a claim is: families share a home and strangers a parcel station, as rings do. Who moves on
to a new account takes some of what it used along. Numbers are turned into ids in no order, so that an id tells nothing
of how it came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.config import Flags, SimulationConfig
from training.simulate.dice import Dice
from training.simulate.groups import LARGEST_RING, NO_RING, Groups
from training.simulate.people import People, kind_code

DEVICES_HELD: Final = (0.60, 0.30, 0.10)  # shares of people with one, two and three
PAYMENTS_HELD: Final = (0.70, 0.30)
USE: Final = (0.75, 0.20, 0.05)  # how often the first, second and third is taken

FAMILY_DEVICE_SHARE: Final = 0.15  # of households, those with one device that everyone uses first
FAMILY_PAYMENT_SHARE: Final = 0.12
PEOPLE_PER_STATION: Final = 1_500
STATION_SHARES: Final = (0.15, 0.15)  # of households that have everything sent to one; of the others, people at times
SECOND_ADDRESS_SHARE: Final = 0.25

RING_SHARES_IT: Final = 0.65  # the chance that a ring shares devices; so for addresses and for payments
RING_DISCIPLINE: Final = 0.85  # the share of a ring's members that use what it shares
MEMBERS_PER_SHARED: Final = 8

SAME_DEVICE_SHARE: Final = 0.6  # of claims, those filed from the device that ordered
SAME_PAYMENT_SHARE: Final = 0.95
NEW_ADDRESS_SHARE: Final = 0.3  # of moves to a new account; a new payment always
SPARE_ACCOUNTS: Final = 12  # of whoever makes a habit of abuse


@dataclass(frozen=True, slots=True)
class Identities:
    """What each order or claim was made with, numbers of shape (n,)."""

    account: Ints
    device: Ints
    address: Ints
    payment: Ints

    def take(self, rows: Ints) -> Identities:
        """Those of some rows."""
        return Identities(self.account[rows], self.device[rows], self.address[rows], self.payment[rows])


class Belongings:
    """What each person uses now. `counts` says how many numbers of each sort there may ever be."""

    def __init__(self, config: SimulationConfig, people: People, groups: Groups) -> None:
        rng = config.stream("belongings")
        shared = _ring_sharing(rng, groups)
        self.device = _dense(_held(rng, _first(rng, groups, FAMILY_DEVICE_SHARE, shared[0]), DEVICES_HELD))
        self.address = _dense(_addresses(rng, groups, shared[1]))
        self.payment = _dense(_held(rng, _first(rng, groups, FAMILY_PAYMENT_SHARE, shared[2]), PAYMENTS_HELD))
        self.account = np.arange(len(people), dtype=np.int64)
        self.moves = np.zeros(len(people), dtype=np.int64)
        habitual = people.kind != kind_code("ordinary")
        self._spare = np.where(habitual, len(people) + SPARE_ACCOUNTS * (np.cumsum(habitual) - 1), -1)
        accounts = len(people) + SPARE_ACCOUNTS * int(habitual.sum())
        self._first_new = {name: _past(getattr(self, name)) for name in ("device", "address", "payment")}
        self.counts = {"account": accounts} | {name: first + accounts for name, first in self._first_new.items()}

    def for_orders(self, dice: Dice, order: Ints, person: Ints) -> Identities:
        """Draw what orders are made with now."""
        return Identities(
            account=self.account[person],
            device=_pick(dice, "device", order, self.device[person]),
            address=_pick(dice, "address", order, self.address[person]),
            payment=_pick(dice, "payment", order, self.payment[person]),
        )

    def for_claims(self, dice: Dice, order: Ints, person: Ints, ordered: Identities) -> Identities:
        """Draw what claims are made with: mostly what their orders were, and always the order's account and address."""
        still = self.account[person] == ordered.account
        same_device = ~still | dice.happens("same device", order, SAME_DEVICE_SHARE)
        same_payment = ~still | dice.happens("same payment", order, SAME_PAYMENT_SHARE)
        return Identities(
            account=ordered.account,
            device=np.where(same_device, ordered.device, _pick(dice, "other device", order, self.device[person])),
            address=ordered.address,
            payment=np.where(same_payment, ordered.payment, _pick(dice, "other payment", order, self.payment[person])),
        )

    def can_move(self, person: Ints) -> Flags:
        """Whether each person has an account left to move on to."""
        return (self._spare[person] >= 0) & (self.moves[person] < SPARE_ACCOUNTS)

    def move(self, dice: Dice, order: Ints, person: Ints, care: Floats) -> None:
        """Go on under the next account: with a new payment, the more careful with a new device too.

        `order` is what the move is due to; a person that is named twice moves once.
        """
        person, first = np.unique(person, return_index=True)
        order, care = order[first], care[first]
        account = self._spare[person] + self.moves[person]
        self.account[person] = account
        self.moves[person] += 1
        self.payment[person] = (self._first_new["payment"] + account)[:, np.newaxis]
        new = dice.happens("new device", order, care)
        self.device[person[new]] = (self._first_new["device"] + account[new])[:, np.newaxis]
        new = dice.happens("new address", order, NEW_ADDRESS_SHARE)
        self.address[person[new]] = (self._first_new["address"] + account[new])[:, np.newaxis]


@dataclass(frozen=True, slots=True)
class _Sharing:
    """What the rings share of one sort, a row per person, shape (n,): whether it uses it, and which of its ring's."""

    uses: Flags
    number: Ints


def _ring_sharing(rng: np.random.Generator, groups: Groups) -> list[_Sharing]:
    """What of devices, addresses and payments each ring shares, which is one sort at least, and who joins in."""
    count = len(groups.ring)
    shares = rng.random((groups.rings, 3)) < RING_SHARES_IT
    shares[~shares.any(axis=1), 0] = True
    member = np.flatnonzero(groups.ring != NO_RING)
    ring = groups.ring[member]
    pool = 1 + np.bincount(ring, minlength=groups.rings)[ring] // MEMBERS_PER_SHARED
    sharing = []
    for sort in range(3):
        uses, number = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.int64)
        uses[member] = shares[ring, sort] & (rng.random(len(member)) < RING_DISCIPLINE)
        number[member] = ring * LARGEST_RING + rng.integers(0, pool)
        sharing.append(_Sharing(uses, number))
    return sharing


def _first(rng: np.random.Generator, groups: Groups, family_share: float, shared: _Sharing) -> Ints:
    """What each person uses first: its own, its household's, or its ring's; numbers of shape (n,)."""
    own = np.arange(len(groups.household))
    family = rng.random(len(own))[groups.household] < family_share
    first = np.where(family, _past(own) + groups.household, own)
    return np.where(shared.uses, _past(first) + shared.number, first)


def _held(rng: np.random.Generator, first: Ints, held: tuple[float, ...]) -> Ints:
    """Give people more of their own after the first; `held` are the shares with one, two and so on."""
    count, places = len(first), len(held)
    more = _past(first) + np.arange(count * (places - 1)).reshape(count, places - 1)
    last = rng.choice(places, size=count, p=held)
    has = np.arange(1, places) <= last[:, np.newaxis]
    return np.column_stack([first, np.where(has, more, first[:, np.newaxis])])


def _addresses(rng: np.random.Generator, groups: Groups, shared: _Sharing) -> Ints:
    """A home and a second address, shape (n, 2). Some households use the parcel station nearby for all or for some."""
    household = groups.household
    count = len(household)
    stations = 1 + count // PEOPLE_PER_STATION
    homes = int(household.max()) + 1
    station = homes + rng.choice(stations, size=homes, p=_station_shares(rng, stations))[household]
    at_station = rng.random(homes)[household] < STATION_SHARES[0]
    first = np.where(at_station, station, household)
    chance = rng.random(count)
    second = np.where(chance < SECOND_ADDRESS_SHARE, homes + stations + np.arange(count), first)
    second = np.where(chance > 1.0 - STATION_SHARES[1], station, second)
    ring_first = np.where(shared.uses, homes + stations + count + shared.number, first)
    return np.column_stack([ring_first, np.where(second == first, ring_first, second)])


def _station_shares(rng: np.random.Generator, stations: int) -> Floats:
    size = 0.5 + rng.random(stations)
    return np.asarray(size / size.sum(), dtype=np.float64)


def _pick(dice: Dice, throw: str, order: Ints, held: Ints) -> Ints:
    """One of each person's, the first most often, shape (n,)."""
    return held[np.arange(len(order)), dice.pick(throw, order, np.array(USE[: held.shape[1]]))]


def _past(numbers: Ints) -> int:
    """The first number after all of these."""
    return int(numbers.max(initial=-1)) + 1


def _dense(held: Ints) -> Ints:
    """The same sharing under numbers from zero without gaps."""
    _, places = np.unique(held.ravel(), return_inverse=True)
    return places.reshape(held.shape).astype(np.int64)
