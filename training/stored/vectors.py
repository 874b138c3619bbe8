"""Feature vectors that need not lie in memory: one interface for an array and for a Parquet file.

Whoever learns, predicts or draws a sample takes rows, and needn't know where they come from:

    vectors[rows]               these rows as an array; `rows` is a slice, a mask, or indexes
    vectors[:, column]          one column, of which a file reads no other
    chunks(vectors)             all rows, a few thousand at a time
    np.asarray(vectors)         all of them at once, which for a file means to load it whole
    select(vectors, rows)       the same kind of vectors with these rows only; a file reads nothing yet
    beside(vectors, values)     the same with more columns
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Floats, Ints

CHUNK_ROWS: Final = 4096  # rows of a row group, and of what is read at a time
_ALL: Final = slice(None)


class Vectors(Protocol):
    """Vectors of n claims, shape (n, columns), float64. A NumPy array is one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(claims, columns)."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: Any, /) -> Any: ...  # noqa: ANN401 - as NumPy's: rows, or (rows, columns)

    def __array__(self) -> Floats: ...


class VectorFile:
    """A Parquet file with vectors, of which one row group at a time is in memory.

    Columns before the first feature, such as `claim_id`, are passed over.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path, self.columns = path, columns
        self._number = -1
        self._rows: Floats = np.zeros((0, len(columns)))

    @cached_property
    def starts(self) -> Ints:
        """The first row of each row group, and after the last one the number of rows. Shape (groups + 1,)."""
        metadata = self._file.metadata
        sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
        return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)

    @cached_property
    def _bounds(self) -> list[int]:
        bounds: list[int] = self.starts.tolist()
        return bounds

    @cached_property
    def _file(self) -> pq.ParquetFile:
        return pq.ParquetFile(self.path)

    def read(self, rows: Ints) -> Floats:
        """Some rows, in the order of `rows`. Shape (number of rows, columns)."""
        found = np.empty((len(rows), len(self.columns)))
        for number, places in self._by_group(rows):
            found[places] = self._group(number)[rows[places] - self.starts[number]]
        return found

    def row(self, row: int) -> Floats:
        """One row, quickly if it is in the row group of the one before. Shape (columns,)."""
        number = bisect_right(self._bounds, row) - 1
        found: Floats = self._group(number)[row - self._bounds[number]]
        return found

    def read_columns(self, rows: Ints, columns: Ints) -> Floats:
        """Some rows of some columns only, which are all that is read. Shape (number of rows, number of columns)."""
        found = np.empty((len(rows), len(columns)))
        names = [self.columns[column] for column in columns.tolist()]
        for number, places in self._by_group(rows):
            found[places] = _matrix(self._file.read_row_group(number, names))[rows[places] - self.starts[number]]
        return found

    def _by_group(self, rows: Ints) -> Iterator[tuple[int, Ints]]:
        """Each row group that is asked for, and the places in `rows` that ask for it."""
        groups = np.searchsorted(self.starts, rows, side="right") - 1
        order = np.argsort(groups, kind="stable")
        cuts = np.flatnonzero(np.diff(groups[order])) + 1
        for places in np.split(order, cuts):
            if len(places):
                yield int(groups[places[0]]), places

    def _group(self, number: int) -> Floats:
        if number != self._number:
            self._rows = np.zeros((0, 0))  # the old one goes before the new one comes
            self._rows, self._number = _matrix(self._file.read_row_group(number, list(self.columns))), number
        return self._rows


@dataclass(frozen=True, slots=True)
class StoredVectors:
    """Vectors of n claims that lie in a file.

    `rows` says at which rows of the file, shape (n,). `added` holds columns after those of the file, shape (n, added).
    """

    file: VectorFile = field(repr=False)
    rows: Ints
    added: Floats | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """(claims, columns)."""
        return len(self.rows), len(self.file.columns) + (0 if self.added is None else self.added.shape[1])

    def __getitem__(self, key: Any, /) -> Any:  # noqa: ANN401 - as NumPy's
        """Rows, or (rows, columns), as an array: an integer takes its dimension away."""
        rows, columns = key if isinstance(key, tuple) else (key, _ALL)
        if isinstance(rows, int | np.integer) and _is_all(columns):
            return self._row(int(rows))
        places = _places(rows, len(self))
        found = self._read(places) if _is_all(columns) else self._read_columns(places, columns)
        return found[0] if isinstance(rows, int | np.integer) else found

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Floats:
        """All rows at once."""
        if copy is False:
            raise ValueError("vectors in a file can't be had without a copy")
        return np.asarray(self._read(np.arange(len(self))), dtype=dtype)

    def choose(self, rows: Ints) -> StoredVectors:
        """The same with some rows only, by index."""
        return StoredVectors(self.file, self.rows[rows], None if self.added is None else self.added[rows])

    def with_columns(self, values: Floats) -> StoredVectors:
        """The same with more columns, shape (n, more)."""
        before = () if self.added is None else (self.added,)
        return replace(self, added=np.concatenate([*before, values], axis=1))

    def _row(self, place: int) -> Floats:
        row = self.file.row(int(self.rows[place]))
        return row if self.added is None else np.concatenate([row, self.added[place]])

    def _read(self, places: Ints) -> Floats:
        found = self.file.read(self.rows[places])
        return found if self.added is None else np.concatenate([found, self.added[places]], axis=1)

    def _read_columns(self, places: Ints, columns: Any) -> Floats:  # noqa: ANN401 - as NumPy's
        wanted = np.arange(self.shape[1])[columns]
        asked = np.atleast_1d(wanted)
        stored = asked < len(self.file.columns)
        found = np.empty((len(places), len(asked)))
        found[:, stored] = self.file.read_columns(self.rows[places], asked[stored])
        if self.added is not None:
            found[:, ~stored] = self.added[places][:, asked[~stored] - len(self.file.columns)]
        return found if np.ndim(wanted) else found[:, 0]


def stored(path: Path, columns: tuple[str, ...]) -> StoredVectors:
    """All vectors of a file."""
    file = VectorFile(path, columns)
    return StoredVectors(file, np.arange(file.starts[-1]))


def select(vectors: Vectors, rows: Ints) -> Vectors:
    """The same kind of vectors with some rows only, by index."""
    if isinstance(vectors, StoredVectors):
        return vectors.choose(rows)
    chosen: Floats = vectors[rows]
    return chosen


def beside(vectors: Vectors, values: Floats) -> Vectors:
    """The same kind of vectors with more columns, shape (n, more)."""
    if isinstance(vectors, StoredVectors):
        return vectors.with_columns(values)
    return np.concatenate([np.asarray(vectors), values], axis=1)


def chunks(vectors: Vectors, rows: int = CHUNK_ROWS) -> Iterator[Floats]:
    """All rows in their order, some at a time; at least one chunk, which is empty where there are none."""
    for start in range(0, max(1, len(vectors)), rows):
        yield vectors[start : start + rows]


def _places(rows: Any, length: int) -> Ints:  # noqa: ANN401 - as NumPy's
    if isinstance(rows, slice):
        return np.arange(*rows.indices(length))
    return np.atleast_1d(np.arange(length)[rows])


def _is_all(columns: object) -> bool:
    return isinstance(columns, slice) and columns == _ALL


def _matrix(table: pa.Table) -> Floats:
    """The columns of a table side by side, row by row in memory."""
    values = np.empty((len(table), table.num_columns))
    for number, column in enumerate(table.columns):
        values[:, number] = column.to_numpy()
    return values
