"""Opening a store, and its transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from features.plan import Plan
from features.store.address import (
    BUSY_TIMEOUT_MS,
    cannot_open,
    make_engine,
    parse_url,
    refuse_missing_file,
    shown,
)
from features.store.errors import StoreError
from features.store.lacking import lacking_indexes, lacks_tables
from features.store.locks import (
    find_floors,
    lock_all_entities,
    lock_entities,
    lock_tables_to_make,
    raise_entity_floors,
)
from features.store.schema import METADATA, OLDER_REVISIONS, REVISION, STORE_INFO, VERSION
from features.store.turns import Turns

__all__ = ["Store", "StoreError", "find_revision"]


class Store:
    """Events and history in one database, for one plan.

    Other packages may add their tables through `create`, so that what belongs together commits together.
    """

    def __init__(self, engine: sa.Engine, plan: Plan) -> None:
        self.engine = engine
        self.plan = plan
        self._turns = None if self.file is None else Turns(self.file)

    @classmethod
    def open(cls, url: str, plan: Plan, *, existing: bool = False, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Store:
        """Open the store at a URL, making its tables if they are not there yet. Many processes may do so at once.

        Args:
            url: such as sqlite:///clearclaim.db or postgresql://ann:secret@localhost/clearclaim.
            plan: the compiled catalogue.
            existing: whether the store must be there already, as for one that is only read.
            busy_timeout_ms: how long a transaction waits for another one's locks before it fails.

        Raises:
            StoreError: if the database can't be opened, isn't there though it must be, or is of another revision.
        """
        address = parse_url(url)
        if existing:
            refuse_missing_file(address)
        store = cls(make_engine(address, busy_timeout_ms), plan)
        try:
            store._prepare(existing=existing)
        except sa.exc.SQLAlchemyError as error:
            store.close()
            raise cannot_open(address, error) from error
        except StoreError:
            store.close()
            raise
        return store

    @property
    def name(self) -> str:
        """The store's URL without a password, for messages."""
        return shown(self.engine.url)

    @property
    def file(self) -> Path | None:
        """Where an SQLite store lies; None for another database, or one that is in memory only."""
        url = self.engine.url
        if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
            return None
        return Path(str(url.database))

    @property
    def locks_rows(self) -> bool:
        """Whether several may write at once, each to entities that it has locked."""
        return self.engine.dialect.name != "sqlite"

    @property
    def is_open(self) -> bool:
        """Whether it can be asked; only one that is opened late (`serving.late_store`) can't from the start."""
        return True

    def once_open(self, step: Callable[[], object]) -> None:
        """Do what needs the store: now, or in a store that is opened late, as soon as it is open."""
        step()

    def create(self, metadata: sa.MetaData) -> None:
        """Make the tables that are not there yet, and the indexes that tables of an older version lack."""
        with self.reading() as connection:
            if not lacks_tables(connection, metadata) and not lacking_indexes(connection, metadata):
                return
        with self.writing() as connection:
            lock_tables_to_make(connection)
            metadata.create_all(connection)
            for index in lacking_indexes(connection, metadata):  # if nobody else was quicker
                index.create(connection)

    @contextmanager
    def writing(self, *, long: bool = False) -> Iterator[sa.Connection]:
        """A transaction that writes. One that takes seconds says so: then those who wait have other things to do.

        SQLite: it holds the write lock from its start, and what it reads can't change before it commits. PostgreSQL:
        each statement reads what is committed by then (READ COMMITTED), and `lock` says what can't change.
        """
        if self._turns is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with ExitStack() as turn:
            turn.enter_context(self._turns.taken())
            with self.engine.begin() as connection:
                if long:  # who comes now runs into SQLite's own lock, which doesn't wait for ever
                    turn.close()
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that reads one state of the store and blocks nobody."""
        with self.engine.connect() as connection, connection.execution_options(read_only=True).begin():
            yield connection

    def lock(self, connection: sa.Connection, keys: Iterable[str]) -> dict[str, int]:
        """Lock entities until the transaction ends, and return the least moment (ms) of each one's next event.

        Lock all that a transaction needs in one call: a second call might wait for somebody who waits for the first.
        An entity that was never asked about has 0.
        """
        return lock_entities(connection, keys)

    def lock_all(self, connection: sa.Connection) -> None:
        """Lock every entity there is or will be, as for a rebuild."""
        lock_all_entities(connection)

    def floors(self, connection: sa.Connection, keys: Iterable[str]) -> dict[str, int]:
        """The least moments (ms) of the next events of those entities that were ever asked about; locks nothing."""
        return find_floors(connection, keys)

    def raise_floors(self, connection: sa.Connection, keys: Iterable[str], floor_ms: int) -> None:
        """Promise that no later event of these entities will be known before `floor_ms`. A floor never sinks."""
        raise_entity_floors(connection, keys, floor_ms)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        if self._turns is not None:
            self._turns.close()

    def set_info(self, connection: sa.Connection, name: str, value: str) -> None:
        """Write down a fact about the store, in the place of what was written under this name."""
        connection.execute(sa.delete(STORE_INFO).where(STORE_INFO.c.name == name))
        connection.execute(sa.insert(STORE_INFO).values(name=name, value=value))

    def info(self, connection: sa.Connection, name: str) -> str | None:
        """A fact about the store that was written down, or None."""
        return connection.scalar(sa.select(STORE_INFO.c.value).where(STORE_INFO.c.name == name))

    def set_layout(self, connection: sa.Connection) -> None:
        """Record that the history now has this plan's layout."""
        self.set_info(connection, "layout_hash", self.plan.layout_hash)

    def has_layout(self, connection: sa.Connection) -> bool:
        """Whether the history was written for this plan's layout."""
        return self.info(connection, "layout_hash") == self.plan.layout_hash

    def refuse_other_layout(self) -> None:
        """Refuse to go on with a history of another layout.

        Raises:
            StoreError: if the catalogue has changed since the history was written.
        """
        with self.reading() as connection:
            if not self.has_layout(connection):
                raise StoreError(
                    f"store {self.name}: its history was written for another catalogue of features; "
                    "run 'clearclaim history rebuild'"
                )

    def _prepare(self, *, existing: bool) -> None:
        with self.reading() as connection:
            revision = find_revision(connection)
        if revision is None:
            if existing:
                raise StoreError(
                    f"store {self.name}: holds no store yet; check the URL, or make it with 'clearclaim events import'"
                )
            revision = self._make()
        if revision in OLDER_REVISIONS:
            raise StoreError(
                f"store {self.name}: made by an older clearclaim (revision {revision}, now {REVISION}); "
                f"run 'clearclaim store upgrade --store {self.name}'"
            )
        if revision != REVISION:
            raise StoreError(
                f"store {self.name}: made by a newer clearclaim (revision {revision}, here {REVISION}); "
                "update clearclaim"
            )

    def _make(self) -> str | None:
        with self.writing() as connection:
            lock_tables_to_make(connection)
            if find_revision(connection) is None:  # nobody else was quicker
                METADATA.create_all(connection)
                VERSION.create(connection)
                connection.execute(sa.insert(VERSION).values(version_num=REVISION))
                self.set_layout(connection)
            return find_revision(connection)


def find_revision(connection: sa.Connection) -> str | None:
    """Of which revision the tables of a store are, or None where there are none yet."""
    tables = set(sa.inspect(connection).get_table_names())
    if VERSION.name in tables:
        return connection.scalar(sa.select(VERSION.c.version_num))
    # the first stores were made before there were revisions
    return OLDER_REVISIONS[0] if STORE_INFO.name in tables else None
