"""Files of events read in parts, Parquet and NDJSON; all of a file is checked before any of it is used."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.event_file import EVENT_SCHEMA, check_events
from features.events import EventError
from features.progress import Progress
from features.store.json_lines import read_json_lines

READ_ROWS: Final = 50_000
PARQUET: Final = (".parquet",)
JSON_LINES: Final = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")

Refuse: TypeAlias = Callable[[pa.Table, str], None]


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A Parquet file of `rows` checked events; `ordered` says whether they lie in the order of `known_at_ms`.

    `digest` is the SHA-256 of the file that was given.
    """

    path: Path
    where: str
    digest: str
    rows: int
    ordered: bool

    def tables(self) -> Iterator[pa.Table]:
        """The events in the order of `known_at_ms`, ties as they lie; bit by bit if they lie so, else all at once."""
        parts = _parquet_tables(self.path, self.where)
        if self.ordered:
            yield from parts
            return
        whole = pa.concat_tables(parts)
        yield whole.take(np.argsort(np.asarray(whole["known_at_ms"]), kind="stable"))


@contextmanager
def checked_file(path: Path, progress: Progress | None = None, refuse: Refuse | None = None) -> Iterator[CheckedFile]:
    """Check all events of a file, and give them to read again. NDJSON is kept as Parquet meanwhile.

    `refuse` is called with each part and the file's name, and may raise an EventError of its own.

    Raises:
        EventError: if the file is missing, of no known kind, or holds a wrong row or line, which is named.
    """
    is_json = is_json_lines(path)
    if not path.is_file():
        raise EventError(f"{path}: no such file; make one with 'clearclaim-train simulate' or 'clearclaim-train load'")
    if not is_json:
        yield _checked(path, path, _parquet_tables(path, str(path), progress), refuse)
        return
    with tempfile.TemporaryDirectory(prefix="clearclaim-") as folder:
        spool = Path(folder) / "events.parquet"
        with pq.ParquetWriter(spool, EVENT_SCHEMA, compression="zstd") as writer:
            checked = _checked(path, spool, _kept(read_json_lines(path, progress), writer), refuse)
        yield checked


def is_json_lines(path: Path) -> bool:
    """Whether a file's name says NDJSON, and not Parquet.

    Raises:
        EventError: if it says neither.
    """
    name = path.name.lower()
    if name.endswith((*PARQUET, *JSON_LINES)):
        return name.endswith(JSON_LINES)
    raise EventError(f"{path}: not a kind of file that holds events; use {', '.join((*PARQUET, *JSON_LINES))}")


def _checked(path: Path, parquet: Path, tables: Iterator[pa.Table], refuse: Refuse | None) -> CheckedFile:
    rows, latest_ms, ordered = 0, 0, True
    for table in tables:
        known_at = np.asarray(table["known_at_ms"])
        rows += len(table)
        if refuse is not None:
            refuse(table, str(path))
        if len(table):
            ordered = ordered and known_at[0] >= latest_ms and bool((np.diff(known_at) >= 0).all())
            latest_ms = int(known_at[-1])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return CheckedFile(parquet, str(path), digest, rows, ordered)


def _kept(tables: Iterator[pa.Table], writer: pq.ParquetWriter) -> Iterator[pa.Table]:
    for table in tables:
        writer.write_table(table)
        yield table


def _parquet_tables(path: Path, where: str, progress: Progress | None = None) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(path) as file:
            yield check_events(file.schema_arrow.empty_table(), where)
            done, total = 0, file.metadata.num_rows
            for batch in file.iter_batches(READ_ROWS):
                yield _check_part(pa.Table.from_batches([batch]), where, done)
                done += len(batch)
                if progress is not None:
                    progress(done, total, "checking")
    except (pa.ArrowException, OSError) as error:  # pyarrow reports a damaged file as either
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EventError(f"{where}: not a Parquet file of events ({reason})") from error


def _check_part(table: pa.Table, where: str, before: int) -> pa.Table:
    return check_events(table, where, name_row=lambda index: f"row {before + index + 1}", unique=False)
