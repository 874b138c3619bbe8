"""Rows dealt out by an id: the same id always goes into the same deal."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from features.arrays import Ints
from training.load.columns import is_text

Hashes: TypeAlias = npt.NDArray[np.uint64]


def hashes(cells: pa.Array) -> Hashes:
    """64 bits for each cell, the same for equal cells of one type. Shape (cells,); no cell may be null.

    >>> bool(hashes(pa.array(["a", "b", "a"]))[0] == hashes(pa.array(["a"]))[0])
    True
    """
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        return pd.util.hash_array(cells.to_numpy(zero_copy_only=False))
    words = cells if is_text(cells.type) else cells.cast(pa.string())
    return pd.util.hash_array(words.to_numpy(zero_copy_only=False).astype(object), categorize=False)


def deal(rows: pa.Table, key: str, deals: int) -> Ints:
    """Which deal each row belongs to, by an id that no row lacks. Shape (rows,)."""
    if deals == 1 or len(rows) == 0:
        return np.zeros(len(rows), dtype=np.int64)
    return (hashes(rows[key].combine_chunks()) % np.uint64(deals)).astype(np.int64)
