"""Opening a store, and its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from features.plan import Plan
from features.store.schema import METADATA, STORE_INFO

BUSY_TIMEOUT_MS = 5_000


class StoreError(RuntimeError):
    """A store that can't be used as it is: the message says why and what to do."""


class Store:
    """Events and history in one database, for one plan.

    Other packages may add their tables through `create`, so that what belongs together commits together.
    """

    def __init__(self, engine: sa.Engine, plan: Plan) -> None:
        self.engine = engine
        self.plan = plan

    @classmethod
    def open(cls, url: str, plan: Plan, *, existing: bool = False) -> Store:
        """Open the store at a SQLAlchemy URL, making its tables if they are not there yet.

        Args:
            url: such as sqlite:///clearclaim.db.
            plan: the compiled catalogue.
            existing: whether the store must be there already, as for one that is only read.

        Raises:
            StoreError: if the database can't be opened, or isn't there though it must be.
        """
        try:
            dialect = sa.make_url(url).get_backend_name()
            if dialect != "sqlite":  # asked of the URL: an engine would first look for that database's driver
                raise StoreError(f"{dialect}: only SQLite stores so far; use sqlite:///FILE")
            if existing:
                _refuse_missing(url)
            engine = sa.create_engine(url)
            sa.event.listen(engine, "connect", _set_pragmas)
            sa.event.listen(engine, "begin", _begin)
            store = cls(engine, plan)
            store.create(METADATA)
            store._mark_if_new()
        except sa.exc.SQLAlchemyError as error:
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            raise StoreError(f"store {url}: can't be opened ({reason}); check the URL and the folder") from error
        return store

    def create(self, metadata: sa.MetaData) -> None:
        """Make the tables that are not there yet."""
        with self.writing() as connection:
            metadata.create_all(connection)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that holds the write lock from its start: what it reads can't change before it commits."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that reads one state of the store and blocks nobody."""
        with self.engine.connect() as connection, connection.execution_options(read_only=True).begin():
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def set_layout(self, connection: sa.Connection) -> None:
        """Record that the history now has this plan's layout."""
        connection.execute(sa.delete(STORE_INFO).where(STORE_INFO.c.name == "layout_hash"))
        connection.execute(sa.insert(STORE_INFO).values(name="layout_hash", value=self.plan.layout_hash))

    def has_layout(self, connection: sa.Connection) -> bool:
        """Whether the history was written for this plan's layout."""
        found = connection.scalar(sa.select(STORE_INFO.c.value).where(STORE_INFO.c.name == "layout_hash"))
        return bool(found == self.plan.layout_hash)

    def _mark_if_new(self) -> None:
        with self.writing() as connection:
            if connection.scalar(sa.select(sa.func.count()).select_from(STORE_INFO)) == 0:
                self.set_layout(connection)

    def refuse_other_layout(self) -> None:
        """Refuse to go on with a history of another layout.

        Raises:
            StoreError: if the catalogue has changed since the history was written.
        """
        with self.reading() as connection:
            if not self.has_layout(connection):
                raise StoreError(
                    f"store {self.engine.url}: its history was written for another catalogue of features; "
                    "run 'clearclaim history rebuild'"
                )


def _refuse_missing(url: str) -> None:
    # SQLite would make an empty file for a mistyped name, and the mistake would show much later
    path = sa.make_url(url).database
    if path is None or not Path(path).is_file():
        raise StoreError(f"store {url}: no such file; check the URL, or make it with 'clearclaim events import'")


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no type
    connection.isolation_level = None  # transactions begin where we say, in _begin
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _begin(connection: sa.Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
