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
        raise sa.exc.DBAPIError.instance(
            statement, parameters, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()
