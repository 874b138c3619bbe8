"""Which devices, addresses and payments buyers use: their own, their household's, a parcel station's, their ring's.

None of these settles what a claim is: families share a home and strangers a parcel station, as rings do. The numbers
are shuffled at the end, so that an id tells nothing of how it came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig
from training.simulate.groups import LARGEST_RING, NO_RING, Groups
from training.simulate.orders import Orders

DEVICES_HELD: Final = (0.60, 0.30, 0.10)  # shares of buyers with one, two and three
PAYMENTS_HELD: Final = (0.70, 0.30)
USE: Final = (0.75, 0.20, 0.05)  # how often the first, second and third is taken

FAMILY_DEVICE_SHARE: Final = 0.15  # of households, those with one device that everyone uses first
FAMILY_PAYMENT_SHARE: Final = 0.12
BUYERS_PER_STATION: Final = 1_500
STATION_SHARES: Final = (0.15, 0.15)  # of households that have everything sent to one; of the others, buyers at times
SECOND_ADDRESS_SHARE: Final = 0.25

RING_SHARES_IT: Final = 0.65  # the chance that a ring shares devices; so for addresses and for payments
RING_DISCIPLINE: Final = 0.85  # the share of a ring's accounts that use what it shares
ACCOUNTS_PER_SHARED: Final = 8

SAME_DEVICE_SHARE: Final = 0.6  # of claims, those filed from the device that ordered
SAME_PAYMENT_SHARE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Belongings:
    """What each buyer may use: numbers of shape (buyers, places). Who has fewer has the first one again."""

    device: Ints
    address: Ints
    payment: Ints


@dataclass(frozen=True, slots=True)
class Identities:
    """What each order or claim was made with, shape (n,)."""

    device: Ints
    address: Ints
    payment: Ints


@dataclass(frozen=True, slots=True)
class _Sharing:
    """What the rings share of one sort, a row per buyer, shape (n,): whether it uses it, and which of its ring's."""

    uses: Flags
    number: Ints


def make_belongings(config: SimulationConfig, groups: Groups) -> Belongings:
    """Hand out devices, addresses and payments."""
    rng = config.stream("belongings")
    shared = _ring_sharing(rng, groups)
    device = _first(rng, groups, FAMILY_DEVICE_SHARE, shared[0])
    payment = _first(rng, groups, FAMILY_PAYMENT_SHARE, shared[2])
    return Belongings(
        device=_shuffled(rng, _held(rng, device, DEVICES_HELD)),
        address=_shuffled(rng, _addresses(rng, groups, shared[1])),
        payment=_shuffled(rng, _held(rng, payment, PAYMENTS_HELD)),
    )


def identities_of_orders(config: SimulationConfig, belongings: Belongings, orders: Orders) -> Identities:
    """Draw what each order was made with."""
    rng = config.stream("identities of orders")
    return Identities(
        device=_pick(rng, belongings.device, orders.buyer),
        address=_pick(rng, belongings.address, orders.buyer),
        payment=_pick(rng, belongings.payment, orders.buyer),
    )


def identities_of_claims(
    config: SimulationConfig, belongings: Belongings, orders: Orders, ordered: Identities, claims: Claims
) -> Identities:
    """Draw what each claim was made with: mostly what its order was, and always the order's address."""
    rng = config.stream("identities of claims")
    count, order = len(claims), claims.order
    buyer = orders.buyer[order]
    same_device, same_payment = rng.random(count) < SAME_DEVICE_SHARE, rng.random(count) < SAME_PAYMENT_SHARE
    return Identities(
        device=np.where(same_device, ordered.device[order], _pick(rng, belongings.device, buyer)),
        address=ordered.address[order],
        payment=np.where(same_payment, ordered.payment[order], _pick(rng, belongings.payment, buyer)),
    )


def _ring_sharing(rng: np.random.Generator, groups: Groups) -> list[_Sharing]:
    """What of devices, addresses and payments each ring shares, which is one sort at least, and who joins in."""
    count = len(groups.ring)
    shares = rng.random((groups.rings, 3)) < RING_SHARES_IT
    shares[~shares.any(axis=1), 0] = True
    member = np.flatnonzero(groups.ring != NO_RING)
    ring = groups.ring[member]
    pool = 1 + np.bincount(ring, minlength=groups.rings)[ring] // ACCOUNTS_PER_SHARED
    sharing = []
    for sort in range(3):
        uses, number = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.int64)
        uses[member] = shares[ring, sort] & (rng.random(len(member)) < RING_DISCIPLINE)
        number[member] = ring * LARGEST_RING + rng.integers(0, pool)
        sharing.append(_Sharing(uses, number))
    return sharing


def _first(rng: np.random.Generator, groups: Groups, family_share: float, shared: _Sharing) -> Ints:
    """What each buyer uses first: its own, its household's, or its ring's; numbers of shape (n,)."""
    own = np.arange(len(groups.household))
    family = rng.random(len(own))[groups.household] < family_share
    first = np.where(family, _past(own) + groups.household, own)
    return np.where(shared.uses, _past(first) + shared.number, first)


def _held(rng: np.random.Generator, first: Ints, held: tuple[float, ...]) -> Ints:
    """Give buyers more of their own after the first; `held` are the shares with one, two and so on."""
    count, places = len(first), len(held)
    more = _past(first) + np.arange(count * (places - 1)).reshape(count, places - 1)
    last = rng.choice(places, size=count, p=held)
    has = np.arange(1, places) <= last[:, np.newaxis]
    return np.column_stack([first, np.where(has, more, first[:, np.newaxis])])


def _addresses(rng: np.random.Generator, groups: Groups, shared: _Sharing) -> Ints:
    """A home and a second address, shape (n, 2). Some households use the parcel station nearby for all or for some."""
    household = groups.household
    count = len(household)
    stations = 1 + count // BUYERS_PER_STATION
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


def _pick(rng: np.random.Generator, held: Ints, buyer: Ints) -> Ints:
    """One of each buyer's, the first most often, shape (n,)."""
    use = np.array(USE[: held.shape[1]])
    return held[buyer, rng.choice(held.shape[1], size=len(buyer), p=use / use.sum())]


def _past(numbers: Ints) -> int:
    """The first number after all of these."""
    return int(numbers.max(initial=-1)) + 1


def _shuffled(rng: np.random.Generator, held: Ints) -> Ints:
    """The same sharing under new numbers, from zero, in no order."""
    numbers, places = np.unique(held.ravel(), return_inverse=True)
    return rng.permutation(len(numbers))[places].reshape(held.shape).astype(np.int64)
