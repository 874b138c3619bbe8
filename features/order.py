"""Sorting integers quickly, 16 bits at a time.

NumPy sorts 16-bit integers by radix where a stable sort is asked for; wider ones it compares.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Ints

CACHED: Final = 1 << 17  # how many are sorted at once; past that, memory is what takes the time


def stable_order(values: Ints) -> Ints:
    """The indexes that sort integers from 0 on, equal ones in the order in which they stand. Shape of `values`.

    >>> stable_order(np.array([70_000, 3, 70_000, 0]))
    array([3, 1, 0, 2])
    """
    bits = max(int(values.max(initial=0)).bit_length(), 1)
    if bits > 16 and len(values) > CACHED:
        return _order_by_parts(values, bits - 8)
    order: Ints | None = None
    for shift in range(0, bits, 16):
        digit = (values >> shift).astype(np.uint8 if bits - shift <= 8 else np.uint16)
        if order is None:
            order = np.argsort(digit, kind="stable")
        else:
            order = order.take(np.argsort(digit.take(order), kind="stable"))
    return np.asarray(order, dtype=np.int64)


def _order_by_parts(values: Ints, shift: int) -> Ints:
    """The same by way of 256 parts that agree in their highest bits, each sorted by the others."""
    highest = (values >> shift).astype(np.uint8)
    order = np.argsort(highest, kind="stable")
    lower = values.take(order)
    lower &= (1 << shift) - 1
    begin = 0
    for size in np.bincount(highest).tolist():
        part = slice(begin, begin + size)
        order[part] = order[part].take(stable_order(lower[part]))
        begin += size
    return order


def search_rising(values: Ints, wanted: Ints) -> Ints:
    """`np.searchsorted` for wanted values that rise: a few at a time, so that each search spans little memory."""
    found = np.empty(len(wanted), dtype=np.int64)
    for begin in range(0, len(wanted), 2048):
        some = wanted[begin : begin + 2048]
        low, high = np.searchsorted(values, some[[0, -1]])
        found[begin : begin + 2048] = low + np.searchsorted(values[low:high], some)
    return found
