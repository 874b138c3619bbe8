"""A store's URL, and the database engine behind it. No message shows a password."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from features.store.errors import StoreAwayError, StoreError

BUSY_TIMEOUT_MS: Final = 5_000  # how long a transaction waits for another one's locks, unless told otherwise
# pages written ahead before SQLite stops a writer to bring them in; a service has `Checkpointer` do it before
AUTOMATIC_CHECKPOINT_PAGES: Final = 60_000
POSTGRESQL_PORT: Final = 5_432  # where a URL names none
STATEMENTS_KEPT: Final = 1_024  # per connection; a claim's questions differ in how much they ask at once
CACHE_KIB: Final = 8 * 1024  # of pages that a connection keeps to itself, all forgotten whenever another one writes
MAPPED_BYTES: Final = 1 << 36  # of the file, read where the operating system has it, for all processes once
# classes of PostgreSQL's codes that pass: connections, clashes, resources, locks, an operator's hand (it starts, stops)
PASSING_STATES: Final = ("08", "40", "53", "55", "57")
SCHEMES: Final = {"sqlite": "sqlite", "postgresql": "postgresql+pg8000", "postgresql+pg8000": "postgresql+pg8000"}


def shown(url: str | sa.URL) -> str:
    """The URL without its password, for messages.

    >>> shown("postgresql://ann:secret@localhost/shop")
    'postgresql://ann:***@localhost/shop'
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # who mistypes a URL has no less a password in it
        login, at, rest = str(url).rpartition("@")
        scheme, colon, _ = login.partition("://")
        return (scheme + colon if colon else "") + ("***@" if at else "") + rest
    query = {name: "***" if "password" in name.lower() else value for name, value in parsed.query.items()}
    driver = parsed.drivername.removesuffix("+pg8000")
    return parsed.set(drivername=driver, query=query).render_as_string(hide_password=True)


def parse_url(url: str) -> sa.URL:
    """The URL in SQLAlchemy's form, with the one driver that is used for its database.

    A password that isn't in it comes from PGPASSWORD, as PostgreSQL's own tools have it: who can list a machine's
    processes sees all that is in a command's options.

    Raises:
        StoreError: if it is no URL, or of a database that stores can't live in.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError(
            f"store {shown(url)}: not a URL; write sqlite:///FILE or postgresql://USER@HOST/DATABASE"
        ) from error
    # asked of the URL: an engine would first look for that database's driver
    if parsed.drivername not in SCHEMES:
        raise StoreError(
            f"{parsed.drivername}: stores live in SQLite and PostgreSQL; use sqlite:///FILE or "
            "postgresql://USER@HOST/DATABASE"
        )
    if parsed.get_backend_name() == "postgresql" and parsed.username is None:
        parsed = parsed.set(username=getpass.getuser())  # as PostgreSQL's own tools do
    if parsed.get_backend_name() == "postgresql" and parsed.password is None:
        parsed = parsed.set(password=os.environ.get("PGPASSWORD"))
    return parsed.set(drivername=SCHEMES[parsed.drivername])


def make_engine(url: sa.URL, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> sa.Engine:
    """An engine whose transactions begin as `Store.reading` and `Store.writing` promise. It connects when first used.

    Args:
        url: as `parse_url` gives it.
        busy_timeout_ms: how long a transaction waits for another one's locks.

    Raises:
        StoreError: if the database's driver is not installed.
    """
    try:
        # an error of the database is logged, and its parameters are what people did and wrote
        engine = sa.create_engine(url, connect_args=how_to_connect(url), hide_parameters=True)
    except ModuleNotFoundError as error:
        raise StoreError(
            f"the package {error.name} is missing; install it with pip install 'clearclaim[postgres]'"
        ) from error
    if url.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", partial(_set_pragmas, busy_timeout_ms))
        sa.event.listen(engine, "begin", _begin_sqlite)
    else:
        sa.event.listen(engine, "connect", partial(_set_lock_timeout, busy_timeout_ms))
        sa.event.listen(engine, "begin", _begin_postgresql)
    return engine


def how_to_connect(url: sa.URL) -> dict[str, Any]:
    """What the driver is told beside the URL. PostgreSQL speaks no TLS on a socket of the machine's own, and the driver
    would read the machine's certificates for each connection before it asked: 45 ms of a processor.

    >>> how_to_connect(sa.make_url("postgresql+pg8000://ann@/shop?unix_sock=/run/postgresql/.s.PGSQL.5432"))
    {'ssl_context': False}
    >>> how_to_connect(sa.make_url("postgresql+pg8000://ann@host/shop"))
    {}
    """
    if url.get_backend_name() == "sqlite":
        return {"cached_statements": STATEMENTS_KEPT}
    return {"ssl_context": False} if "unix_sock" in url.query else {}


def refuse_missing_file(url: sa.URL) -> None:
    """Refuse the URL of an SQLite store that isn't there: SQLite would make an empty file for a mistyped name.

    Raises:
        StoreError: if there is no such file.
    """
    if url.get_backend_name() == "sqlite" and (url.database is None or not Path(url.database).is_file()):
        raise StoreError(f"store {shown(url)}: no such file; check the URL, or make it with 'clearclaim events import'")


def cannot_open(url: sa.URL, error: Exception) -> StoreError:
    """What to raise for a database's own complaint: its first line, without the URL's password.

    A `StoreAwayError` where a server doesn't answer, or says that it can't now; not where it refuses who asks, or has
    no such database, nor where its host's name isn't known.
    """
    original = getattr(error, "orig", None) or error
    reason: Any = original.args[0] if original.args else original
    is_server = url.get_backend_name() != "sqlite"
    said = next((cause.args[0] for cause in _causes(original) if _is_of_server(cause)), None)
    system = next((cause for cause in _causes(original) if isinstance(cause, OSError)), None)
    if said is not None:
        reason = said["M"]
    elif system is not None:  # pg8000's own words leave out why
        why = system.strerror or system
        reason = f"server {_place(url)} can't be reached: {why}" if is_server else why
    line = str(reason).splitlines()[0] if str(reason) else type(original).__name__
    kind = StoreAwayError if is_server and _may_pass(original, said) else StoreError
    where = "server" if is_server else "folder"
    return kind(f"store {shown(url)}: can't be opened ({line}); check the URL and the {where}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it came from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _is_of_server(error: BaseException) -> bool:
    """Whether it is how pg8000 hands on what the server said, maybe behind an error in hanging up."""
    return bool(error.args) and isinstance(error.args[0], dict) and "M" in error.args[0]


def _may_pass(error: BaseException, said: dict[str, str] | None) -> bool:
    if said is not None:
        return said.get("C", "").startswith(PASSING_STATES)
    causes = list(_causes(error))
    unknown = [cause for cause in causes if isinstance(cause, socket.gaierror)]
    if unknown:
        return unknown[0].errno == socket.EAI_AGAIN
    # the driver's words for a connection that ended before the server had said anything
    return any(isinstance(cause, OSError) or "network error" in cause.args for cause in causes)


def _place(url: sa.URL) -> str:
    """Where a server is asked for: its socket's file, or its host and port."""
    host = f"[{url.host}]" if url.host and ":" in url.host else url.host
    return str(url.query.get("unix_sock", f"{host}:{url.port or POSTGRESQL_PORT}"))


def _set_pragmas(busy_timeout_ms: int, connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no type
    connection.isolation_level = None  # transactions begin where we say, in _begin_sqlite
    connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {AUTOMATIC_CHECKPOINT_PAGES}")


def _set_lock_timeout(busy_timeout_ms: int, connection: Any, _record: object) -> None:  # noqa: ANN401
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {busy_timeout_ms}")
    cursor.close()
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: sa.Connection) -> None:
    # the driver begins by itself, READ COMMITTED unless told otherwise at once; a database may have another default
    read_only = connection.get_execution_options().get("read_only", False)
    level = "REPEATABLE READ READ ONLY" if read_only else "READ COMMITTED READ WRITE"
    connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {level}")
