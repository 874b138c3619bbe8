"""The answer to a query as a source, in chunks as the database hands them over. The connection can only read.

SQLite and PostgreSQL, by the URLs that stores have (`features.store.address`). No message shows a password.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy as sa

from features.store.address import how_to_connect, parse_url, shown
from features.store.errors import StoreError
from training.load.errors import LoadError, first_line
from training.load.reading.source import CHUNK_ROWS, Chunk, Mark

_READS: Final = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|values|table)\b", re.IGNORECASE | re.DOTALL)
_CURSOR: Final = "clearclaim_load"


@dataclass(frozen=True, slots=True)
class Query:
    """A query on a database.

    With a `key` (a unique column of the answer, never empty), rows come in its order and reading can go on after a
    mark; without one a stopped reading has to begin again, since a database promises no order.
    """

    url: str
    query: str
    key: str | None = None
    name: str = "query"

    @property
    def files(self) -> tuple[str, ...]:
        """The query's name and the database's URL without its password."""
        return (f"{self.name} on {shown(self.url)}",)

    @property
    def resumable(self) -> bool:
        """Whether there is a key."""
        return self.key is not None

    def size(self) -> int:
        """Nobody knows: counting can take as long as reading."""
        return 0

    def columns(self) -> list[str]:
        """The columns of the answer.

        Raises:
            LoadError: if the query doesn't read, or the database refuses it.
        """
        with self._connected() as connection:
            statement = f"SELECT * FROM ({self._reading()}\n) AS q LIMIT 0"  # noqa: S608 - the user's own query
            answer = connection.exec_driver_sql(statement)
            return [str(name) for name in answer.keys()]  # noqa: SIM118 - a result is no dictionary

    def fingerprint(self) -> list[list[str | int]]:
        """URL, query and key."""
        return [[shown(self.url), self.query, self.key or ""]]

    def chunks(self, names: Sequence[str], mark: Mark | None = None) -> Iterator[Chunk]:
        """The answer's rows after a mark."""
        row, last = (int(mark["row"]), mark["key"] if self.key else None) if mark else (0, None)
        columns = list(dict.fromkeys([*names, *([self.key] if self.key else [])]))
        with self._connected() as connection:
            statement = self._statement(connection.dialect, columns, mark)
            fetch = _fetcher(connection, statement)
            while rows := fetch(CHUNK_ROWS):
                cells = list(zip(*rows, strict=True))
                table = pa.table({name: _array(list(cells[i])) for i, name in enumerate(columns)})
                position: Mark = {"row": row + len(rows)}
                if self.key is not None:
                    last = self._last_key(cells[columns.index(self.key)], last)
                    position["key"] = last
                yield Chunk(table.select(list(names)), 0, row, position, row + len(rows))
                row += len(rows)

    def _reading(self) -> str:
        """The query without a semicolon at its end, refused unless it begins as one that reads.

        It goes into parentheses, so that a second statement behind it is an error of syntax.
        """
        if not _READS.match(self.query):
            raise LoadError(f"{self.name}: {self.query.strip()[:40]!r} doesn't select; give a query that begins so")
        return self.query.strip().rstrip(";")

    def _statement(self, dialect: sa.Dialect, columns: Sequence[str], mark: Mark | None) -> str:
        quoted = {name: dialect.identifier_preparer.quote_identifier(name) for name in columns}
        statement = f"SELECT {', '.join(quoted.values())} FROM ({self._reading()}\n) AS q"  # noqa: S608 - the user's own
        if self.key is None:
            return statement
        if mark:
            statement += f" WHERE {quoted[self.key]} > {_literal(mark['key'], dialect)}"
        return f"{statement} ORDER BY {quoted[self.key]}"

    def _last_key(self, keys: Sequence[object], before: int | str | None) -> int | str:
        """The last of some keys that come in order; refused if one is empty, or the same as its neighbour."""
        for former, key in zip((before, *keys), keys, strict=False):
            if isinstance(key, bool) or not isinstance(key, int | str):
                raise LoadError(f"{self.files[0]}: key {self.key!r} is {key!r:.40}; name a column of numbers or text")
            if key == former:
                raise LoadError(f"{self.files[0]}: key {self.key!r} is {key!r:.40} in two rows; name a unique column")
            before = key
        assert before is not None  # noqa: S101 - a chunk has rows
        return before

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        try:
            engine = _read_only_engine(self.url)
            try:
                with engine.connect() as connection:
                    yield connection
            finally:
                engine.dispose()
        except StoreError as error:
            raise LoadError(str(error).removeprefix("store ")) from error
        except sa.exc.SQLAlchemyError as error:
            raise LoadError(f"{self.files[0]}: {_reason(error)}; correct the query or the URL") from error


def _read_only_engine(url: str) -> sa.Engine:
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        if not path.is_file():
            raise LoadError(f"{shown(url)}: no such file; check the URL")
        location = f"file:{quote(str(path.resolve()))}?mode=ro"
        return sa.create_engine(
            "sqlite+pysqlite://",
            creator=lambda: _sqlite(location),
            poolclass=sa.NullPool,
        )
    try:
        engine = sa.create_engine(parsed, poolclass=sa.NullPool, connect_args=how_to_connect(parsed))
    except ModuleNotFoundError as error:
        raise LoadError(
            f"the package {error.name} is missing; install it with pip install 'clearclaim[postgres]'"
        ) from error
    sa.event.listen(engine, "begin", _begin_read_only)
    return engine


def _sqlite(location: str) -> Any:  # noqa: ANN401 - a DBAPI connection has no type
    import sqlite3  # noqa: PLC0415 - only where the database is one

    return sqlite3.connect(location, uri=True)


def _begin_read_only(connection: sa.Connection) -> None:
    connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _fetcher(connection: sa.Connection, statement: str) -> Callable[[int], list[Any]]:
    """A function that gives the next so many rows."""
    if connection.dialect.name != "postgresql":
        answer = connection.exec_driver_sql(statement)
        return lambda rows: [tuple(row) for row in answer.fetchmany(rows)]
    # the driver would take in the whole answer at once; a cursor of the server's hands it over by pieces
    connection.exec_driver_sql(f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {statement}")
    return lambda rows: [tuple(row) for row in connection.exec_driver_sql(f"FETCH {rows} FROM {_CURSOR}")]


def _literal(value: int | str, dialect: sa.Dialect) -> str:
    return str(sa.literal(value).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _array(cells: list[Any]) -> pa.Array:
    """Cells as an Arrow array of the type that they have; text where they have several, or one that Arrow hasn't."""
    try:
        return pa.array(cells)
    except (pa.ArrowException, TypeError, OverflowError):
        return pa.array([None if cell is None else _written(cell) for cell in cells], type=pa.string())


def _written(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict | list) else str(cell)


def _reason(error: sa.exc.SQLAlchemyError) -> str:
    original: BaseException | None = getattr(error, "orig", None) or error
    while original is not None:
        if original.args and isinstance(original.args[0], dict) and "M" in original.args[0]:
            return str(original.args[0]["M"])  # how pg8000 hands on what the server said
        original = original.__cause__ or original.__context__
    return first_line(getattr(error, "orig", None) or error)
