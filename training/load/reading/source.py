"""What a source of rows is: columns, chunks, and a mark after each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import pyarrow as pa

from training.load.errors import LoadError

CHUNK_ROWS: Final = 250_000  # rows in memory at once, of which conversion makes a few copies

Mark: TypeAlias = dict[str, int | str]  # where the next chunk begins; JSON can hold it


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a source, in its order.

    `file` is the index of the file (of `Source.files`) that they stand in, `first_row` the number of its rows before
    them; `mark` is where the next chunk begins, and `done` how far the source is read then, of `Source.size`.
    """

    table: pa.Table
    file: int
    first_row: int
    mark: Mark
    done: int


class Source(Protocol):
    """Rows from one place."""

    @property
    def files(self) -> tuple[str, ...]:
        """What messages call the places that rows stand in."""

    @property
    def resumable(self) -> bool:
        """Whether reading can go on at a mark without reading again what lies before it."""

    def size(self) -> int:
        """How much there is to read, in bytes or rows; 0 if nobody knows."""

    def columns(self) -> list[str]:
        """The columns that every row has.

        Raises:
            LoadError: if the source can't be read.
        """

    def fingerprint(self) -> list[list[str | int]]:
        """What tells this source from another, and from its own earlier or later state. No passwords."""

    def chunks(self, names: Sequence[str], mark: Mark | None = None) -> Iterator[Chunk]:
        """The rows after a mark, only the named columns.

        Raises:
            LoadError: where the source can't be read on.
        """


def check_columns(source: Source, column_keys: Mapping[str, str]) -> None:
    """Refuse a mapping that names a column which isn't there.

    Args:
        source: where the rows are.
        column_keys: the columns to read, by the mapping's key that names them.

    Raises:
        LoadError: naming the first such column and its key.
    """
    present = source.columns()
    for key, column in column_keys.items():
        if column not in present:
            raise LoadError(
                f"{source.files[0]}: no column {column!r}, which the mapping's key {key} names; "
                f"name one of {', '.join(repr(name) for name in present)}"
            )
