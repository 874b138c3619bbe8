"""What several buyers do together: rings, and accounts that follow each other on old devices.

Who belongs together is told by what they share. Whether that matters is told by what they claim: as many refund-only
claims as such buyers would have are a family's or a dormitory's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.abuse.chances import unlikely
from serving.insight.abuse.columns import Columns, Flags
from serving.insight.abuse.finding import Finding, Kind, Strength, Thing, make_finding
from serving.insight.abuse.links import Shared, components, dense_parts, neighbours_of
from serving.insight.record import times
from serving.insight.tails import tail

LEAST_RING: Final = 3
LEAST_ACCOUNTS: Final = 3
LEAST_CLAIMS: Final = 3


@dataclass(frozen=True, slots=True)
class _Sort:
    """A sort of claim: which they are, and of each buyer how many, how many expected, and the spread's shape."""

    counted: Flags
    counts: Ints
    expected: Floats
    shape: float


def find_rings(columns: Columns, things: Sequence[Shared]) -> Iterator[Finding]:
    """Dense groups of linked buyers with more refund-only claims than what they bought explains."""
    near = neighbours_of(things)
    parts = list(dense_parts(near, set(near), LEAST_RING))
    return _find(columns, "ring", parts, things, _refund_only(columns))


def find_new_accounts(columns: Columns, things: Sequence[Shared]) -> Iterator[Finding]:
    """Accounts that come one after the other on the same devices, addresses or payments, and claim at once."""
    first, last = _stays(columns)
    linked = []
    for thing in things:
        if thing.kind == "picture":
            continue
        in_turn = sorted(thing.buyers, key=lambda code: (first[code], code))
        pairs = [pair for pair in pairwise(in_turn) if last[pair[0]] <= first[pair[1]]]
        linked += [Shared(thing.kind, thing.id, pair) for pair in pairs]
    near = neighbours_of(linked)
    parts = [sorted(part) for part in components(near, set(near)) if len(part) >= LEAST_ACCOUNTS]
    sort = _refund_only(columns)
    return _find(columns, "new_accounts", parts, things, sort)


def _refund_only(columns: Columns) -> _Sort:
    counted = columns.says("claim_type", "refund_only") & columns.comparable
    counts, expected = columns.per_buyer(counted), columns.expected(counted)
    return _Sort(counted, counts, expected, columns.spread("refund_only"))


def _find(
    columns: Columns, kind: Kind, parts: Sequence[Sequence[int]], things: Sequence[Shared], sort: _Sort
) -> Iterator[Finding]:
    chances = np.array([_chance(sort, np.asarray(part)) for part in parts])
    has = things_by_buyer(things)
    for place in unlikely(chances, len(parts)):
        part = parts[place]
        rows = np.flatnonzero(sort.counted & np.isin(columns.buyers.claims, part))
        if len(rows) < LEAST_CLAIMS:
            continue
        expected = float(sort.expected[np.asarray(part)].sum())
        strength = Strength(expected, float(chances[place]), len(parts))
        yield make_finding(columns, kind, part, rows, strength, things=things_among(columns, has, part))


def _chance(sort: _Sort, part: Ints) -> float:
    """The chance of the group's number: its shape is that at which mean and variance are those of the members' sum."""
    each = sort.expected[part]
    total = float(each.sum())
    shape = sort.shape * total**2 / max(float((each**2).sum()), 1e-300)
    return tail(int(sort.counts[part].sum()), total, shape)


def things_by_buyer(things: Sequence[Shared]) -> Mapping[int, list[Shared]]:
    """What each buyer shares with somebody."""
    has: dict[int, list[Shared]] = {}
    for thing in things:
        for code in thing.buyers:
            has.setdefault(code, []).append(thing)
    return has


def things_among(columns: Columns, has: Mapping[int, list[Shared]], part: Sequence[int]) -> list[Thing]:
    """What two members at least share, the most shared at first."""
    members, names = set(part), columns.buyers.names
    shared = dict.fromkeys(thing for code in part for thing in has.get(code, ()))
    own = [(thing, [code for code in thing.buyers if code in members]) for thing in shared]
    own = sorted((each for each in own if len(each[1]) > 1), key=lambda each: (-len(each[1]), each[0].kind, each[0].id))
    return [Thing(thing.kind, thing.id, tuple(names[code] for code in codes)) for thing, codes in own]


def _stays(columns: Columns) -> tuple[Ints, Ints]:
    """When each buyer ordered first and last, shape (buyers,); who never did comes last and has left at once."""
    paid = times(columns.record.orders, "paid_at_ms")
    known = columns.buyers.orders >= 0
    first = np.full(len(columns.buyers.names), np.iinfo(np.int64).max)
    last = np.full(len(columns.buyers.names), np.iinfo(np.int64).max)
    np.minimum.at(first, columns.buyers.orders[known], paid[known])
    last[columns.buyers.orders[known]] = 0
    np.maximum.at(last, columns.buyers.orders[known], paid[known])
    return first, last
