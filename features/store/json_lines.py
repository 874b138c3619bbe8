"""Events as NDJSON: one JSON object a line, fields that have no value left out."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa

from features.event_file import EVENT_SCHEMA, check_events
from features.events import EVENT_FIELDS, EventError, complain
from features.progress import Progress

READ_LINES: Final = 50_000
LONGEST_LINE: Final = 1_000_000  # bytes; the longest event has some 30,000

_Line = tuple[int, dict[str, Any]]


def read_json_lines(path: Path, progress: Progress | None = None) -> Iterator[pa.Table]:
    """The events of an NDJSON file, checked, in parts. Empty lines are left out.

    Raises:
        EventError: naming the first line and field that is wrong and what to do.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as raw, _unzipped(path, raw) as file:
            for lines in _batches(_lines(file, str(path))):
                yield _table(lines, str(path))
                if progress is not None:
                    progress(raw.tell(), size, "checking")
    except (OSError, EOFError, zlib.error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EventError(f"{path}: can't be read ({reason})") from error


def write_json_lines(table: pa.Table, file: IO[bytes] | gzip.GzipFile) -> None:
    """Write events, a line each."""
    for row in table.to_pylist():
        present = {name: value for name, value in row.items() if value is not None}
        file.write(json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def _unzipped(path: Path, raw: IO[bytes]) -> IO[bytes] | gzip.GzipFile:
    return gzip.open(raw) if path.name.lower().endswith(".gz") else raw


def _lines(file: IO[bytes] | gzip.GzipFile, where: str) -> Iterator[_Line]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise EventError(f"{where}: line {number}: longer than any event; write one event a line")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, _parse(line, f"{where}: line {number}")


def _parse(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise EventError(f"{where}: not JSON ({error}); write one event a line") from error
    if not isinstance(row, dict):
        raise EventError(f"{where}: not an object; write one event a line")
    for name in row:
        if name not in EVENT_FIELDS:
            raise EventError(f"{where}: {name!r:.60} is not a field of an event; remove or rename it")
    return row


def _batches(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    batch: list[_Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == READ_LINES:
            yield batch
            batch = []
    if batch:
        yield batch


def _table(lines: list[_Line], where: str) -> pa.Table:
    columns = []
    for field in EVENT_SCHEMA:
        values = [row.get(field.name) for _, row in lines]
        try:
            column = pa.array(values)  # the type is found out, not asked for: Arrow would take true for a number
            if not pa.types.is_null(column.type) and not _fits(column.type, field.type):
                _refuse(lines, field.name, where)
            columns.append(column.cast(field.type))
        except (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError):
            _refuse(lines, field.name, where)
    numbers = [number for number, _ in lines]
    table = pa.table(columns, schema=EVENT_SCHEMA)
    return check_events(table, where, name_row=lambda index: f"line {numbers[index]}", unique=False)


def _fits(given: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_list(given) and pa.types.is_list(wanted):
        return pa.types.is_null(given.value_type) or _fits(given.value_type, wanted.value_type)
    return bool(given == wanted)


def _refuse(lines: list[_Line], name: str, where: str) -> None:
    spec = EVENT_FIELDS[name]
    for number, row in lines:
        value = row.get(name)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            value = tuple(value)
        if value is not None and (complaint := complain(spec, value)):
            raise EventError(f"{where}: line {number}, field {name}: {complaint}")
    raise EventError(f"{where}: lines {lines[0][0]} to {lines[-1][0]}, field {name}: values of several types")
