"""Which of many events the log has already, found out column by column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from features.progress import Progress
from features.store.log import FIELDS, EventConflictError
from features.store.lookup import ASK_ROWS, find_events
from features.store.schema import EVENT


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
        known = find_events(connection, part["event_id"].to_pylist())
        if len(known):
            place = pc.index_in(part["event_id"], value_set=known["event_id"].combine_chunks()).combine_chunks()
            rows = np.flatnonzero(np.asarray(place.is_valid()))
            _refuse_differences(known.take(place.drop_null()), part.take(rows))
            new[start + rows] = False
        if progress is not None:
            progress(start + len(part), len(table), "events known already")
    return new


def differences(stored: pa.Table, given: pa.Table) -> Iterator[tuple[int, str]]:
    """Which rows of two tables of the same events aren't the same, and in which field; one may come several times.

    Only when they became known may differ.
    """
    for name in FIELDS:
        if name == "known_at_ms":
            continue
        one, other = stored[name], given[name]
        missing = pc.and_(pc.is_null(one), pc.is_null(other))
        same = pc.or_(missing, pc.fill_null(pc.equal(one, other), False))
        for row in np.flatnonzero(~np.asarray(same)).tolist():
            yield row, name


def _refuse_differences(stored: pa.Table, given: pa.Table) -> None:
    for row, name in differences(stored, given):
        raise EventConflictError(
            f"event {given['event_id'][row].as_py()!r}, field {name}: "
            "differs from the event that was stored under this id; give a new fact a new id"
        )
