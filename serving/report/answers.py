"""One word out of stored JSON, taken out by the database: an answer has some kilobytes."""

from __future__ import annotations

import sqlalchemy as sa

from serving.ledger import DECISION
from serving.ledger_rulings import RULING


def in_answer(connection: sa.Connection, *names: str) -> sa.ColumnElement[str]:
    """What a decision's answer holds under these names, one inside the other; null where nothing stands there."""
    return _inside(connection, DECISION.c.answer, names)


def in_told(connection: sa.Connection, *names: str) -> sa.ColumnElement[str]:
    """The same of what the platform was told of a ruling."""
    return _inside(connection, RULING.c.told, names)


def _inside(connection: sa.Connection, column: sa.Column[str], names: tuple[str, ...]) -> sa.ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return sa.func.json_extract(column, "$." + ".".join(names))
    return sa.func.json_extract_path_text(sa.cast(column, sa.JSON), *names)
