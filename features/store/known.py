"""Which of many events the log has already, found out column by column."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from features.progress import Progress
from features.store.log import FIELDS, EventConflictError
from features.store.log_table import rows_to_log
from features.store.schema import EVENT

ASK_ROWS: Final = 20_000  # ids in one question

_SELECT: Final = ", ".join(f"event.{name}" for name in FIELDS)
_KNOWN: Final = {
    "sqlite": sa.text(f"SELECT {_SELECT} FROM event WHERE event_id IN (SELECT value FROM json_each(:ids))"),  # noqa: S608
    "postgresql": sa.text(
        f"SELECT {_SELECT} FROM unnest(CAST(:ids AS text[])) AS given(id) JOIN event ON event.event_id = given.id"  # noqa: S608
    ),
}


def new_rows(connection: sa.Connection, table: pa.Table, progress: Progress | None = None) -> npt.NDArray[np.bool_]:
    """Which events of a table in the log's layout the log doesn't have yet, shape (rows,), booleans.

    Of an event that the table itself repeats, the first is new. Moments of knowledge don't count, as the service
    stamps them anew on each delivery.

    Raises:
        EventConflictError: if an event's id is taken by an event with other content, in the log or in the table.
    """
    codes = np.asarray(table["event_id"].combine_chunks().dictionary_encode().indices)
    _, first, number = np.unique(codes, return_index=True, return_inverse=True)
    new = np.zeros(len(table), dtype=bool)
    new[first] = True
    repeats = np.flatnonzero(~new)
    if len(repeats):
        _refuse_differences(table.take(first[number[repeats]]), table.take(repeats))
    if connection.execute(sa.select(EVENT.c.sequence).limit(1)).first() is None:
        return new
    for start in range(0, len(table), ASK_ROWS):
        part = table.slice(start, ASK_ROWS)
        known = _known(connection, part["event_id"].to_pylist())
        if len(known):
            place = pc.index_in(part["event_id"], value_set=known["event_id"].combine_chunks()).combine_chunks()
            rows = np.flatnonzero(np.asarray(place.is_valid()))
            _refuse_differences(known.take(place.drop_null()), part.take(rows))
            new[start + rows] = False
        if progress is not None:
            progress(start + len(part), len(table), "events known already")
    return new


def _known(connection: sa.Connection, event_ids: list[str]) -> pa.Table:
    statement = _KNOWN[connection.dialect.name]
    given = json.dumps(event_ids) if connection.dialect.name == "sqlite" else event_ids
    return rows_to_log(connection.execute(statement, {"ids": given}).all())


def _refuse_differences(stored: pa.Table, given: pa.Table) -> None:
    """Refuse rows that aren't the same, row by row; only when they became known may differ."""
    for name in FIELDS:
        if name == "known_at_ms":
            continue
        one, other = stored[name], given[name]
        missing = pc.and_(pc.is_null(one), pc.is_null(other))
        same = pc.or_(missing, pc.fill_null(pc.equal(one, other), False))
        wrong = np.flatnonzero(~np.asarray(same))
        if len(wrong):
            raise EventConflictError(
                f"event {given['event_id'][int(wrong[0])].as_py()!r}, field {name}: "
                "differs from the event that was stored under this id; give a new fact a new id"
            )
