"""A row of running totals as bytes: a bitmap of the values that are not zero, then those, little-endian int64.

Most totals of most buyers are zero; the bitmap halves the table against storing all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.arrays import Ints

VALUE: Final = np.dtype("<i8")


def encode(state: Ints, size: int | None = None) -> bytes:
    """Encode one row of totals, shape (width,), with a bitmap of `size` bytes, by default as few as it takes."""
    present = state != 0
    bitmap = np.packbits(present).tobytes().ljust(size or 0, b"\0")
    return bytes(bitmap + state[present].astype(VALUE, copy=False).tobytes())


def encode_all(states: Ints, size: int | None = None) -> list[bytes]:
    """Encode many rows, shape (n, width); the same bytes as `encode` gives row by row."""
    present = states != 0
    bitmaps = np.packbits(present, axis=1)
    if size is not None:
        bitmaps = np.pad(bitmaps, ((0, 0), (0, size - bitmaps.shape[1])))
    own = bitmaps.shape[1]
    bitmap_bytes = bitmaps.tobytes()
    value_bytes = states[present].astype(VALUE, copy=False).tobytes()
    ends = (np.cumsum(present.sum(axis=1)) * VALUE.itemsize).tolist()
    starts = [0, *ends][:-1]
    return [
        bitmap_bytes[row * own : (row + 1) * own] + value_bytes[start:end]
        for row, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def decode_all(rows: Sequence[bytes | None], width: int, size: int | None = None) -> Ints:
    """Decode rows at once, shape (len(rows), width); None, for no history yet, is all zeros.

    The rows' bitmaps have `size` bytes, by default as few as the width takes. With a common size, rows of less than
    the width may be among them; the rest of theirs is zero.
    """
    own = (width + 7) // 8 if size is None else size
    empty = bytes(own)
    bitmaps = b"".join([empty if row is None else row[:own] for row in rows])
    values = b"".join([row[own:] for row in rows if row is not None])
    bits = np.frombuffer(bitmaps, dtype=np.uint8).reshape(len(rows), own)
    out = np.zeros((len(rows), width), dtype=np.int64)
    out[np.unpackbits(bits, axis=1, count=width).view(np.bool_)] = np.frombuffer(values, dtype=VALUE)
    return out
