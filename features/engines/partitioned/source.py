"""A Parquet file of events that is read a few rows and columns at a time, as often as passes need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.engines.partitioned.passes import CLAIM
from features.engines.partitioned.spill import Spill, deal
from features.event_file import EVENT_SCHEMA, check_events
from features.events import EventError, EventKind

_IDS = pa.schema([("event_id", pa.string()), ("row", pa.int64())])


class EventSource:
    """The events of a file, in tables of `batch_rows` at most.

    Raises:
        EventError: if the file is missing or isn't Parquet.
    """

    def __init__(self, path: Path, batch_rows: int) -> None:
        if not path.is_file():
            raise EventError(
                f"{path}: no such file; make one with 'clearclaim-train simulate' or 'clearclaim-train load'"
            )
        self._path, self._batch_rows = path, batch_rows
        with self._open() as file:
            self.rows = int(file.metadata.num_rows)
            self._layout = file.schema_arrow.empty_table()

    def checked(self, folder: Path, parts: int) -> Iterator[pa.Table]:
        """All events in the event layout, each table checked; in the end that no id is there twice.

        Raises:
            EventError: naming the first row and field that is wrong.
        """
        where = str(self._path)
        check_events(self._layout, where)
        ids, done = Spill(folder, "ids", _IDS, parts), 0
        for table in self._tables(None):
            events = check_events(table, where, name_row=partial(_row_name, done), unique=False)
            own = pa.table([events["event_id"], np.arange(done, done + len(events))], schema=_IDS)
            ids.add(own, deal(own, ["event_id"], parts))
            done += len(events)
            yield events
        for own in ids.drain():
            _refuse_repeats(own, where)

    def read(self, fields: Sequence[str]) -> Iterator[pa.Table]:
        """Some fields of all events, `kind` among them, and `claim`: the number of each claim in the file."""
        filed = 0
        for table in self._tables(fields):
            is_claim = np.asarray(pc.equal(table["kind"], str(EventKind.CLAIM_FILED)))
            number = filed + np.cumsum(is_claim) - 1
            filed += int(is_claim.sum())
            yield table.append_column(CLAIM, pa.array(number, mask=~is_claim))

    def _tables(self, fields: Sequence[str] | None) -> Iterator[pa.Table]:
        present = None if fields is None else [name for name in fields if name in self._layout.column_names]
        with self._open() as file:
            for batch in file.iter_batches(self._batch_rows, columns=present):
                table = pa.Table.from_batches([batch])
                yield table if fields is None else _laid_out(table, fields)

    @contextmanager
    def _open(self) -> Iterator[pq.ParquetFile]:
        try:
            with pq.ParquetFile(self._path) as file:
                yield file
        except (pa.ArrowException, OSError) as error:  # pyarrow reports a damaged file as either
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise EventError(f"{self._path}: not a Parquet file of events ({reason})") from error


def _row_name(before: int, row: int) -> str:
    return f"row {before + row + 1}"


def _laid_out(table: pa.Table, fields: Sequence[str]) -> pa.Table:
    """Columns in the types of the event layout, from a table that was checked before."""
    columns = []
    for name in fields:
        wanted = EVENT_SCHEMA.field(name).type
        column = table[name] if name in table.column_names else pa.nulls(len(table), wanted)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        columns.append(column.cast(wanted))
    return pa.table(columns, names=list(fields))


def _refuse_repeats(ids: pa.Table, where: str) -> None:
    codes = np.asarray(ids["event_id"].combine_chunks().dictionary_encode().indices)
    order = np.argsort(codes, kind="stable")
    again = np.flatnonzero(np.diff(codes[order]) == 0)
    if len(again):
        one, other = (int(order[again[0] + step]) for step in (0, 1))
        rows = [ids["row"][row].as_py() + 1 for row in (one, other)]
        raise EventError(
            f"{where}: rows {rows[0]} and {rows[1]}, field event_id: both are {ids['event_id'][one].as_py()!r}; "
            "give each event its own id"
        )
