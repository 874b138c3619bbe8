"""Events in bulk: the Arrow layout, its checks, and Parquet files that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.events import (
    ALWAYS,
    BEST_RATING,
    EARLIEST_MS,
    EVENT_FIELDS,
    HASH_PATTERN,
    KIND_FIELDS,
    LARGEST_AMOUNT,
    LATEST_MS,
    LONGEST_ID,
    LONGEST_TEXT,
    MOST_PICTURES,
    WORST_RATING,
    Event,
    EventError,
    EventKind,
    FieldSpec,
    FieldType,
    check_event,
    complain,
)
from features.whole_file import appearing

ARROW_TYPES: Final = {
    FieldType.ID: pa.string(),
    FieldType.TIME: pa.int64(),
    FieldType.MONEY: pa.int64(),
    FieldType.COUNT: pa.int64(),
    FieldType.CATEGORY: pa.string(),
    FieldType.RATING: pa.int64(),
    FieldType.FLAG: pa.bool_(),
    FieldType.TEXT: pa.string(),
    FieldType.HASHES: pa.list_(pa.string()),
}

EVENT_SCHEMA: Final = pa.schema([(name, ARROW_TYPES[spec.type]) for name, spec in EVENT_FIELDS.items()])


def from_events(events: list[Event]) -> pa.Table:
    """Put single events into the Arrow layout, a row each, in the order given."""
    return pa.Table.from_pylist([event.as_dict() for event in events], schema=EVENT_SCHEMA)


def to_events(table: pa.Table, *, check: bool = True) -> list[Event]:
    """Take single events out of the Arrow layout, a row each. For tests and small numbers: it loops.

    `check` may be left out of a table that was checked as a whole (`check_events`).
    """
    events = [_event(row) for row in table.to_pylist()]
    return [check_event(event) for event in events] if check else events


def _event(row: dict[str, Any]) -> Event:
    hashes = row["evidence_hashes"]
    return Event(
        **{**row, "kind": EventKind(row["kind"]), "evidence_hashes": None if hashes is None else tuple(hashes)}
    )


def write_events(table: pa.Table, path: Path) -> None:
    """Check the events and write them as Parquet; the file appears whole or not at all.

    Raises:
        EventError: naming the first row and field that is wrong.
    """
    checked = check_events(table, str(path))
    with appearing(path) as unfinished:
        pq.write_table(checked, unfinished, compression="zstd")


def read_events(path: Path) -> pa.Table:
    """Read a Parquet file of events and check all of it.

    Raises:
        EventError: if the file is missing, isn't Parquet, or holds a wrong column, row or field.
    """
    if not path.is_file():
        raise EventError(f"{path}: no such file; make one with 'clearclaim-train simulate' or 'clearclaim-train load'")
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:  # pyarrow reports a damaged file as either
        raise EventError(f"{path}: not a Parquet file of events ({_first_line(error)})") from error
    return check_events(table, str(path))


def _row_name(index: int) -> str:
    return f"row {index + 1}"


def check_events(
    table: pa.Table, where: str, *, name_row: Callable[[int], str] = _row_name, unique: bool = True
) -> pa.Table:
    """Return the table in the event layout, with every row checked.

    Columns of the layout that the table lacks count as missing values.

    Args:
        table: events, a row each; strings may be dictionary-encoded.
        where: what the table is called in messages, such as the file's path.
        name_row: what a row is called in messages, given its index in this table.
        unique: whether an id that is there twice is wrong.

    Raises:
        EventError: naming the first row and field that is wrong and what to do.
    """
    table = _in_layout(table, where)
    if len(table) == 0:
        return table  # nothing to check, and pyarrow's indices_nonzero crashes the process on a column without chunks
    _check_kinds(table, where, name_row)
    for kind, kind_fields in KIND_FIELDS.items():
        rows = pc.indices_nonzero(pc.equal(table["kind"], str(kind)))
        if len(rows) == 0:
            continue
        part = table.take(rows)
        allowed = {*ALWAYS, *kind_fields.required, *kind_fields.optional}
        required = {*ALWAYS, *kind_fields.required}
        for name, spec in EVENT_FIELDS.items():
            complaint = _complain_column(part[name], spec, kind, name in required, name in allowed)
            if complaint is not None:
                index, text = complaint
                raise EventError(f"{where}: {name_row(rows[index].as_py())}, field {name}: {text}")
    if unique:
        _check_unique(table, where)
    return table


def _in_layout(table: pa.Table, where: str) -> pa.Table:
    unknown = [name for name in table.column_names if name not in EVENT_FIELDS]
    if unknown:
        raise EventError(f"{where}: column {unknown[0]!r} is not a field of an event; remove or rename it")
    repeated = [name for name in table.column_names if table.column_names.count(name) > 1]
    if repeated:
        raise EventError(f"{where}: column {repeated[0]!r} is there more than once; remove or rename one")
    missing = [name for name in ALWAYS if name not in table.column_names]
    if missing:
        raise EventError(f"{where}: column {missing[0]!r} is missing; every event needs it")
    columns = []
    for field in EVENT_SCHEMA:
        if field.name not in table.column_names:
            columns.append(pa.nulls(len(table), field.type))
            continue
        column = table[field.name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if not _same_sort(column.type, field.type):
            raise EventError(f"{where}: column {field.name!r} has type {column.type}; it must be {field.type}")
        try:
            columns.append(column.cast(field.type))
        except pa.ArrowInvalid as error:
            raise EventError(f"{where}: column {field.name!r}: {_first_line(error)}") from error
    return pa.table(columns, schema=EVENT_SCHEMA)


def _same_sort(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a column can be widened without guessing: integers to integers, text to text, nothing else."""
    if pa.types.is_null(given):
        return True
    if pa.types.is_integer(wanted):
        return bool(pa.types.is_integer(given))
    if pa.types.is_string(wanted):
        return bool(pa.types.is_string(given) or pa.types.is_large_string(given))
    if pa.types.is_list(wanted):
        return bool(pa.types.is_list(given) or pa.types.is_large_list(given)) and _same_sort(
            given.value_type, wanted.value_type
        )
    return bool(given == wanted)


def _check_kinds(table: pa.Table, where: str, name_row: Callable[[int], str]) -> None:
    known = pc.is_in(table["kind"], value_set=pa.array([str(kind) for kind in EventKind]))
    index = _first_false(known)
    if index is not None:
        kind = table["kind"][index].as_py()
        raise EventError(f"{where}: {name_row(index)}, field kind: is {kind!r}; use one of {', '.join(EventKind)}")


def _check_unique(table: pa.Table, where: str) -> None:
    counts = pc.value_counts(table["event_id"].combine_chunks())
    if len(counts) == len(table):
        return
    repeated = pc.greater(counts.field("counts"), 1)
    event_id = counts.field("values").filter(repeated)[0].as_py()
    rows = pc.indices_nonzero(pc.equal(table["event_id"], event_id)).to_pylist()[:2]
    raise EventError(
        f"{where}: rows {rows[0] + 1} and {rows[1] + 1}, field event_id: both are {event_id!r}; "
        "give each event its own id"
    )


def _complain_column(
    column: pa.ChunkedArray, spec: FieldSpec, kind: EventKind, required: bool, allowed: bool
) -> tuple[int, str] | None:
    """The first row of a kind's column that is wrong, and what is wrong with it; None if nothing is."""
    present = pc.is_valid(column)
    if not allowed:
        index = _first_false(pc.invert(present))
        return None if index is None else (index, f"{kind} has no such field; leave it empty")
    if required:
        index = _first_false(present)
        if index is not None:
            return index, f"missing, and {kind} needs it"
    if spec.type is FieldType.FLAG:
        return None  # the column's type leaves nothing to check
    index = _first_false(pc.fill_null(_holds(column, spec), True))
    if index is None:
        return None
    value = column[index].as_py()
    return index, complain(spec, tuple(value) if isinstance(value, list) else value) or "is wrong"


def _holds(column: pa.ChunkedArray, spec: FieldSpec) -> pa.ChunkedArray:
    match spec.type:
        case FieldType.ID:
            length = pc.utf8_length(column)
            sized = pc.and_(pc.greater_equal(length, 1), pc.less_equal(length, LONGEST_ID))
            return pc.and_(sized, pc.utf8_is_printable(column))
        case FieldType.TIME:
            return pc.and_(pc.greater_equal(column, EARLIEST_MS), pc.less(column, LATEST_MS))
        case FieldType.MONEY | FieldType.COUNT:
            return pc.and_(pc.greater_equal(column, 0), pc.less_equal(column, LARGEST_AMOUNT))
        case FieldType.RATING:
            return pc.and_(pc.greater_equal(column, WORST_RATING), pc.less_equal(column, BEST_RATING))
        case FieldType.CATEGORY:
            return pc.or_(pc.is_null(column), pc.is_in(column, value_set=pa.array(spec.values)))
        case FieldType.HASHES:
            return _holds_hashes(column)
        case _:
            sized = pc.less_equal(pc.utf8_length(column), LONGEST_TEXT)
            return pc.and_(sized, pc.invert(pc.match_substring(column, "\0")))


def _holds_hashes(column: pa.ChunkedArray) -> pa.Array:
    lists = column.combine_chunks()
    values = pc.list_flatten(lists)
    parents = np.asarray(pc.list_parent_indices(lists))
    wrong = ~np.asarray(pc.fill_null(pc.match_substring_regex(values, f"^{HASH_PATTERN.pattern}$"), False))
    words = np.asarray(values.dictionary_encode().indices.fill_null(0))
    order = np.lexsort((words, parents))
    repeats = (np.diff(parents[order]) == 0) & (np.diff(words[order]) == 0)
    bad = np.concatenate([parents[wrong], parents[order][1:][repeats]])
    holds = np.asarray(pc.fill_null(pc.less_equal(pc.list_value_length(lists), MOST_PICTURES), True)).copy()
    holds[bad] = False
    return pa.array(holds)


def _first_false(mask: pa.ChunkedArray) -> int | None:
    wrong = np.flatnonzero(~np.asarray(mask))
    return int(wrong[0]) if len(wrong) else None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
