"""A store's events written to a file bit by bit; the file appears whole or not at all."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from features.event_file import EVENT_SCHEMA
from features.progress import Progress
from features.store.database import Store
from features.store.event_source import is_json_lines
from features.store.json_lines import write_json_lines
from features.store.log import count_events, read_log_parts
from features.whole_file import appearing

_Write: TypeAlias = Callable[[pa.Table], None]
_Sink: TypeAlias = Callable[[Path], AbstractContextManager[_Write]]


def export_file(store: Store, path: Path, progress: Progress | None = None) -> int:
    """Write all events of a store, in the order (known_at, came in), as Parquet or NDJSON; return how many.

    Raises:
        EventError: if the file's name says of no known kind it is to be.
        OSError: if it can't be written.
    """
    sink = _sink(path)
    with store.reading() as connection, appearing(path) as unfinished, sink(unfinished) as write:
        total, done = count_events(connection), 0
        for part in read_log_parts(connection):
            write(part)
            done += len(part)
            if progress is not None:
                progress(done, total, "events")
    return done


def _sink(path: Path) -> _Sink:
    if not is_json_lines(path):
        return _parquet
    return _zipped_json if path.name.lower().endswith(".gz") else _plain_json


@contextmanager
def _parquet(unfinished: Path) -> Iterator[_Write]:
    with pq.ParquetWriter(unfinished, EVENT_SCHEMA, compression="zstd") as writer:
        yield writer.write_table


@contextmanager
def _plain_json(unfinished: Path) -> Iterator[_Write]:
    with unfinished.open("wb") as file:
        yield lambda table: write_json_lines(table, file)


@contextmanager
def _zipped_json(unfinished: Path) -> Iterator[_Write]:
    with gzip.open(unfinished, "wb") as file:
        yield lambda table: write_json_lines(table, file)
