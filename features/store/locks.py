"""Who may write next: locks on entities, and the least moment that an entity's next event may have.

SQLite has one writer at a time, so there a lock is held already. PostgreSQL locks rows of `entity_floor`, in one order
in every process, so that two that want the same entities wait for each other and never both forever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from features.store.driver import execute_many
from features.store.schema import ENTITY_FLOOR

_TABLES_KEY: Final = 0x636C6561  # of the advisory lock under which tables are made

_FLOORS_SQLITE: Final = sa.text(
    "SELECT entity, floor_ms FROM entity_floor WHERE entity IN (SELECT value FROM json_each(:keys))"
)
# sorted both times, whatever the locale, as the column is compared byte by byte
_ADD_MISSING: Final = sa.text(
    "INSERT INTO entity_floor (entity, floor_ms) "
    'SELECT key, 0 FROM unnest(CAST(:keys AS text[])) AS given(key) ORDER BY key COLLATE "C" '
    "ON CONFLICT (entity) DO NOTHING"
)
_FLOORS_POSTGRESQL: Final = sa.text(
    "SELECT entity, floor_ms FROM entity_floor WHERE entity = ANY(CAST(:keys AS text[]))"
)
_LOCK: Final = sa.text(
    "SELECT entity, floor_ms FROM entity_floor WHERE entity = ANY(CAST(:keys AS text[])) ORDER BY entity FOR UPDATE"
)
_RAISE_SQLITE: Final = (
    "INSERT INTO entity_floor (entity, floor_ms) VALUES (?, ?) "
    "ON CONFLICT (entity) DO UPDATE SET floor_ms = excluded.floor_ms WHERE entity_floor.floor_ms < excluded.floor_ms"
)
_RAISE_POSTGRESQL: Final = sa.text(
    "INSERT INTO entity_floor (entity, floor_ms) "
    'SELECT key, :floor_ms FROM unnest(CAST(:keys AS text[])) AS given(key) ORDER BY key COLLATE "C" '
    "ON CONFLICT (entity) DO UPDATE SET floor_ms = excluded.floor_ms WHERE entity_floor.floor_ms < excluded.floor_ms"
)


def lock_entities(connection: sa.Connection, keys: Iterable[str]) -> dict[str, int]:
    """Lock entities until the transaction ends; return the floor of each in milliseconds, 0 where there is none."""
    ordered = sorted(set(keys))
    if not ordered:
        return {}
    if connection.dialect.name == "sqlite":
        return dict.fromkeys(ordered, 0) | find_floors(connection, ordered)
    connection.execute(_ADD_MISSING, {"keys": ordered})
    return {row.entity: row.floor_ms for row in connection.execute(_LOCK, {"keys": ordered})}


def find_floors(connection: sa.Connection, keys: Iterable[str]) -> dict[str, int]:
    """The floors (ms) of those entities that have one, without a lock."""
    wanted = list(keys)
    if connection.dialect.name == "sqlite":
        found = connection.execute(_FLOORS_SQLITE, {"keys": json.dumps(wanted)})
    else:
        found = connection.execute(_FLOORS_POSTGRESQL, {"keys": wanted})
    return {row.entity: row.floor_ms for row in found}


def raise_entity_floors(connection: sa.Connection, keys: Iterable[str], floor_ms: int) -> None:
    """From now on no event of these entities may be known before `floor_ms`. A floor never sinks."""
    ordered = sorted(set(keys))
    if not ordered:
        return
    if connection.dialect.name == "sqlite":
        execute_many(connection, _RAISE_SQLITE, [(key, floor_ms) for key in ordered])
    else:
        connection.execute(_RAISE_POSTGRESQL, {"keys": ordered, "floor_ms": floor_ms})


def lock_all_entities(connection: sa.Connection) -> None:
    """Wait for all who hold an entity, and let nobody lock one until the transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text(f"LOCK TABLE {ENTITY_FLOOR.name} IN EXCLUSIVE MODE"))


def lock_tables_to_make(connection: sa.Connection) -> None:
    """Let nobody else make or change tables until the transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TABLES_KEY)))
