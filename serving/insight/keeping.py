"""Results as rows, and finding those that are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from serving.insight.tables import INSIGHT, INSIGHT_PART

PAGE_ROWS: Final = 50
Row: TypeAlias = tuple[str, str, int, str]  # part, key, rank, body


@dataclass(frozen=True, slots=True)
class Kept:
    """One result: of which merchant, product or finding, its place among the others from 1, and what JSON can hold."""

    key: str
    rank: int
    body: dict[str, Any]


def rows_of(part: str, results: Iterable[Kept]) -> list[Row]:
    """Results as rows of their table, but for the round (`serving.insight.rounds`).

    Raises:
        ValueError: if a body holds a number that isn't finite: that is no JSON, and its page would break.
    """
    return [(part, each.key, each.rank, _json(each)) for each in results]


def _json(result: Kept) -> str:
    try:
        return json.dumps(result.body, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ValueError(f"{result.key}: {error}") from error


def as_of(connection: sa.Connection, part: str) -> int | None:
    """The moment (ms) as of which a part was worked out last; None if it never was."""
    return connection.scalar(sa.select(INSIGHT_PART.c.as_of_ms).where(INSIGHT_PART.c.part == part))


def count(connection: sa.Connection, part: str) -> int:
    """How many results a part has."""
    return connection.scalar(sa.select(INSIGHT_PART.c.rows).where(INSIGHT_PART.c.part == part)) or 0


def of_part(part: str) -> sa.ColumnElement[bool]:
    """The condition on rows of `insight` that they are a part's and shown."""
    shown = sa.select(INSIGHT_PART.c.round).where(INSIGHT_PART.c.part == part).scalar_subquery()
    return sa.and_(INSIGHT.c.part == part, INSIGHT.c.round == shown)


def find(connection: sa.Connection, part: str, key: str) -> Kept | None:
    """One result, or None."""
    row = connection.execute(sa.select(INSIGHT).where(of_part(part), INSIGHT.c.key == key)).first()
    return None if row is None else _kept(row)


def kept_of(connection: sa.Connection, part: str, keys: Iterable[str]) -> frozenset[str]:
    """Of some keys, those that a part has a result of."""
    query = sa.select(INSIGHT.c.key).where(of_part(part), INSIGHT.c.key.in_(list(keys)))
    return frozenset(connection.scalars(query))


def page(connection: sa.Connection, part: str, after: int = 0, rows: int = PAGE_ROWS) -> list[Kept]:
    """Results in the order of their ranks, those after a rank."""
    query = sa.select(INSIGHT).where(of_part(part), INSIGHT.c.rank > after)
    return [_kept(row) for row in connection.execute(query.order_by(INSIGHT.c.rank).limit(rows))]


def every(connection: sa.Connection, part: str) -> Sequence[Kept]:
    """All results of a part in their order."""
    query = sa.select(INSIGHT).where(of_part(part)).order_by(INSIGHT.c.rank)
    return [_kept(row) for row in connection.execute(query)]


def _kept(row: sa.Row[Any]) -> Kept:
    return Kept(row.key, row.rank, json.loads(row.body))
