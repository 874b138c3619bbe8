"""What a store lacks of some tables: whole tables, or indexes that came after its tables were made."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

# of everything that is indexed, by name; the inspector would ask for each index's columns too
_INDEX_NAMES = {
    "sqlite": sa.text("SELECT name FROM sqlite_master WHERE type = 'index'"),
    "postgresql": sa.text("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"),
}


def lacks_tables(connection: sa.Connection, metadata: sa.MetaData) -> bool:
    """Whether one of the tables isn't there yet."""
    return not set(metadata.tables) <= set(sa.inspect(connection).get_table_names())


def lacking_indexes(connection: sa.Connection, metadata: sa.MetaData) -> list[sa.Index]:
    """The indexes of these tables, as this kind of database has them, that aren't there yet."""
    there = set(connection.scalars(_INDEX_NAMES[connection.dialect.name]))
    return [index for index in _indexes(connection, metadata) if index.name not in there]


def _indexes(connection: sa.Connection, metadata: sa.MetaData) -> list[sa.Index]:
    """All indexes that would be made in an empty database of this kind: some are for one kind only."""
    made: list[sa.Index] = []

    def note(element: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - a statement of SQLAlchemy's, any
        if isinstance(element, sa.schema.CreateIndex):
            made.append(element.element)

    metadata.create_all(sa.create_mock_engine(connection.engine.url, note), checkfirst=False)
    return made
