"""Many events at once: the log takes them as they are, history comes from the batch kernel.

An import says itself when each event became known, so it must not reach back behind what an entity already knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from features.arrays import Ints
from features.engines.online import LATEST, RewriteError, entity_key
from features.engines.running import Ordered, cumulate, increments, last_rise, order_events
from features.event_file import check_events, from_events, to_events
from features.event_table import EventTable, from_arrow
from features.plan import EntityPlan
from features.progress import Progress
from features.store.database import Store
from features.store.encoding import decode_all, encode_all
from features.store.log import FIELDS, count_events, new_events, read_log
from features.store.schema import EVENT, HISTORY

WRITE_ROWS: Final = 20_000
ENCODE_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: events that were new, events that the log had already, rows of history written."""

    new: int
    known: int
    history_rows: int


def import_events(store: Store, table: pa.Table, where: str, progress: Progress | None = None) -> Imported:
    """Add events to a store, all or none, and their running totals to its history.

    Args:
        store: the store.
        table: events in any order, each with its own `known_at_ms`.
        where: what the table is called in messages, such as its file's path.
        progress: called with (done, total, what is being done).

    Raises:
        EventError: if an event is wrong, or its id is taken by another one.
        RewriteError: if an event would be known no later than something that its entity already knows.
    """
    store.refuse_other_layout()
    table = check_events(table, where)
    table = table.take(np.argsort(np.asarray(table["known_at_ms"]), kind="stable"))
    with store.writing() as connection:
        fresh = table
        if count_events(connection):
            fresh = from_events(new_events(connection, to_events(table)))
        _insert_log(connection, fresh, progress)
        rows = _extend_history(connection, store, from_arrow(fresh), progress)
    return Imported(len(fresh), len(table) - len(fresh), rows)


def rebuild_history(store: Store, progress: Progress | None = None) -> int:
    """Make history again from the event log; return how many rows it has. The same log gives the same bytes."""
    with store.writing() as connection:
        connection.execute(sa.delete(HISTORY))
        store.set_layout(connection)
        return _extend_history(connection, store, from_arrow(read_log(connection)), progress)


def _insert_statement(connection: sa.Connection, table: sa.Table, columns: Sequence[str]) -> str:
    """An insert that takes plain tuples: SQLAlchemy's own would look at every value of every row."""
    return str(sa.insert(table).values(dict.fromkeys(columns)).compile(dialect=connection.dialect))


def _insert_log(connection: sa.Connection, table: pa.Table, progress: Progress | None) -> None:
    statement = _insert_statement(connection, EVENT, FIELDS)
    for start in range(0, len(table), WRITE_ROWS):
        part = table.slice(start, WRITE_ROWS)
        columns = [part[name].to_pylist() for name in FIELDS]
        connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))
        if progress is not None:
            progress(start + len(part), len(table), "events")


def _extend_history(connection: sa.Connection, store: Store, events: EventTable, progress: Progress | None) -> int:
    written = 0
    first = connection.execute(sa.select(HISTORY.c.entity).limit(1)).first() is None
    statement = _insert_statement(connection, HISTORY, HISTORY.c.keys())
    for plan in store.plan.entities:
        ordered = order_events(events, plan)
        keys = _keys(events, ordered, plan)
        base = None if first else _base(connection, events, ordered, keys, plan)
        done = 0
        for rows in _history_rows(events, ordered, keys, base, plan):
            connection.exec_driver_sql(statement, rows)
            done += len(rows)
            if progress is not None:
                # moments that several events share make one row, so `done` may stay below the number of events
                progress(done, len(ordered.rows), f"history of each {plan.entity.name}")
        written += done
    return written


def _keys(events: EventTable, ordered: Ordered, plan: EntityPlan) -> list[str]:
    """The store's key of each entity, in the order of `ordered.codes`."""
    first = ordered.rows[ordered.start[:-1]]
    ids = [events.ids[field].take(pa.array(events[field][first])).to_pylist() for field in plan.entity.id_fields]
    return [key for key in (entity_key(plan.entity, parts) for parts in zip(*ids, strict=True)) if key is not None]


def _base(connection: sa.Connection, events: EventTable, ordered: Ordered, keys: list[str], plan: EntityPlan) -> Ints:
    """What each entity's totals were before these events, shape (entities, width)."""
    states: list[bytes | None] = []
    for key, start in zip(keys, ordered.start[:-1], strict=True):
        row = connection.execute(LATEST, {"key": key}).one_or_none()
        states.append(None if row is None else row.state)
        first_ms = int(events["known_at_ms"][ordered.rows[start]])
        if row is not None and first_ms <= row.known_at_ms:
            event_id = events.ids["event_id"][int(events["event_id"][ordered.rows[start]])].as_py()
            raise RewriteError(
                f"event {event_id!r}, field known_at_ms: is {first_ms}, but {plan.entity.name} history already "
                f"reaches {row.known_at_ms}; import older events before newer ones, into an empty store"
            )
    return decode_all(states, plan.width)


def _history_rows(
    events: EventTable, ordered: Ordered, keys: list[str], base: Ints | None, plan: EntityPlan
) -> Iterator[list[tuple[str, int, bytes]]]:
    """Rows of history (entity, known_at_ms, state), in parts: the last state of each entity at each moment."""
    known_at = events["known_at_ms"][ordered.rows]
    moves_on = (np.diff(ordered.group) != 0) | (np.diff(known_at) != 0)
    kept = np.flatnonzero(np.append(moves_on, True)[: len(known_at)])
    states = _states(events, ordered, plan, kept)
    if base is not None:
        counts = len(plan.measures)
        before = base[ordered.group[kept]]
        states[:, :counts] += before[:, :counts]
        np.maximum(states[:, counts:], before[:, counts:], out=states[:, counts:])
    for start in range(0, len(kept), ENCODE_ROWS):
        part = kept[start : start + ENCODE_ROWS]
        encoded = encode_all(states[start : start + ENCODE_ROWS])
        entities = [keys[group] for group in ordered.group[part].tolist()]
        yield list(zip(entities, known_at[part].tolist(), encoded, strict=True))


def _states(events: EventTable, ordered: Ordered, plan: EntityPlan, kept: Ints) -> Ints:
    """Running totals and last rises of each entity after the events at these positions, shape (len(kept), width)."""
    begin = ordered.start[ordered.group[kept]]
    known_at = events["known_at_ms"][ordered.rows]
    states = np.zeros((len(kept), plan.width), dtype=np.int64)
    for index, measure in enumerate(plan.measures):
        adds = increments(events, ordered.rows, measure)
        running = cumulate(adds)
        states[:, index] = running[kept + 1] - running[begin]
        if index in plan.recent:
            position = last_rise(adds > 0)[kept + 1]
            rose = position >= begin
            states[:, len(plan.measures) + plan.recent.index(index)] = np.where(
                rose, known_at[np.where(rose, position, 0)], 0
            )
    return states
