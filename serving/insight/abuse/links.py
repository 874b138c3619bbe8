"""Who is linked to whom: buyers and the things they share, without public places; and the dense parts of that.

What more buyers share than the catalogue's ring takes (`features/catalog/entities.py`) is a public place and links
nobody, as for the model; nor does what people have put on the list of public places.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.catalog.entities import RING
from features.pictures import near_pairs
from serving.insight.abuse.columns import Columns, ThingKind

_KEPT_IDS: Final[tuple[ThingKind, ...]] = ("device", "address", "payment")
MOST: Final[Mapping[ThingKind, int]] = {
    **{kind: shared.most for shared in RING.shared for kind in _KEPT_IDS if kind == shared.thing.name},
    "picture": 20,
}
STRANGERS: Final = 4  # who may show one picture and share nothing else: more, and it is a blank, or one off the web
LEAST_DENSITY: Final = 0.35  # of all pairs of a part, those that share a thing
Place: TypeAlias = tuple[ThingKind, str]
Neighbours: TypeAlias = Mapping[int, set[int]]


@dataclass(frozen=True, slots=True)
class Shared:
    """A thing that several buyers (codes, ascending) have."""

    kind: ThingKind
    id: str
    buyers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of all claims: near ones are one picture, named by its least hash.

    Attributes:
        row, picture: which claim shows which picture (place in `names`), one line for each.
    """

    row: Ints
    picture: Ints
    names: list[str]


def pictures_of(columns: Columns) -> Pictures:
    """All pictures of claims that have a buyer; those that differ in three bits at most are one."""
    hashes = columns.record.claims["evidence_hashes"].combine_chunks()
    row = np.asarray(pa.compute.list_parent_indices(hashes), dtype=np.int64)
    words = pa.compute.list_flatten(hashes).to_pylist()
    told = columns.buyers.claims[row] >= 0
    number = np.array([int(word, 16) for word in words], dtype=np.uint64).view(np.int64)
    distinct, place = np.unique(number, return_inverse=True)
    least = np.arange(len(distinct))
    for _ in range(2):  # near of near: a picture encoded anew, and anew again
        for one, other in near_pairs(distinct):
            np.minimum.at(least, one, least[other])
    _, group = np.unique(least, return_inverse=True)
    names = [""] * (int(group.max(initial=-1)) + 1)
    for word, at in zip(words, group[place], strict=True):
        names[at] = min(names[at] or word, word)
    return Pictures(row[told], group[place][told], names)


def all_shared(columns: Columns, pictures: Pictures) -> list[Shared]:
    """All things that two buyers at least share, public or not."""
    found: list[Shared] = []
    for kind in _KEPT_IDS:
        codes = columns.codes(f"{kind}_id")
        buyer = np.concatenate([columns.buyers.orders, columns.buyers.claims])
        found += _shared(kind, buyer, np.concatenate([codes.orders, codes.claims]), codes.names)
    found += _shared("picture", columns.buyers.claims[pictures.row], pictures.picture, pictures.names)
    return found


def linking(things: Sequence[Shared], public: frozenset[Place]) -> list[Shared]:
    """Those that link their buyers: shared by no more than their kind's most, and no public place."""
    found = [each for each in things if len(each.buyers) <= MOST[each.kind] and (each.kind, each.id) not in public]
    return _without_stock_pictures(found)


def _without_stock_pictures(things: Sequence[Shared]) -> list[Shared]:
    """All but pictures of more than `STRANGERS` buyers of whom not even half share anything else with another one."""
    has: dict[int, set[Place]] = defaultdict(set)
    for thing in things:
        for buyer in thing.buyers:
            has[buyer].add((thing.kind, thing.id))

    def tied(picture: Shared) -> int:
        own = Counter(place for buyer in picture.buyers for place in has[buyer])
        return sum(any(own[place] > 1 for place in has[buyer] - {("picture", picture.id)}) for buyer in picture.buyers)

    return [
        each
        for each in things
        if each.kind != "picture" or len(each.buyers) <= STRANGERS or 2 * tied(each) >= len(each.buyers)
    ]


def _shared(kind: ThingKind, buyer: Ints, thing: Ints, names: Sequence[str]) -> Iterator[Shared]:
    known = (buyer >= 0) & (thing >= 0)
    most = int(buyer.max(initial=0)) + 1
    of_thing, of_buyer = np.divmod(np.unique(thing[known] * most + buyer[known]), most)
    things, begin, count = np.unique(of_thing, return_index=True, return_counts=True)
    for place in np.flatnonzero(count > 1):
        buyers = of_buyer[begin[place] : begin[place] + count[place]]
        yield Shared(kind, names[things[place]], tuple(buyers.tolist()))


def neighbours_of(things: Sequence[Shared]) -> dict[int, set[int]]:
    """Who shares a thing with whom. A buyer with more things than the catalogue's ring takes has none."""
    number: dict[int, int] = defaultdict(int)
    for thing in things:
        for buyer in thing.buyers:
            number[buyer] += 1
    near: dict[int, set[int]] = defaultdict(set)
    for thing in things:
        members = [buyer for buyer in thing.buyers if number[buyer] <= RING.most_things]
        for one, other in combinations(members, 2):
            near[one].add(other)
            near[other].add(one)
    return dict(near)


def components(near: Neighbours, among: set[int]) -> Iterator[set[int]]:
    """The parts that hang together, of some buyers; each has two at least."""
    left = set(among)
    for first in sorted(among):
        if first not in left:
            continue
        left.discard(first)
        part, edge = {first}, [first]
        while edge:
            fresh = near.get(edge.pop(), set()) & left
            left -= fresh
            part |= fresh
            edge += fresh
        if len(part) > 1:
            yield part


def dense_parts(near: Neighbours, among: set[int], least: int, most: int = RING.largest) -> Iterator[list[int]]:
    """Components cut to dense parts of `least` to `most` buyers.

    From a part that is too thin or too large, whoever has the fewest links in it is taken away until it isn't; what was
    taken away is looked at again by itself. Where that takes somebody's last link, the largest piece is gone on with.
    """
    waiting = [part for part in components(near, among) if len(part) >= least]
    while waiting:
        part = waiting.pop()
        core = _dense_core(near, part, least, most)
        if len(core) >= least:
            whole = max(components(near, core), key=lambda piece: (len(piece), -min(piece)))
            if len(whole) == len(core):
                yield sorted(core)
            pieces = [*components(near, part - whole), *([] if len(whole) == len(core) else [whole])]
            waiting += [piece for piece in pieces if len(piece) >= least]


def _dense_core(near: Neighbours, part: set[int], least: int, most: int) -> set[int]:
    """What is left of a part once it is dense, or too small."""
    core, links = set(part), {one: len(near[one] & part) for one in part}
    total = sum(links.values())
    weakest = [(links[one], one) for one in part]
    heapify(weakest)
    while len(core) >= least and (len(core) > most or total < LEAST_DENSITY * len(core) * (len(core) - 1)):
        number, one = heappop(weakest)
        if one not in core or number != links[one]:
            continue  # it has fewer links by now and lies further down
        core.discard(one)
        total -= 2 * number
        for other in near[one] & core:
            links[other] -= 1
            heappush(weakest, (links[other], other))
    return core
