"""History out of events, by the batch kernel: the same rows that appends would have written one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import sqlalchemy as sa

from features.arrays import Ints
from features.engines.running import Met, Ordered, Timeline, cumulate, measure_adds, order_events
from features.event_table import EventTable
from features.order import stable_order
from features.plan import EntityPlan
from features.progress import Progress
from features.store.database import Store
from features.store.encoding import encode_all
from features.store.firsts import note_meetings, note_pictures
from features.store.locks import find_floors
from features.store.reach import Reach, read_reach, refuse_rewriting, touched_keys
from features.store.rows import write_rows
from features.store.schema import HISTORY, MEETING, PICTURE, PICTURE_BAND

ENCODE_ROWS: Final = 50_000


def clear_history(connection: sa.Connection) -> None:
    """Forget all that is made from events; the event log stays."""
    for table in (HISTORY, MEETING, PICTURE, PICTURE_BAND):
        connection.execute(sa.delete(table))


def extend_history(
    connection: sa.Connection,
    store: Store,
    events: EventTable,
    progress: Progress | None = None,
    *,
    again: bool = False,
    reached: Sequence[Reach] | None = None,
) -> int:
    """Add the rows that events make to the history; return how many. The entities must be locked.

    `again` says that these are old events, of which history is made again: what was told of it since holds no more
    than it did. `reached` is what was read, under these locks, of how far the entities' histories reach, for each of
    the plan's entities (`features.store.reach`); then the events must be known later than that.

    Raises:
        RewriteError: if an event would be known no later than something that its entity already knows or has told.
    """
    written = 0
    plan = store.plan
    first = connection.execute(sa.select(HISTORY.c.entity).limit(1)).first() is None
    timeline = Timeline(events)
    for number, entity_plan in enumerate(plan.entities):
        ordered = order_events(timeline, entity_plan)
        keys = touched_keys(timeline, ordered, entity_plan) if reached is None else reached[number].keys
        if first:
            reach = None
        elif reached is None:
            floors = {} if again else find_floors(connection, keys)
            reach = read_reach(connection, keys, entity_plan, plan.bitmap_bytes, floors)
            refuse_rewriting(timeline, ordered, entity_plan, reach)
        else:
            reach = reached[number]
        met = note_meetings(connection, plan, number, events, first=first)
        done = 0
        base = None if reach is None else reach.states
        for rows in _history_rows(timeline, ordered, keys, base, entity_plan, plan.bitmap_bytes, met):
            write_rows(connection, HISTORY, rows)
            done += len(rows)
            if progress is not None:
                # moments that several events share make one row, so `done` may stay below the number of events
                progress(done, len(ordered), f"history of each {entity_plan.entity.name}")
        written += done
    if plan.keeps_pictures:
        note_pictures(connection, events, first=first, again=again)
    return written


def _history_rows(
    timeline: Timeline,
    ordered: Ordered,
    keys: list[str],
    base: Ints | None,
    plan: EntityPlan,
    size: int,
    met: dict[str, Met],
) -> Iterator[list[tuple[str, int, bytes]]]:
    """Rows of history (entity, known_at_ms, state), in parts: the last state of each entity at each moment."""
    known_at = timeline["known_at_ms"].take(ordered.places)
    moves_on = (np.diff(ordered.group) != 0) | (np.diff(known_at) != 0)
    kept = np.flatnonzero(np.append(moves_on, True)[: len(known_at)])
    # rows that come in the order of their keys go in at one place of the index after the other
    rank = np.empty(len(keys), dtype=np.int64)
    rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    kept = kept.take(stable_order(rank.take(ordered.group.take(kept))))
    states = _states(timeline, ordered, plan, kept, met)
    if base is not None:
        counts = len(plan.measures)
        before = base[ordered.group[kept]]
        states[:, :counts] += before[:, :counts]
        np.maximum(states[:, counts:], before[:, counts:], out=states[:, counts:])
    for start in range(0, len(kept), ENCODE_ROWS):
        part = kept[start : start + ENCODE_ROWS]
        encoded = encode_all(states[start : start + ENCODE_ROWS], size)
        entities = [keys[group] for group in ordered.group[part].tolist()]
        yield list(zip(entities, known_at[part].tolist(), encoded, strict=True))


def _states(timeline: Timeline, ordered: Ordered, plan: EntityPlan, kept: Ints, met: dict[str, Met]) -> Ints:
    """Running totals and last rises of each entity after the events at these positions, shape (len(kept), width)."""
    begin = ordered.start[ordered.group[kept]]
    known_at = timeline["known_at_ms"].take(ordered.places)
    states = np.zeros((len(kept), plan.width), dtype=np.int64)
    for adds in measure_adds(timeline, ordered, plan, met):
        running = adds.running()
        marks = np.zeros(len(ordered), dtype=np.int64)
        marks[adds.positions] = 1
        before = cumulate(marks)
        end, start = before[kept + 1], before[begin]
        states[:, adds.measure] = running[end] - running[start]
        if adds.measure in plan.recent:
            rise = adds.last_rises()[end]
            rose = np.flatnonzero(rise >= start)
            column = len(plan.measures) + plan.recent.index(adds.measure)
            states[rose, column] = known_at[adds.positions[rise[rose]]]
    return states
