"""Rows dealt into numbered parts on disk, so that one part at a time lies in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa

from features.arrays import Ints


def deal(rows: pa.Table, keys: Sequence[str], parts: int, salt: int = 0) -> Ints:
    """Which part each row belongs to, by its keys (strings or int64), the same for equal keys. Shape (rows,)."""
    code = np.full(len(rows), salt, dtype=np.uint64)
    for key in keys:
        # an odd multiplier spreads what differs in any bit over the upper ones
        code = (code ^ _hashed(rows[key].combine_chunks())) * np.uint64(0x9E3779B97F4A7C15)
    return ((code >> np.uint64(33)) % np.uint64(parts)).astype(np.int64)


def _hashed(column: pa.Array) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    if pa.types.is_integer(column.type):
        return np.asarray(column).astype(np.uint64)
    coded = column.dictionary_encode()
    words = np.array([crc32(word.encode()) for word in coded.dictionary.to_pylist()], dtype=np.uint64)
    return words[np.asarray(coded.indices)] if len(words) else words


class Spill:
    """Rows of one schema in numbered parts, each a file of Arrow streams one after the other.

    Files are open only while they are written to or read, so there may be many parts.
    """

    def __init__(self, folder: Path, name: str, schema: pa.Schema, parts: int, compression: str | None = None) -> None:
        self.schema = schema
        self._options = pa.ipc.IpcWriteOptions(compression=compression)
        self.rows = np.zeros(parts, dtype=np.int64)  # how many lie in each part
        self._paths = [folder / f"{name}-{part}.arrows" for part in range(parts)]

    def add(self, rows: pa.Table, part: Ints) -> None:
        """Append rows, each to its part."""
        if len(rows) == 0:
            return
        order = np.argsort(part, kind="stable")
        present, begin = np.unique(part[order], return_index=True)
        sorted_rows = rows.select(self.schema.names).take(pa.array(order))
        for number, first, last in zip(present, begin, [*begin[1:], len(rows)], strict=True):
            with (
                pa.OSFile(str(self._paths[number]), "ab") as file,
                pa.ipc.new_stream(file, self.schema, options=self._options) as stream,
            ):
                stream.write_table(sorted_rows.slice(first, last - first))
            self.rows[number] += last - first

    def pieces(self, part: int) -> Iterator[pa.Table]:
        """The rows of a part, as they were added."""
        if not self.rows[part]:
            return
        with pa.OSFile(str(self._paths[part])) as file:
            while file.tell() < file.size():
                with pa.ipc.open_stream(file) as stream:
                    for batch in stream:
                        yield pa.Table.from_batches([batch])

    def read(self, part: int) -> pa.Table:
        """All rows of a part."""
        return pa.concat_tables([self.schema.empty_table(), *self.pieces(part)])

    def drain(self) -> Iterator[pa.Table]:
        """The rows of each part that has any, in turn; its file is removed afterwards."""
        for part in np.flatnonzero(self.rows).tolist():
            yield self.read(part)
            self.remove(part)

    def remove(self, part: int) -> None:
        """Forget a part."""
        self._paths[part].unlink(missing_ok=True)
        self.rows[part] = 0
