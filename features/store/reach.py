"""How far the histories of entities reach that events touch, and so when these events can become known.

An entity's moments strictly rise, so an event can't be known at or before the last moment that one of its entities
knows, nor before the last that one has told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from features.arrays import Ints
from features.engines.running import Ordered, Timeline, order_events
from features.event_table import EventTable, hash_words
from features.events import EventKind
from features.plan import EntityPlan, Plan
from features.store.encoding import decode_all
from features.store.errors import RewriteError
from features.store.keys import entity_key, hash_piece_keys
from features.store.seeks import latest_states


@dataclass(frozen=True, slots=True)
class Reach:
    """What the entities of one sort know already, that events touch: those in the order of their codes.

    `reaches_ms` is the last moment that each knows or has told, 0 if there is none, shape (entities,); `states` are
    their totals, shape (entities, width).
    """

    keys: list[str]
    reaches_ms: Ints
    states: Ints


@dataclass(frozen=True, slots=True)
class Touched:
    """Which entities many events touch, and add something to: for each entity of the plan, events by entity."""

    ordered: tuple[Ordered, ...]
    keys: tuple[list[str], ...]
    pieces: dict[int, list[str]]  # by the event's row: keys that its pictures share with near ones

    @classmethod
    def by(cls, events: EventTable, plan: Plan) -> Touched:
        """Find out; it reads nothing. The events' moments don't matter, but all must have one and the same."""
        timeline = Timeline(events)
        ordered = tuple(order_events(timeline, each) for each in plan.entities)
        keys = tuple(touched_keys(timeline, own, each) for own, each in zip(ordered, plan.entities, strict=True))
        return cls(ordered, keys, _pieces(events) if plan.keeps_pictures else {})

    def all_keys(self) -> set[str]:
        """What to lock before these events are appended."""
        return {key for keys in (*self.keys, *self.pieces.values()) for key in keys}

    def reach(self, connection: sa.Connection, plan: Plan, floors: Mapping[str, int]) -> tuple[Reach, ...]:
        """How far these entities' histories reach, given their floors. They must be locked for this to stay true."""
        return tuple(
            read_reach(connection, keys, each, plan.bitmap_bytes, floors)
            for keys, each in zip(self.keys, plan.entities, strict=True)
        )

    def stamp(self, reached: Sequence[Reach], floors: Mapping[str, int], wishes: Ints) -> Ints:
        """When each event becomes known: at the moment wished for, or else as soon as its entities can take it.

        What an entity learns, it learns in the order of the wishes, and for equal ones in that of the events; several
        events may be of one moment. Shape of `wishes`.
        """
        least = wishes.copy()
        for own, reach in zip(self.ordered, reached, strict=True):
            np.maximum.at(least, own.places, reach.reaches_ms.take(own.group) + 1)
        for row, keys in self.pieces.items():
            least[row] = max(int(least[row]), *(floors.get(key, 0) for key in keys))
        return wishes if np.array_equal(least, wishes) else self._in_order(least, wishes)

    def _in_order(self, least: Ints, wishes: Ints) -> Ints:
        """Where an event has to wait, those after it of the same entities wait too."""
        touches: list[list[tuple[int, int]]] = [[] for _ in wishes]
        for number, own in enumerate(self.ordered):
            for row, group in zip(own.places.tolist(), own.group.tolist(), strict=True):
                touches[row].append((number, group))
        known: dict[tuple[int, int], int] = {}
        moments = least.copy()
        for row in np.argsort(wishes, kind="stable").tolist():
            moment = max(int(least[row]), *(known.get(entity, 0) for entity in touches[row]), 0)
            moments[row] = moment
            known.update(dict.fromkeys(touches[row], moment))
        return moments


def read_reach(
    connection: sa.Connection, keys: list[str], plan: EntityPlan, size: int, floors: Mapping[str, int]
) -> Reach:
    """How far the histories of these entities reach; `floors` are those that count, in milliseconds by key."""
    latest = latest_states(connection, keys)
    moments = np.array(
        [max(latest[key][0] if key in latest else 0, floors.get(key, 0) - 1) for key in keys], dtype=np.int64
    )
    states = decode_all([latest[key][1] if key in latest else None for key in keys], plan.width, size)
    return Reach(keys, moments, states)


def refuse_rewriting(timeline: Timeline, ordered: Ordered, plan: EntityPlan, reach: Reach) -> None:
    """Refuse events that would be known too early.

    Raises:
        RewriteError: if an event would be known no later than something that its entity already knows or has told.
    """
    first = ordered.places.take(ordered.start[:-1])
    moments = timeline["known_at_ms"].take(first)
    early = np.flatnonzero(moments <= reach.reaches_ms)
    if len(early):
        place, number = int(first[early[0]]), int(early[0])
        event_id = timeline.events.ids["event_id"][int(timeline["event_id"][place])].as_py()
        raise RewriteError(
            f"event {event_id!r}, field known_at_ms: is {moments[number]}, but {plan.entity.name} history already "
            f"reaches {reach.reaches_ms[number]}; import older events before newer ones, into an empty store"
        )


def touched_keys(timeline: Timeline, ordered: Ordered, plan: EntityPlan) -> list[str]:
    """The store's key of each entity, in the order of `ordered.codes`."""
    if plan.entity.many:
        return [entity_key(plan.entity, [word]) for word in hash_words(ordered.codes)]
    first = ordered.places[ordered.start[:-1]]
    ids = [
        timeline.events.ids[field].take(pa.array(timeline[field].take(first))).to_pylist()
        for field in plan.entity.id_fields
    ]
    return [entity_key(plan.entity, parts) for parts in zip(*ids, strict=True)]


def _pieces(events: EventTable) -> dict[int, list[str]]:
    filed = set(events.rows_of(EventKind.CLAIM_FILED).tolist())
    found: dict[int, list[str]] = {}
    for row, picture in zip(events.pictures.row.tolist(), events.pictures.hash.tolist(), strict=True):
        if row in filed and events["buyer_id"][row] >= 0:
            found.setdefault(row, []).append(picture)
    return {row: hash_piece_keys(np.array(own, dtype=np.int64)) for row, own in found.items()}
