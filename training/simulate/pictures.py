"""The pictures on claims, as 64-bit perceptual hashes: most are new, some were seen before.

Rings and serial abusers send pictures from an album. Buyers at times send one picture with two claims of the same
days, and anyone may send one of a few blank images. What is sent again may be encoded anew, which changes one to three
bits of the hash: so neither an equal nor a close hash settles what a claim is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Ints
from features.event_table import Pictures
from training.simulate.claims import Claims
from training.simulate.config import DAY_MS, Flags, SimulationConfig
from training.simulate.groups import NO_RING, Groups
from training.simulate.market import Buyers, kind_code
from training.simulate.orders import Orders

UNHASHED_SHARE: Final = 0.08  # videos, and pictures that could not be read
ALBUM_SIZE: Final = 6
ALBUM_SHARE: Final = 0.45  # of an album owner's pictures on abusive claims
ALBUM_ANEW_SHARE: Final = 0.5  # encoded anew: abusers do so to hide, others by the way
ANEW_SHARE: Final = 0.25
BLANK_IMAGES: Final = 4
BLANK_SHARE: Final = 0.015
SAME_DAYS_MS: Final = 7 * DAY_MS
SENT_TWICE_SHARE: Final = 0.4

_HASHES: Final = np.iinfo(np.int64)


def make_pictures(config: SimulationConfig, buyers: Buyers, groups: Groups, orders: Orders, claims: Claims) -> Pictures:
    """Draw the pictures of all claims; `row` is the claim's number, ascending, and no claim has a hash twice."""
    rng = config.stream("pictures")
    hashed = claims.evidence_count - rng.binomial(claims.evidence_count, UNHASHED_SHARE)
    claim = np.repeat(np.arange(len(claims)), hashed)
    hashes = _new(rng, len(claim))
    buyer = orders.buyer[claims.order]
    hashes = _sent_twice(rng, claims, buyer, claim, hashes)
    hashes = _from_albums(rng, buyers, groups, buyer[claim], claims.abusive[claim], hashes)
    blank = _new(rng, BLANK_IMAGES)[rng.integers(0, BLANK_IMAGES, size=len(claim))]
    hashes = np.where(rng.random(len(claim)) < BLANK_SHARE, _some_anew(rng, blank, ANEW_SHARE), hashes)
    kept = _first_of_each(claim, hashes)
    return Pictures(claim[kept], hashes[kept])


def _new(rng: np.random.Generator, count: int) -> Ints:
    return rng.integers(_HASHES.min, _HASHES.max, size=count, endpoint=True, dtype=np.int64)


def _sent_twice(rng: np.random.Generator, claims: Claims, buyer: Ints, claim: Ints, hashes: Ints) -> Ints:
    """Start some claims with the first picture of the claim that the same buyer filed shortly before."""
    by_buyer = np.lexsort((claims.filed_at_ms, buyer))
    before, after = by_buyer[:-1], by_buyer[1:]
    again = (buyer[before] == buyer[after]) & (claims.filed_at_ms[after] - claims.filed_at_ms[before] < SAME_DAYS_MS)
    again &= rng.random(len(again)) < SENT_TWICE_SHARE
    first = np.searchsorted(claim, np.arange(len(claims)))
    pictured = np.bincount(claim, minlength=len(claims)) > 0
    again &= pictured[before] & pictured[after]
    result = hashes.copy()
    result[first[after[again]]] = _some_anew(rng, hashes[first[before[again]]], ANEW_SHARE)
    return result


def _from_albums(
    rng: np.random.Generator, buyers: Buyers, groups: Groups, buyer: Ints, abusive: Flags, hashes: Ints
) -> Ints:
    """Replace some pictures on abusive claims by ones of the ring's album, or of the serial abuser's own."""
    ring = groups.ring[buyer]
    owns = (ring != NO_RING) | (buyers.kind[buyer] == kind_code("serial_refunds"))
    used = np.flatnonzero(abusive & owns & (rng.random(len(buyer)) < ALBUM_SHARE))
    albums = groups.rings + len(buyers.kind)
    originals = _new(rng, albums * ALBUM_SIZE).reshape(albums, ALBUM_SIZE)
    album = np.where(ring == NO_RING, groups.rings + buyer, ring)[used]
    place = np.minimum(rng.geometric(0.4, size=len(used)), ALBUM_SIZE) - 1  # some are favourites
    result = hashes.copy()
    result[used] = _some_anew(rng, originals[album, place], ALBUM_ANEW_SHARE)
    return result


def _some_anew(rng: np.random.Generator, hashes: Ints, share: float) -> Ints:
    """The hashes after a share of the pictures was encoded anew, shape (n,)."""
    return hashes ^ np.where(rng.random(len(hashes)) < share, _few_bits(rng, len(hashes)), 0)


def _few_bits(rng: np.random.Generator, count: int) -> Ints:
    """Words of 64 bits with one to three of them set, shape (count,)."""
    places = (rng.integers(0, 64, size=(count, 1)) + np.array([0, 21, 42]) + rng.integers(0, 21, size=(count, 3))) % 64
    bits = np.left_shift(np.uint64(1), places.astype(np.uint64))
    wanted = np.arange(3) < rng.integers(1, 4, size=(count, 1))
    word = np.bitwise_or.reduce(np.where(wanted, bits, np.uint64(0)), axis=1)
    return np.asarray(word, dtype=np.uint64).view(np.int64)


def _first_of_each(claim: Ints, hashes: Ints) -> Ints:
    """Indexes of the pictures that their claim hasn't had before, ascending."""
    order = np.lexsort((hashes, claim))  # stable: of equal ones, the first sent comes first
    repeats = np.zeros(len(order), dtype=np.bool_)
    repeats[1:] = (np.diff(claim[order]) == 0) & (hashes[order][1:] == hashes[order][:-1])
    return np.sort(order[~repeats])
