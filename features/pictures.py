"""Pictures by their perceptual hash: which ones are the same or nearly so, found without looking at all of them.

Two hashes that differ in three bits at most agree in two of five pieces at least, wherever the three bits lie. So each
hash is filed under its ten pairs of pieces, 25 or 26 bits each, and only hashes that share a pair are compared. (The
pigeonhole principle; see Manku, Jain and Das Sarma, Detecting near-duplicates for web crawling, 2007.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import Ints, ranges
from features.event_table import MISSING, EventTable
from features.events import EventKind

NEAR_BITS: Final = 3
PIECE_BITS: Final = (13, 13, 13, 13, 12)
PAIR_BITS: Final = 26
JOIN_ROWS: Final = 2_000_000  # pairs of pictures that are compared at a time
_CUTS: Final = tuple((sum(PIECE_BITS[:place]), (1 << size) - 1) for place, size in enumerate(PIECE_BITS))
_PAIRS: Final = tuple(
    (number << PAIR_BITS, one, two) for number, (one, two) in enumerate(combinations(range(len(PIECE_BITS)), 2))
)


def pieces(hashes: Ints) -> Ints:
    """The five pieces of each hash, shape (n, 5)."""
    bits = hashes.astype(np.uint64)
    shifts = np.cumsum([0, *PIECE_BITS[:-1]]).astype(np.uint64)
    masks = np.array([(1 << size) - 1 for size in PIECE_BITS], dtype=np.uint64)
    return ((bits[:, np.newaxis] >> shifts) & masks).astype(np.int64)


def bands(hashes: Ints) -> Ints:
    """What each hash is filed under, shape (n, 10): no two pairs of pieces share a number."""
    part = pieces(hashes)
    pairs = list(combinations(range(len(PIECE_BITS)), 2))
    width = max(PIECE_BITS)
    return np.stack(
        [(number << PAIR_BITS) | (part[:, one] << width) | part[:, two] for number, (one, two) in enumerate(pairs)],
        axis=1,
    )


def pieces_of(picture: int) -> list[int]:
    """The five pieces of one hash: what `pieces` gives, quicker for a few."""
    return [(picture >> shift) & mask for shift, mask in _CUTS]


def bands_of(picture: int) -> list[int]:
    """What one hash is filed under: what `bands` gives, quicker for a few.

    >>> bands_of(-81985529216486896) == bands(np.array([-81985529216486896]))[0].tolist()
    True
    """
    part = pieces_of(picture)
    return [number | (part[one] << PIECE_BITS[0]) | part[two] for number, one, two in _PAIRS]


def distance(one: Ints, other: Ints) -> npt.NDArray[np.uint8]:
    """In how many bits hashes differ."""
    return np.bitwise_count((one ^ other).view(np.uint64))


@dataclass(frozen=True, slots=True)
class Shown:
    """Pictures that buyers have shown in claims, m of them: who first, when, and when the first other buyer did.

    Of buyers at one moment, the first by id. `others_at_ms` is `MISSING` where nobody else has.
    """

    hashes: Ints
    buyer: Ints
    known_at_ms: Ints
    others_at_ms: Ints

    def by_another(self, which: Ints, buyer: Ints) -> Ints:
        """When these pictures were first shown by anybody but the buyer; `MISSING` if never. Shape of `which`."""
        return np.where(self.buyer[which] != buyer, self.known_at_ms[which], self.others_at_ms[which])


def id_ranks(names: pa.Array) -> Ints:
    """The place of each id in their order, so that codes can be compared as their ids would."""
    words = names.to_pylist()
    ranks = np.empty(len(words), dtype=np.int64)
    ranks[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return ranks


def shown_in(events: EventTable, ranks: Ints) -> Shown:
    """The pictures of all claims that have a buyer. `ranks` gives each buyer's code its place in the order of ids."""
    row, picture = _shown_rows(events)
    buyer, known_at = events["buyer_id"][row], events["known_at_ms"][row]
    order = np.lexsort((ranks[buyer] if len(row) else buyer, known_at, picture))
    picture, buyer, known_at = picture[order], buyer[order], known_at[order]
    hashes, first, number = np.unique(picture, return_index=True, return_inverse=True)
    others = np.full(len(hashes), np.iinfo(np.int64).max)
    different = buyer != buyer[first][number]
    np.minimum.at(others, number[different], known_at[different])
    others[others == np.iinfo(np.int64).max] = MISSING
    return Shown(hashes, buyer[first], known_at[first], others)


def _shown_rows(events: EventTable) -> tuple[Ints, Ints]:
    row = events.pictures.row
    filed = np.zeros(len(events), dtype=bool)
    filed[events.rows_of(EventKind.CLAIM_FILED)] = True
    shown = filed[row] & (events["buyer_id"][row] >= 0)
    return row[shown], events.pictures.hash[shown]


def near_pairs(hashes: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of indexes into the hashes, all different, that are near each other, both ways round, in parts.

    A pair may come more than once. Each hash is near itself.
    """
    everyone = np.arange(len(hashes))
    yield everyone, everyone
    filed = bands(hashes)
    for band in range(filed.shape[1]):
        order = np.argsort(filed[:, band])
        key = filed[order, band]
        begin = np.searchsorted(key, key)
        number = np.searchsorted(key, key, side="right") - begin
        several = np.flatnonzero(number > 1)
        parts = np.cumsum(number[several]) // JOIN_ROWS
        for part in np.unique(parts):
            own = several[parts == part]
            which, place = ranges(begin[own], number[own])
            one, other = order[own[which]], order[place]
            near = (distance(hashes[one], hashes[other]) <= NEAR_BITS) & (one != other)
            yield one[near], other[near]


def nearest_of_others(events: EventTable, rows: Ints) -> tuple[Ints, Ints]:
    """Of the claims at these rows, how many pictures another buyer showed before, or nearly so, and how near.

    Returns:
        the number of such pictures, and in how many bits the nearest differs, `MISSING` where there is none. Shape of
        `rows` each.
    """
    shown = shown_in(events, id_ranks(events.ids["buyer_id"]))
    claim, picture = _asked(events, rows)
    buyer, as_of = events["buyer_id"][rows][claim], events["known_at_ms"][rows][claim]
    nearest = np.full(len(claim), NEAR_BITS + 1)
    order = np.argsort(picture, kind="stable")
    for one, other in near_pairs(shown.hashes):
        begin = np.searchsorted(picture[order], shown.hashes[one])
        end = np.searchsorted(picture[order], shown.hashes[one], side="right")
        pair, place = ranges(begin, end - begin)
        asked = order[place]
        seen_at = shown.by_another(other[pair], buyer[asked])
        before = (seen_at != MISSING) & (seen_at < as_of[asked])
        bits = distance(shown.hashes[one[pair]], shown.hashes[other[pair]]).astype(np.int64)
        np.minimum.at(nearest, asked[before], bits[before])
    number = np.bincount(claim[nearest <= NEAR_BITS], minlength=len(rows)).astype(np.int64)
    least = np.full(len(rows), NEAR_BITS + 1)
    np.minimum.at(least, claim, nearest)
    return number, np.where(least <= NEAR_BITS, least, MISSING)


def _asked(events: EventTable, rows: Ints) -> tuple[Ints, Ints]:
    """The pictures of these claims, as far as they have a buyer: which claim's, and its hash."""
    begin = np.searchsorted(events.pictures.row, rows)
    number = np.searchsorted(events.pictures.row, rows, side="right") - begin
    number[events["buyer_id"][rows] < 0] = 0
    claim, place = ranges(begin, number)
    return claim, events.pictures.hash[place]
