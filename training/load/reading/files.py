"""Parquet and CSV files as a source: one file, or the parts of a folder in the order of their names.

CSV cells stay text until a mapping says what they are, so that a product code such as 00123 keeps its zeros.
Rows are counted from 1 in each file, and a CSV header is not a row.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from training.load.errors import LoadError, first_line
from training.load.reading.csv_blocks import BLOCK_BYTES, blocks, rows_end
from training.load.reading.source import CHUNK_ROWS, Chunk, Mark

KINDS: Final = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}
_CSV: Final = csv.ParseOptions(newlines_in_values=True)


@dataclass(frozen=True, slots=True)
class Files:
    """Files of one kind, read one after the other; all must have the columns of the first."""

    paths: tuple[Path, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The paths."""
        return tuple(str(path) for path in self.paths)

    @property
    def resumable(self) -> bool:
        """Always: a mark is a row group, or a byte."""
        return True

    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.paths)

    def columns(self) -> list[str]:
        """The columns of the first file.

        Raises:
            LoadError: if a file is broken, or lacks one of them.
        """
        every = [_columns(path) for path in self.paths]
        for path, names in zip(self.paths, every, strict=True):
            missing = [name for name in every[0] if name not in names]
            if missing:
                raise LoadError(f"{path}: no column {missing[0]!r}, which {self.paths[0].name} has; give parts alike")
        return every[0]

    def fingerprint(self) -> list[list[str | int]]:
        """Each file's path, size and time of change."""
        states = [(path, path.stat()) for path in self.paths]
        return [[str(path.resolve()), state.st_size, state.st_mtime_ns] for path, state in states]

    def chunks(self, names: Sequence[str], mark: Mark | None = None) -> Iterator[Chunk]:
        """The rows after a mark: row groups of Parquet, blocks of CSV."""
        start = mark or {"file": 0, "row": 0, "at": 0, "skip": 0}
        before = 0
        for file, path in enumerate(self.paths):
            size = path.stat().st_size
            if file >= int(start["file"]):
                here = start if file == int(start["file"]) else {"row": 0, "at": 0, "skip": 0}
                read = _parquet if kind_of(path) == "parquet" else _text
                row = int(here["row"])
                for table, at, skip, share in read(path, names, int(here["at"]), int(here["skip"]), row):
                    position: Mark = {"file": file, "row": row + len(table), "at": at, "skip": skip}
                    yield Chunk(table, file, row, position, before + int(share * size))
                    row += len(table)
            before += size


def kind_of(path: Path) -> str | None:
    """What a file's name says of its kind: "parquet", "csv", or None.

    >>> kind_of(Path("orders.CSV.GZ"))
    'csv'
    """
    name = path.name.lower()
    return next((kind for suffix, kind in KINDS.items() if name.endswith(suffix)), None)


# table, where the next one begins, rows to skip there, share of the file that is read then
_Pieces = Iterator[tuple[pa.Table, int, int, float]]


def _parquet(path: Path, names: Sequence[str], group: int, skip: int, _row: int) -> _Pieces:
    with _readable(path), pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
        while group < len(sizes):
            end, rows = group + 1, sizes[group]
            while end < len(sizes) and rows + sizes[end] <= CHUNK_ROWS:
                rows, end = rows + sizes[end], end + 1
            done = 0
            for batch in file.iter_batches(CHUNK_ROWS, row_groups=list(range(group, end)), columns=list(names)):
                fresh = batch.slice(max(skip - done, 0))
                done += len(batch)
                if len(fresh):
                    position = (end, 0) if done == rows else (group, done)
                    yield pa.Table.from_batches([fresh]), *position, position[0] / len(sizes)
            group, skip = end, 0


def _text(path: Path, names: Sequence[str], begin: int, _skip: int, row: int) -> _Pieces:
    with _readable(path), _opened(path) as file:
        header = _header(file)
        every = _names(header)
        options = csv.ConvertOptions(
            include_columns=list(names),
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        )
        size = path.stat().st_size
        for block, end in blocks(file, begin or len(header)):
            if not block.strip():
                continue
            # one thread and one block, for only then does a complaint say in which row
            reading = csv.ReadOptions(column_names=every, use_threads=False, block_size=len(block) + 1)
            try:
                table = csv.read_csv(pa.BufferReader(block), reading, _CSV, options)
            except pa.ArrowInvalid as error:
                raise pa.ArrowInvalid(_count_rows_from(first_line(error), row)) from error
            row += len(table)
            yield table, end, 0, min(end / size, 1.0) if path.suffix.lower() == ".csv" else 0.5


def _count_rows_from(message: str, row: int) -> str:
    return re.sub(r"Row #(\d+)", lambda found: f"row {int(found[1]) + row}", message)


def _columns(path: Path) -> list[str]:
    with _readable(path):
        if kind_of(path) == "parquet":
            return list(pq.read_schema(path).names)
        with _opened(path) as file:
            return _names(_header(file))


def _header(file: BinaryIO) -> bytes:
    """The first row as it stands, with its line break."""
    head = b""
    while piece := file.read(BLOCK_BYTES >> 8):
        head += piece
        if end := rows_end(head, first=True):
            return head[:end]
    return head


def _names(header: bytes) -> list[str]:
    if not header.strip():
        raise pa.ArrowInvalid("Empty CSV file")
    return list(csv.read_csv(pa.BufferReader(header), parse_options=_CSV).column_names)


def _opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, EOFError) as error:
        raise LoadError(f"{path}: not a readable {kind_of(path)} file ({first_line(error)}); correct it") from error
