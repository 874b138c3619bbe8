"""What a content is called: SHA-256 of values, whatever file, engine or row group they came through."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from training.stored.vectors import Vectors, chunks

HEX_DIGITS: Final = 16
_ROWS: Final = 65_536


class Digest(Protocol):
    """What takes bytes."""

    def update(self, data: bytes, /) -> None:
        """Take more."""


def events_hash(events: pa.Table) -> str:
    """First 16 hex digits of a SHA-256 over all fields of all events, in their order.

    What a Parquet file adds, such as row groups and what lies under a missing value, plays no part.
    """
    digest = hashlib.sha256(str(events.schema.remove_metadata()).encode())
    for name in events.column_names:
        for start in range(0, len(events), _ROWS):
            _add_column(digest, events[name].slice(start, _ROWS).combine_chunks())
    return digest.hexdigest()[:HEX_DIGITS]


def add_vectors(digest: Digest, vectors: Vectors) -> None:
    """Add all rows, as one array in memory would give them; every NaN counts as the same."""
    for rows in chunks(vectors):
        digest.update(np.where(np.isnan(rows), np.nan, rows).tobytes())


def add_array(digest: Digest, array: npt.NDArray[np.generic]) -> None:
    """Add the values of an array."""
    digest.update(np.ascontiguousarray(array).tobytes())


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add_column(digest: Digest, column: pa.Array) -> None:
    """What is there, then the values, with zero or nothing in the place of missing ones."""
    add_array(digest, np.packbits(np.asarray(column.is_valid())))
    if pa.types.is_list(column.type):
        add_array(digest, np.asarray(pc.fill_null(pc.list_value_length(column), 0), dtype=np.int64))
        _add_column(digest, pc.list_flatten(column))
    elif pa.types.is_string(column.type):
        filled = pc.fill_null(column, "")
        add_array(digest, np.asarray(pc.binary_length(filled), dtype=np.int64))
        digest.update("".join(filled.to_pylist()).encode())
    else:
        number = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
        add_array(digest, np.asarray(pc.fill_null(number, 0)))
