"""A row of running totals as bytes: a bitmap of the values that are not zero, then those, little-endian int64.

Most totals of most buyers are zero; the bitmap halves the table against storing all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.arrays import Ints

VALUE: Final = np.dtype("<i8")


def encode(state: Ints) -> bytes:
    """Encode one row of totals, shape (width,)."""
    present = state != 0
    return bytes(np.packbits(present).tobytes() + state[present].astype(VALUE, copy=False).tobytes())


def encode_all(states: Ints) -> list[bytes]:
    """Encode many rows, shape (n, width); the same bytes as `encode` gives row by row."""
    present = states != 0
    bitmaps = np.packbits(present, axis=1)
    bitmap_size = bitmaps.shape[1]
    bitmap_bytes = bitmaps.tobytes()
    value_bytes = states[present].astype(VALUE, copy=False).tobytes()
    ends = (np.cumsum(present.sum(axis=1)) * VALUE.itemsize).tolist()
    starts = [0, *ends][:-1]
    return [
        bitmap_bytes[row * bitmap_size : (row + 1) * bitmap_size] + value_bytes[start:end]
        for row, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def decode_all(rows: Sequence[bytes | None], width: int) -> Ints:
    """Decode rows of one width at once, shape (len(rows), width); None, for no history yet, is all zeros."""
    return decode_mixed(rows, [bitmap_bytes(width)] * len(rows), width)


def decode_mixed(rows: Sequence[bytes | None], sizes: Sequence[int], width: int) -> Ints:
    """Decode rows whose bitmaps take `sizes` bytes each, at most `width` values; shape (len(rows), width)."""
    size = bitmap_bytes(width)
    empty = bytes(size)
    pairs = list(zip(rows, sizes, strict=True))
    bitmaps = b"".join([empty if row is None else row[:own].ljust(size, b"\0") for row, own in pairs])
    values = b"".join([row[own:] for row, own in pairs if row is not None])
    bits = np.frombuffer(bitmaps, dtype=np.uint8).reshape(len(rows), size)
    out = np.zeros((len(rows), width), dtype=np.int64)
    out[np.unpackbits(bits, axis=1, count=width).view(np.bool_)] = np.frombuffer(values, dtype=VALUE)
    return out


def bitmap_bytes(width: int) -> int:
    """How many bytes the bitmap of a row of so many values takes."""
    return (width + 7) // 8
