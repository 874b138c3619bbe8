"""The record of a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa

from features.event_file import EVENT_SCHEMA
from features.progress import Progress
from features.spans import DAY_MS
from features.store import Store
from features.store.schema import EVENT
from serving.insight.record import READ_COLUMNS, Record, record_of

KEPT_DAYS: Final = 400  # a year, and what a comparison with the year before needs of its edges
_READ_ROWS: Final = 100_000
_PICTURES: Final = "evidence_hashes"
_SCHEMA: Final = pa.schema([EVENT_SCHEMA.field(name) for name in READ_COLUMNS])


def read_record(store: Store, until_ms: int, from_ms: int | None = None, progress: Progress | None = None) -> Record:
    """The orders and claims that became known in [from_ms, until_ms); by default, in the last 400 days."""
    if from_ms is None:
        from_ms = until_ms - KEPT_DAYS * DAY_MS
    known = EVENT.c.known_at_ms
    query = sa.select(*(EVENT.c[name] for name in READ_COLUMNS)).where(known >= from_ms, known < until_ms)
    parts = [_SCHEMA.empty_table()]
    with store.reading() as connection:
        total = connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
        with connection.execute(query, execution_options={"yield_per": _READ_ROWS}) as result:
            done = 0
            for rows in result.partitions():
                parts.append(_table(list(zip(*rows, strict=True))))
                done += len(rows)
                if progress is not None:
                    progress(done, total, "events read")
    return record_of(pa.concat_tables(parts), from_ms, until_ms)


def last_moment(store: Store) -> int:
    """The moment (ms) just after the last event on record: now, for recorded history. 0 for an empty store."""
    with store.reading() as connection:
        latest = connection.scalar(sa.select(sa.func.max(EVENT.c.known_at_ms)))
    return 0 if latest is None else latest + 1


def _table(columns: list[tuple[Any, ...]]) -> pa.Table:
    arrays = [pa.array(_read(field, values), field.type) for values, field in zip(columns, _SCHEMA, strict=True)]
    return pa.table(arrays, schema=_SCHEMA)


def _read(field: pa.Field, values: tuple[Any, ...]) -> Iterable[Any]:
    if field.name == _PICTURES:
        return (None if joined is None else [each for each in joined.split(",") if each] for joined in values)
    if pa.types.is_boolean(field.type):
        return (None if value is None else bool(value) for value in values)  # SQLite's flags are 0 and 1
    return values
