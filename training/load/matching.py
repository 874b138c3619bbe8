"""Which purchase does a return give back?

A return belongs to a purchase of the same product by the same buyer, at an earlier time, of which enough is left.
Of those, the latest is taken: goods go back within weeks, so the most recent purchase is the likeliest, and taking the
earliest would make returns look older the longer a buyer stays. Only if no single purchase has enough left is the
return spread over several, again from the latest back; it then counts as a return of the one that gives most of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from features.arrays import Ints


class Unmatched(StrEnum):
    """Why a return fits no purchase."""

    NO_BUYER = "no buyer on the return"
    NEVER_BOUGHT = "buyer has no purchase of the product in this file"  # it may lie before the file's first day
    ONLY_LATER = "buyer bought the product only at that moment or later"
    ALL_RETURNED = "everything bought before was returned already"


@dataclass(frozen=True, slots=True)
class Units:
    """Purchases or returns, each column of shape (n,).

    `pair` is a code for buyer and product together, -1 without a buyer; `quantity` is 1 or more.
    """

    pair: Ints
    time_ms: Ints
    quantity: Ints


@dataclass(frozen=True, slots=True)
class Matches:
    """For each return: the index of its purchase (-1 if none), the units that purchases cover, and why none do.

    `left` says for each purchase how many units nobody has returned.
    """

    purchase: Ints
    units: Ints
    causes: list[Unmatched | None]
    left: Ints


def match_returns(purchases: Units, returns: Units) -> Matches:
    """Match returns to purchases, earlier returns first, and those of one moment in the order of the file.

    No purchase gives more units than it has.
    """
    order = np.lexsort((purchases.time_ms, purchases.pair))  # a stable sort: ties stay in the order of the file
    pairs, times_ms = purchases.pair[order], purchases.time_ms[order]
    left: list[int] = purchases.quantity[order].tolist()
    starts = np.searchsorted(pairs, returns.pair, side="left").tolist()
    ends = np.searchsorted(pairs, returns.pair, side="right").tolist()

    count = len(returns.pair)
    causes: list[Unmatched | None] = [None] * count
    matches = Matches(np.full(count, -1), np.zeros(count, dtype=np.int64), causes, purchases.quantity.copy())
    for index in np.argsort(returns.time_ms, kind="stable").tolist():
        start, end = starts[index], ends[index]
        earlier = start + int(np.searchsorted(times_ms[start:end], returns.time_ms[index], side="left"))
        given = _take(left, start, earlier, int(returns.quantity[index])) if returns.pair[index] >= 0 else []
        if given:
            # The later purchase comes first in `given`, and `max` takes the first of equals.
            matches.purchase[index] = order[max(given, key=lambda part: part[1])[0]]
            matches.units[index] = sum(units for _, units in given)
        elif returns.pair[index] < 0:
            causes[index] = Unmatched.NO_BUYER
        elif start == end:
            causes[index] = Unmatched.NEVER_BOUGHT
        else:
            causes[index] = Unmatched.ONLY_LATER if earlier == start else Unmatched.ALL_RETURNED
    matches.left[order] = left
    return matches


def _take(left: list[int], start: int, end: int, wanted: int) -> list[tuple[int, int]]:
    """Take units from the purchases in [start, end), latest first; who gave how many, and `left` lowered by it."""
    for position in range(end - 1, start - 1, -1):
        if left[position] >= wanted:
            left[position] -= wanted
            return [(position, wanted)]
    given = []
    for position in range(end - 1, start - 1, -1):
        units = min(left[position], wanted)
        if units:
            left[position] -= units
            wanted -= units
            given.append((position, units))
    return given
