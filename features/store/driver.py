"""Statements that go to the database's driver as they are: for the few that are asked for every claim.

SQLAlchemy's own handling of a statement with dozens of parameters takes longer than SQLite takes to answer it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def fetch(connection: sa.Connection, statement: str, parameters: Sequence[Any]) -> list[Any]:
    """Run a statement in the driver's own parameter style, inside the connection's transaction; return all rows.

    Raises:
        sqlalchemy.exc.DBAPIError: as SQLAlchemy would, if the database refuses.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
        return rows if isinstance(rows, list) else list(rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _refusal(connection, statement, parameters, error) from error
    finally:
        cursor.close()


def execute_many(connection: sa.Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement that returns nothing once for each row of parameters, as `fetch` does.

    Raises:
        sqlalchemy.exc.DBAPIError: as SQLAlchemy would, if the database refuses.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(statement, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _refusal(connection, statement, rows, error) from error
    finally:
        cursor.close()


def _refusal(connection: sa.Connection, statement: str, parameters: Any, error: Exception) -> Exception:  # noqa: ANN401
    driver = connection.dialect.loaded_dbapi.Error
    return sa.exc.DBAPIError.instance(statement, parameters, error, driver, dialect=connection.dialect)
