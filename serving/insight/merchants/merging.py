"""Rows of orders and claims as numbers, and sums of them by merchant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from serving.insight.record import Record

Flags: TypeAlias = npt.NDArray[np.bool_]

NOBODY = -1


def names_of(record: Record, column: str) -> pa.Array:
    """All names of a column of orders and claims, sorted, each once; without those that are null."""
    both = pa.chunked_array([*record.orders[column].chunks, *record.claims[column].chunks], pa.string())
    names = pc.unique(both).drop_null()
    return names.take(pc.sort_indices(names))


def places(table: pa.Table, column: str, names: pa.Array) -> Ints:
    """The place of each row's name among some names; NOBODY where it is null or none of them."""
    found = pc.index_in(table[column].combine_chunks(), names)
    return np.asarray(pc.fill_null(found, NOBODY), dtype=np.int64)


def is_one_of(table: pa.Table, column: str, words: Sequence[str]) -> Flags:
    """Which rows say one of some words."""
    return np.asarray(pc.is_in(table[column].combine_chunks(), pa.array(words, pa.string())), dtype=np.bool_)


def flags(table: pa.Table, column: str) -> tuple[Flags, Flags]:
    """Which rows say yes or no, and which say yes."""
    values = table[column].combine_chunks()
    return (
        np.asarray(pc.is_valid(values), dtype=np.bool_),
        np.asarray(pc.fill_null(values, False), dtype=np.bool_),
    )


def count_by(place: Ints, where: Flags, size: int) -> Ints:
    """How many rows of each, among those of a sort; shape (size,)."""
    return np.bincount(place[where & (place >= 0)], minlength=size)


def sum_by(place: Ints, values: Ints | Floats, where: Flags, size: int) -> Floats:
    """Sums by each, among rows of a sort; shape (size,). Integers up to 2**53 are summed exactly."""
    taken = where & (place >= 0)
    return np.bincount(place[taken], weights=values[taken], minlength=size).astype(np.float64)


def median_by(place: Ints, values: Ints, where: Flags, size: int) -> Floats:
    """The median of each, among rows of a sort; NaN where there is no row. Shape (size,)."""
    taken = where & (place >= 0)
    order = np.lexsort((values[taken], place[taken]))
    ordered = values[taken][order].astype(np.float64)
    count = np.bincount(place[taken], minlength=size)
    first = np.cumsum(count) - count
    medians = np.full(size, np.nan)
    told = count > 0
    low, high = first[told] + (count[told] - 1) // 2, first[told] + count[told] // 2
    medians[told] = (ordered[low] + ordered[high]) / 2
    return medians
