"""Rows of one table turned into events, with the place of each row beside it. What is to be filled in is still null."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from features.event_file import EVENT_SCHEMA
from features.events import ALWAYS, KIND_FIELDS
from training.load.errors import LoadError
from training.load.rows import all_hold
from training.load.source import Sheet
from training.load.tables.fields import FieldReader
from training.load.tables.mapping import TablesMapping

# where an event comes from: the mapping's table, the file of its source, the row in that file from 1
PLACE: Final = (("_table", pa.int16()), ("_file", pa.int32()), ("_row", pa.int64()))
PART_SCHEMA: Final = pa.schema([*EVENT_SCHEMA, *PLACE])


def part_schema(mapping: TablesMapping) -> pa.Schema:
    """The columns of parts: those that any table gives or fills in; what no event has isn't carried along."""
    names = {*ALWAYS, "order_id", "claim_id", *(name for name, _ in PLACE)}
    for table in mapping.tables:
        names |= {*table.fields, *table.filled}
    return pa.schema([field for field in PART_SCHEMA if field.name in names])


def column_of(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    """A column of some rows; nulls where they don't have it."""
    if field.name in rows.column_names:
        return rows[field.name]
    return pa.chunked_array([pa.nulls(len(rows), field.type)])


def in_full(rows: pa.Table) -> pa.Table:
    """Rows with all columns of `PART_SCHEMA`."""
    return pa.table([column_of(rows, field) for field in PART_SCHEMA], schema=PART_SCHEMA)


@dataclass(slots=True)
class RowCounts:
    """What became of a table's rows: read, left out by cause, and words that weren't known, by column and word."""

    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: RowCounts) -> None:
        """Add the counts of further rows."""
        self.read += other.read
        self.left_out.update(other.left_out)
        self.unknown.update(other.unknown)


def convert(sheet: Sheet, mapping: TablesMapping, table: int, file: int) -> tuple[pa.Table, RowCounts]:
    """The events of some rows in `part_schema`, in their order, and what became of the rows.

    Args:
        sheet: the rows; if it gathers complaints, fields of a wrong cell are null.
        mapping: what the tables hold.
        table: which table the rows are of.
        file: which file of its source they stand in.

    Raises:
        LoadError: naming the first row and column that is wrong, unless complaints are gathered.
    """
    said = mapping.tables[table]
    counts = RowCounts(read=len(sheet))
    kept = np.ones(len(sheet), dtype=np.bool_)
    for rule in said.leave_out:
        leaving = kept & all_hold(sheet, rule.when)
        counts.left_out[rule.cause] += int(leaving.sum())
        kept &= ~leaving
    positions = np.flatnonzero(kept)
    reader = FieldReader(sheet, positions, mapping, counts.unknown)
    needed = {*ALWAYS, *KIND_FIELDS[said.kind].required} - said.filled
    columns: dict[str, pa.Array] = {
        "kind": pa.repeat(str(said.kind), len(positions)),
        "_table": pa.repeat(table, len(positions)),
        "_file": pa.repeat(file, len(positions)),
        "_row": pa.array(positions + 1 + sheet.first_row),
    }
    for name, given in said.fields.items():
        if given.same_as is None:
            try:
                columns[name] = reader.read(name, given, said.kind if name in needed else None)
            except LoadError as error:  # the column as a whole
                if sheet.complaints is None:
                    raise
                where = ", ".join(given.named_columns())
                why = str(error).removeprefix(f"{sheet.file}: ")
                sheet.complaints.add_whole(sheet.file, where, why, len(positions))
    for name, given in said.fields.items():
        if given.same_as is not None:
            columns[name] = columns.get(given.same_as, pa.nulls(len(positions), pa.int64()))
    schema = part_schema(mapping)
    arrays = [
        columns[each.name].cast(each.type) if each.name in columns else pa.nulls(len(positions), each.type)
        for each in schema
    ]
    return pa.table(arrays, schema=schema), counts
