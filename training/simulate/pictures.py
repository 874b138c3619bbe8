"""The pictures on claims, as 64-bit perceptual hashes: most are new, some were seen before.

Rings, serial abusers and makers of evidence send pictures from an album, until they have learned to make new ones.
People at times send one picture with two claims of the same days, and anyone may send one of a few blank images. What
is sent again may be encoded anew, which changes one to three bits of the hash: so neither an equal nor a close hash
settles what a claim is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Ints
from features.event_table import Pictures
from features.spans import DAY_MS
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig
from training.simulate.dice import Dice
from training.simulate.groups import NO_RING, Groups
from training.simulate.looks import MOST_EVIDENCE
from training.simulate.people import People, kind_code

UNHASHED_SHARE: Final = 0.08  # videos, and pictures that could not be read
ALBUM_SIZE: Final = 6
ALBUM_FAVOURITES: Final = (0.4, 0.24, 0.14, 0.1, 0.07, 0.05)
ALBUM_SHARE: Final = 0.45  # of an album owner's pictures on abusive claims
ALBUM_ANEW_SHARE: Final = 0.5  # encoded anew: abusers do so to hide, others by the way
ANEW_SHARE: Final = 0.25
BLANK_IMAGES: Final = 4
BLANK_SHARE: Final = 0.015
SAME_DAYS_MS: Final = 7 * DAY_MS
SENT_TWICE_SHARE: Final = 0.4
NEVER_MS: Final = -(2**62)
FORGERS_PER_SOURCE: Final = 5
ALBUM_OWNERS: Final = ("serial_refunds", "fake_evidence")


class PictureBook:
    """All pictures of all claims so far, found by the number of the claim's order."""

    def __init__(self, orders: int) -> None:
        self._first = np.zeros(orders, dtype=np.int64)
        self._count = np.zeros(orders, dtype=np.int8)
        self._hashes = np.zeros(1024, dtype=np.int64)
        self._used = 0

    def add(self, order: Ints, pictures: Pictures) -> None:
        """Keep the pictures of a day's claims: `pictures.row` counts the claims, `order` has their numbers."""
        end = self._used + len(pictures.hash)
        if end > len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.zeros(max(end, len(self._hashes)), dtype=np.int64)])
        self._hashes[self._used : end] = pictures.hash
        counts = np.bincount(pictures.row, minlength=len(order))
        self._first[order] = self._used + np.cumsum(counts) - counts
        self._count[order] = counts
        self._used = end

    def of(self, order: Ints) -> Pictures:
        """The pictures of the claims on some orders; `row` counts these, and -1 is an order without pictures."""
        count = np.where(order >= 0, self._count[order], 0).astype(np.int64)
        row = np.repeat(np.arange(len(order)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return Pictures(row, self._hashes[np.repeat(self._first[order], count) + within])


class Photographers:
    """Makes the pictures of each day's claims, and remembers what people sent last."""

    def __init__(self, config: SimulationConfig, people: People, groups: Groups) -> None:
        self._dice = config.dice("pictures")
        owns = groups.ring != NO_RING
        for kind in ALBUM_OWNERS:
            owns |= people.kind == kind_code(kind)
        self._owns = owns
        # a ring has one album, some makers of evidence draw on one source, and whoever works alone has an own album
        album = groups.rings + np.arange(len(people))
        forgers = people.kind == kind_code("fake_evidence")
        album[forgers] = groups.rings + len(people) + np.cumsum(forgers)[forgers] // FORGERS_PER_SOURCE
        self._album = np.where(groups.ring == NO_RING, album, groups.ring)
        self._last_hash = np.zeros(len(people), dtype=np.int64)
        self._last_ms = np.full(len(people), NEVER_MS, dtype=np.int64)

    def make(self, claims: Claims) -> Pictures:
        """The pictures of a day's claims, which are by time; `row` counts them, ascending; none has a hash twice."""
        row = np.repeat(np.arange(len(claims)), claims.evidence_count)
        place = np.arange(len(row)) - np.repeat(
            np.cumsum(claims.evidence_count) - claims.evidence_count, claims.evidence_count
        )
        picture = claims.order[row] * (MOST_EVIDENCE + 1) + place
        readable = ~self._dice.happens("unreadable", picture, UNHASHED_SHARE)
        row, picture = row[readable], picture[readable]
        hashes = self._new(picture)
        hashes = self._sent_twice(claims, row, picture, hashes)
        hashes = self._from_albums(claims, row, picture, hashes)
        blank = _few_new(self._dice, "blank", self._dice.below("which blank", picture, BLANK_IMAGES))
        is_blank = self._dice.happens("is blank", picture, BLANK_SHARE)
        hashes = np.where(is_blank, self._some_anew("blank anew", picture, blank, ANEW_SHARE), hashes)
        kept = _first_of_each(row, hashes)
        row, hashes = row[kept], hashes[kept]
        self._remember(claims, row, hashes)
        return Pictures(row, hashes)

    def _new(self, picture: Ints) -> Ints:
        return _few_new(self._dice, "new", picture)

    def _sent_twice(self, claims: Claims, row: Ints, picture: Ints, hashes: Ints) -> Ints:
        """Start some claims with the picture that the same person sent first with its claim of the days before."""
        first = np.flatnonzero(np.diff(row, prepend=-1) != 0)
        of = row[first]
        recent = claims.filed_at_ms[of] - self._last_ms[claims.person[of]] < SAME_DAYS_MS
        again = recent & self._dice.happens("sent twice", claims.order[of], SENT_TWICE_SHARE)
        chosen = first[again]
        result = hashes.copy()
        earlier = self._last_hash[claims.person[row[chosen]]]
        result[chosen] = self._some_anew("twice anew", picture[chosen], earlier, ANEW_SHARE)
        return result

    def _from_albums(self, claims: Claims, row: Ints, picture: Ints, hashes: Ints) -> Ints:
        """Replace some pictures on abusive claims by ones of the ring's album, or of the abuser's own."""
        person = claims.person[row]
        used: Flags = claims.abusive[row] & self._owns[person] & ~claims.careful[row]
        used &= self._dice.happens("from album", picture, ALBUM_SHARE)
        chosen = np.flatnonzero(used)
        place = self._dice.pick("which of album", picture[chosen], np.array(ALBUM_FAVOURITES))  # some are favourites
        original = _few_new(self._dice, "album", self._album[person[chosen]] * ALBUM_SIZE + place)
        result = hashes.copy()
        result[chosen] = self._some_anew("album anew", picture[chosen], original, ALBUM_ANEW_SHARE)
        return result

    def _some_anew(self, throw: str, picture: Ints, hashes: Ints, share: float) -> Ints:
        """The hashes after a share of the pictures was encoded anew, shape (n,)."""
        bits = _few_bits(self._dice, throw, picture)
        return hashes ^ np.where(self._dice.happens(f"{throw}, whether", picture, share), bits, 0)

    def _remember(self, claims: Claims, row: Ints, hashes: Ints) -> None:
        first = np.flatnonzero(np.diff(row, prepend=-1) != 0)  # of two claims in a day the later one stays
        person = claims.person[row[first]]
        self._last_hash[person] = hashes[first]
        self._last_ms[person] = claims.filed_at_ms[row[first]]


def _few_new(dice: Dice, throw: str, things: Ints) -> Ints:
    return dice.words(throw, things).view(np.int64)


def _few_bits(dice: Dice, throw: str, picture: Ints) -> Ints:
    """Words of 64 bits with one to three of them set, shape (n,)."""
    word = np.zeros(len(picture), dtype=np.uint64)
    wanted = 1 + dice.below(f"{throw}, how many", picture, 3)
    start = dice.below(f"{throw}, start", picture, 64)
    for number in range(3):  # a third of the hash for each, so that no two are the same bit
        place = (start + 21 * number + dice.below(f"{throw}, bit {number}", picture, 21)) % 64
        bit = np.left_shift(np.uint64(1), place.astype(np.uint64))
        word |= np.where(number < wanted, bit, np.uint64(0))
    return word.view(np.int64)


def _first_of_each(row: Ints, hashes: Ints) -> Ints:
    """Indexes of the pictures that their claim hasn't had before, ascending."""
    order = np.lexsort((hashes, row))  # stable: of equal ones, the first sent comes first
    repeats = np.zeros(len(order), dtype=np.bool_)
    repeats[1:] = (np.diff(row[order]) == 0) & (hashes[order][1:] == hashes[order][:-1])
    return np.sort(order[~repeats])
