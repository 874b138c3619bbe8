"""The questions that are asked of the history tables, many at a time, each kind in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from features.store.driver import fetch

ROWS_AT_ONCE: Final = 400
UNIT: Final = "\x1e"  # between ids that come back as one text; no id holds a control character

_BEFORE: Final = (
    "SELECT (SELECT state FROM history WHERE entity = k AND known_at_ms < m ORDER BY known_at_ms DESC LIMIT 1) "
    "FROM asked"
)
_LATEST: Final = (
    "SELECT h.entity, h.known_at_ms, h.state FROM asked JOIN history h ON h.entity = k AND h.known_at_ms = "
    "(SELECT MAX(known_at_ms) FROM history WHERE entity = k)"
)
_NEWEST: Final = (
    "SELECT k, (SELECT floor_ms FROM entity_floor WHERE entity = k), h.known_at_ms, h.state FROM asked "
    "LEFT JOIN history h ON h.entity = k AND h.known_at_ms = (SELECT MAX(known_at_ms) FROM history WHERE entity = k)"
)
_MET: Final = "SELECT entity, other FROM asked JOIN meeting ON entity = k AND other = o"
_OTHERS: Final = (
    "SELECT (SELECT {join}(other, '\x1e') FROM (SELECT other FROM meeting WHERE entity = k AND other > f AND other < t "
    "AND known_at_ms < m LIMIT {limit}) found) FROM asked"
)
_SHARED: Final = (
    "SELECT own.other, (SELECT {join}(other, '\x1e') FROM (SELECT other FROM meeting WHERE entity = own.other "
    "AND other > mf AND other < mt AND known_at_ms < m LIMIT {members}) found) FROM asked "
    "JOIN meeting own ON own.entity = k AND own.other > f AND own.other < t AND own.known_at_ms < m LIMIT {things}"
)
_PICTURES: Final = (
    "SELECT DISTINCT p.hash, p.buyer_id, p.known_at_ms, p.others_at_ms FROM asked "
    "JOIN picture_band b ON b.band = k JOIN picture p ON p.hash = b.hash"
)

_FOUND: Final = "SELECT hash, buyer_id, known_at_ms, others_at_ms FROM asked JOIN picture ON hash = k"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A picture as the store has it: who showed it first, when, and when the first other buyer did."""

    hash: int
    buyer_id: str
    known_at_ms: int
    others_at_ms: int | None


def states_before(connection: sa.Connection, asked: Sequence[str | int]) -> list[bytes | None]:
    """The state of each entity just before a moment; `asked` holds keys and moments in ms in turns."""
    found: list[bytes | None] = []
    for start in range(0, len(asked), 2 * ROWS_AT_ONCE):
        part = asked[start : start + 2 * ROWS_AT_ONCE]
        statement = _statement(connection.dialect.name, _BEFORE, (("k", "text"), ("m", "bigint")), len(part) // 2)
        found += [state for (state,) in fetch(connection, statement, part)]
    return found


def newest(connection: sa.Connection, keys: Iterable[str]) -> dict[str, tuple[int, int, bytes | None]]:
    """Of each key its floor (ms, 0 for none), and the moment (ms, 0 for none) and state of its newest row."""
    rows = _ask(connection, _NEWEST, (("k", "text"),), [(key,) for key in keys])
    return {key: (floor_ms or 0, known_at_ms or 0, state) for key, floor_ms, known_at_ms, state in rows}


def latest_states(connection: sa.Connection, keys: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """The newest row of each entity that has a history: its moment in ms and its state."""
    rows = _ask(connection, _LATEST, (("k", "text"),), [(key,) for key in keys])
    return {entity: (known_at_ms, state) for entity, known_at_ms, state in rows}


def have_met(connection: sa.Connection, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (entity, other) pairs whose first meeting is on record."""
    return {(entity, other) for entity, other in _ask(connection, _MET, (("k", "text"), ("o", "text")), list(pairs))}


def others_before(
    connection: sa.Connection, asked: Sequence[tuple[str, str, str, int]], at_most: int
) -> list[list[str]]:
    """Whom entities had met before a moment; of more than `at_most`, any so many.

    Args:
        connection: a connection.
        asked: (entity's key, lower and upper bound of the others' keys, moment in ms), each.
        at_most: so many of each.
    """
    join = "group_concat" if connection.dialect.name == "sqlite" else "string_agg"
    statement = _OTHERS.format(join=join, limit=int(at_most))
    columns = (("k", "text"), ("f", "text"), ("t", "text"), ("m", "bigint"))
    return [row[0].split(UNIT) if row[0] else [] for row in _ask(connection, statement, columns, asked)]


def shared_before(
    connection: sa.Connection,
    key: str,
    things: Sequence[tuple[str, str]],
    members: tuple[str, str],
    before_ms: int,
    at_most: tuple[int, int],
) -> dict[str, list[str]]:
    """The things that an entity had met before a moment, and who had met each of them.

    Args:
        connection: a connection.
        key: the entity's key.
        things: lower and upper bounds of the things' keys.
        members: the bounds of the keys of those who meet them.
        before_ms: the moment.
        at_most: any so many things, and of each any so many members.
    """
    statement = _shared(connection.dialect.name, len(things), *at_most)
    asked = [value for bounds in things for value in (key, *bounds, *members, before_ms)]
    return {thing: others.split(UNIT) for thing, others in fetch(connection, statement, asked)}


@cache
def _shared(dialect: str, kinds: int, things: int, members: int) -> str:
    join = "group_concat" if dialect == "sqlite" else "string_agg"
    columns = (("k", "text"), ("f", "text"), ("t", "text"), ("mf", "text"), ("mt", "text"), ("m", "bigint"))
    return _statement(dialect, _SHARED.format(join=join, things=things, members=members), columns, kinds)


def pictures_in(connection: sa.Connection, bands: Iterable[int]) -> list[Sighting]:
    """The pictures that are filed under any of these bands."""
    rows = _ask(connection, _PICTURES, (("k", "bigint"),), [(band,) for band in bands])
    return list({row[0]: Sighting(*row) for row in rows}.values())


def find_pictures(connection: sa.Connection, hashes: Iterable[int]) -> dict[int, Sighting]:
    """Those of these pictures that were shown before, by hash."""
    rows = _ask(connection, _FOUND, (("k", "bigint"),), [(each,) for each in hashes])
    return {row[0]: Sighting(*row) for row in rows}


def _ask(
    connection: sa.Connection, question: str, columns: tuple[tuple[str, str], ...], asked: Sequence[tuple[Any, ...]]
) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(asked), ROWS_AT_ONCE):
        part = asked[start : start + ROWS_AT_ONCE]
        statement = _statement(connection.dialect.name, question, columns, len(part))
        found += fetch(connection, statement, [value for row in part for value in row])
    return found


@cache
def _statement(dialect: str, question: str, columns: tuple[tuple[str, str], ...], rows: int) -> str:
    """The question over a table of so many rows of parameters; a database that must be told gets their types."""
    mark = "?" if dialect == "sqlite" else "%s"
    first = ", ".join(mark if dialect == "sqlite" else f"CAST({mark} AS {sort})" for _, sort in columns)
    rest = ", ".join([mark] * len(columns))
    names = ", ".join(name for name, _ in columns)
    values = ", ".join([f"({first})", *[f"({rest})"] * (rows - 1)])
    return f"WITH asked ({names}) AS (VALUES {values}) {question}"
