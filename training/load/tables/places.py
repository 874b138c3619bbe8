"""Where each table of a mapping is, and what messages call a row of it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from training.load.errors import LoadError
from training.load.reading import Source, is_database, open_source
from training.load.reading.source import check_columns
from training.load.tables.mapping import Table, TablesMapping


def open_tables(mapping: TablesMapping, data: str) -> tuple[Source, ...]:
    """The source of each table, all of their columns checked.

    Args:
        mapping: what the tables are.
        data: the folder that files are in, or the URL of the database that is asked.

    Raises:
        LoadError: if a file, a database or a column isn't there.
    """
    return tuple(open_table(mapping, index, data) for index in range(len(mapping.tables)))


def open_table(mapping: TablesMapping, index: int, data: str) -> Source:
    """The source of one table, its columns checked.

    Raises:
        LoadError: as `open_tables`.
    """
    table = mapping.tables[index]
    source = _open(table, data)
    check_columns(source, table.column_keys(index))
    return source


def _open(table: Table, data: str) -> Source:
    if table.query is None:
        if is_database(data):
            raise LoadError(
                f"table {table.called!r} is a file, but --data is a database; give a folder, or the table a 'query'"
            )
        return open_source(str(Path(data) / str(table.file)))
    url = _filled_in(table.database, table.called) if table.database else data
    if not is_database(url):
        raise LoadError(f"table {table.called!r} is a query; give its 'database', or a database's URL as --data")
    return open_source(_beside(url, data), table.query, key=table.key, name=table.called)


def _filled_in(url: str, table: str) -> str:
    """The URL with each ${NAME} taken from the environment: passwords stand in no mapping."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise LoadError(f"table {table!r}: its database needs the environment's {found[1]}; set it")
        return os.environ[found[1]]

    return re.sub(r"\$\{(\w+)\}", value, url)


def _beside(url: str, data: str) -> str:
    """A SQLite file without a leading / lies in the data's folder."""
    if not url.startswith("sqlite:///") or url.startswith("sqlite:////") or is_database(data):
        return url
    parsed = sa.make_url(url)
    return parsed.set(database=str(Path(data) / str(parsed.database))).render_as_string(hide_password=False)


class Places:
    """Names rows of tables for messages."""

    def __init__(self, files: Sequence[tuple[str, ...]]) -> None:
        self._files = files  # of each table

    def name(self, table: int, file: int, row: int) -> str:
        """Such as "orders.csv: row 17"."""
        return f"{self._files[table][file]}: row {row}"
