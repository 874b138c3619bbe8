"""Many rows into a table at once, by the quickest way that each database has.

SQLite takes tuples, PostgreSQL a COPY in its text format. Both skip SQLAlchemy's look at every value, so values must
have their column's own type already: str, int, float, bool, bytes or None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from features.store.driver import execute_many

WRITE_ROWS: Final = 20_000
FEW_ROWS: Final = 500

_ARROW_TYPES: Final[tuple[tuple[type[Any], pa.DataType], ...]] = (
    (sa.Boolean, pa.bool_()),
    (sa.Double, pa.float64()),
    (sa.Integer, pa.int64()),  # BigInteger is one
    (sa.LargeBinary, pa.large_binary()),
    (sa.Text, pa.string()),
)
_ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # the backslash first
_ESCAPED: Final = str.maketrans(_ESCAPES)


def write_rows(
    connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]], names: Sequence[str] | None = None
) -> None:
    """Insert new rows, each a tuple with a value for every column, or for those that are named, in that order.

    Raises:
        sqlalchemy.exc.IntegrityError: if a row's key is there already.
    """
    names = table.c.keys() if names is None else names
    if connection.dialect.name == "sqlite":
        _execute_many(connection, table, names, rows)
        return
    if 0 < len(rows) <= FEW_ROWS:
        _copy(connection, table, names, copy_lines(rows))
        return
    for start in range(0, len(rows), WRITE_ROWS):
        values = zip(*rows[start : start + WRITE_ROWS], strict=True)
        columns = [pa.array(column, _arrow_type(table.c[name])) for name, column in zip(names, values, strict=True)]
        _copy(connection, table, names, copy_text(columns))


def write_table(connection: sa.Connection, table: sa.Table, rows: pa.Table) -> Iterator[int]:
    """Insert new rows from Arrow columns that are named and typed as the table's; yield how many are done.

    Columns of the table that `rows` lacks take their default.
    """
    names = rows.column_names
    for start in range(0, len(rows), WRITE_ROWS):
        part = rows.slice(start, WRITE_ROWS)
        if connection.dialect.name == "sqlite":
            _execute_many(connection, table, names, list(zip(*(part[name].to_pylist() for name in names), strict=True)))
        else:
            _copy(connection, table, names, copy_text([part[name].combine_chunks() for name in names]))
        yield start + len(part)


def copy_lines(rows: Sequence[tuple[Any, ...]]) -> bytes:
    r"""The same as `copy_text` gives, from tuples: quicker for a few rows.

    >>> copy_lines([("a\tb", 1), (None, 2)])
    b'a\\tb\t1\n\\N\t2\n'
    """
    return "".join("\t".join(map(_value_text, row)) + "\n" for row in rows).encode()


def _value_text(value: str | float | bytes | None) -> str:
    match value:
        case None:
            return "\\N"
        case bool():
            return "true" if value else "false"
        case bytes():
            return "\\\\x" + value.hex()
        case str():
            return value.translate(_ESCAPED)
        case _:
            return str(value)


def copy_text(columns: Sequence[pa.Array]) -> bytes:
    r"""Columns as PostgreSQL's COPY wants them: rows of escaped values with tabs between, \N where nothing is.

    >>> copy_text([pa.array(["a\tb", None]), pa.array([1, 2])])
    b'a\\tb\t1\n\\N\t2\n'
    """
    if len(columns[0]) == 0:
        return b""
    texts = [_as_text(column) for column in columns]
    lines = pc.binary_join_element_wise(
        *texts, pa.scalar("\t", pa.large_string()), null_handling="replace", null_replacement="\\N"
    )
    ended = pc.binary_join_element_wise(lines, pa.scalar("", lines.type), pa.scalar("\n", lines.type))
    # the values of an Arrow array of text lie behind one another: its buffer is the file
    _, offsets, data = ended.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)
    return bytes(data[ends[ended.offset] : ends[ended.offset + len(ended)]])


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_large_binary(column.type):
        return _as_hex(column)
    if not pa.types.is_string(column.type):
        return column.cast(pa.large_string())
    text = column.cast(pa.large_string())
    for plain, escaped in _ESCAPES.items():
        text = pc.replace_substring(text, plain, escaped)
    return text


def _as_hex(column: pa.Array) -> pa.Array:
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    data = column.buffers()[2]
    digits = b"" if data is None else bytes(data[offsets[0] : offsets[-1]]).hex().encode()
    places = pa.py_buffer((offsets - offsets[0]) * 2)
    text = pa.Array.from_buffers(pa.large_string(), len(column), [None, places, pa.py_buffer(digits)])
    begin, between = (pa.scalar(word, text.type) for word in ("\\\\x", ""))
    return pc.if_else(pc.is_valid(column), pc.binary_join_element_wise(begin, text, between), None)


def _arrow_type(column: sa.Column[Any]) -> pa.DataType:
    return next(arrow for sort, arrow in _ARROW_TYPES if isinstance(column.type, sort))


def _execute_many(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    if rows:
        execute_many(connection, _insert(table.name, tuple(names)), rows)


@cache
def _insert(table: str, names: tuple[str, ...]) -> str:
    # not compiled by SQLAlchemy: that would take longer than a service's few rows do
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - own names


def _copy(connection: sa.Connection, table: sa.Table, names: Sequence[str], data: bytes) -> None:
    driver: Any = connection.dialect.loaded_dbapi
    cursor: Any = connection.connection.cursor()  # SQLAlchemy has no word for COPY, pg8000 has `stream`
    try:
        cursor.execute(f"COPY {table.name} ({', '.join(names)}) FROM STDIN", stream=[data])
    except driver.Error as error:
        raise sa.exc.DBAPIError.instance("COPY", None, error, driver.Error, dialect=connection.dialect) from error
    finally:
        cursor.close()
