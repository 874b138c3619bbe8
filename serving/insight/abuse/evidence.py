"""Pictures that were shown before: by other buyers, or by the same one long after.

The same hash, or one that differs in three bits at most, is the same picture. One that very many show is no evidence of
anything, and the same claim's or week's repetition is what honest people do who file two claims of one parcel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from features.arrays import Ints
from serving.insight.abuse.columns import Columns
from serving.insight.abuse.finding import Finding, Strength, Thing, make_finding
from serving.insight.abuse.links import Pictures, Place, Shared, components
from serving.insight.record import times

SAME_DAYS_MS: Final = 14 * 86_400_000
LEAST_CLAIMS: Final = 3


def find_reused(
    columns: Columns, pictures: Pictures, things: Sequence[Shared], public: frozenset[Place]
) -> Iterator[Finding]:
    """Groups of buyers who show the same pictures, and buyers who show the same one again and again."""
    shared = frozenset(thing.id for thing in things if thing.kind == "picture")
    used = _reused(columns, pictures, shared, public)
    near: dict[int, set[int]] = defaultdict(set)
    shows: dict[int, list[str]] = defaultdict(list)
    for picture in used:
        for code in (codes := _buyers(columns, used[picture])):
            near[code].add(code)
            shows[code].append(picture)
        for one, other in combinations(codes, 2):
            near[one].add(other)
            near[other].add(one)
    for part in _groups(near):
        own = {name: used[name] for code in sorted(part) for name in shows[code]}
        rows = np.unique(np.concatenate(list(own.values())))
        rows = rows[~columns.cleared[rows]]
        if len(rows) < LEAST_CLAIMS:
            continue
        names = columns.buyers.names
        shown = [
            Thing("picture", name, tuple(names[code] for code in _buyers(columns, of))) for name, of in own.items()
        ]
        shown.sort(key=lambda thing: (-len(thing.buyers), thing.id))
        strength = Strength(tested=len(pictures.names))
        yield make_finding(columns, "reused_evidence", sorted(part), rows, strength, things=shown)


def _groups(near: dict[int, set[int]]) -> Iterator[set[int]]:
    together = set[int]()
    for part in components(near, set(near)):
        together |= part
        yield part
    yield from ({code} for code in sorted(set(near) - together))


def _reused(columns: Columns, pictures: Pictures, shared: frozenset[str], public: frozenset[Place]) -> dict[str, Ints]:
    """The claims that show each picture, of those that were shown again by others or after the same days."""
    order = np.argsort(pictures.picture, kind="stable")
    ids, begin, count = np.unique(pictures.picture[order], return_index=True, return_counts=True)
    filed = times(columns.record.claims, "filed_at_ms")
    found = {}
    for place in np.flatnonzero(count > 1):
        rows = np.unique(pictures.row[order[begin[place] : begin[place] + count[place]]])
        buyers = _buyers(columns, rows)
        name = pictures.names[ids[place]]
        again = filed[rows].max() - filed[rows].min() > SAME_DAYS_MS and ("picture", name) not in public
        if name in shared or (len(buyers) == 1 and again):
            found[name] = rows
    return found


def _buyers(columns: Columns, rows: Ints) -> Sequence[int]:
    codes: list[int] = np.unique(columns.buyers.claims[rows]).tolist()
    return codes
