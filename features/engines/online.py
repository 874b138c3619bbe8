"""Window totals from a store: two index seeks per window, and one row of history per entity and moment.

An append gives each entity that its events touch a new row of running totals. Rows are never changed, and an
entity's moments strictly rise: a claim sees everything that was committed before it, and nothing can slip in behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from features.arrays import Ints
from features.definition import Entity, Measure
from features.event_table import MISSING
from features.events import Event, EventKind
from features.plan import EntityPlan, Plan, WindowTotals
from features.store.encoding import decode_all, encode
from features.store.schema import HISTORY

SEPARATOR: Final = "\x1f"  # no id holds a control character

Keys = tuple[str | None, ...]


class RewriteError(ValueError):
    """Events that would be known before something that their entities already know: history can't be rewritten."""


def entity_key(entity: Entity, ids: Sequence[str | None]) -> str | None:
    """The store's key of one entity, or None if an id is missing."""
    if any(part is None for part in ids):
        return None
    return SEPARATOR.join([entity.code, *(part for part in ids if part is not None)])


@dataclass(frozen=True, slots=True)
class _Latest:
    known_at_ms: int
    state: Ints


class OnlineEngine:
    """Reads and appends one plan's history. Holds no connection and no state besides the statements."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._seeks = _seek_statement(plan)
        self._cuts = [_Cut.of(entity_plan) for entity_plan in plan.entities]
        self._feeds = [_feeds(entity_plan) for entity_plan in plan.entities]

    def keys(self, event: Event) -> Keys:
        """The keys of the entities that an event carries the ids of, in the plan's order; None where one is missing."""
        return tuple(
            entity_key(plan.entity, [getattr(event, field) for field in plan.entity.id_fields])
            for plan in self.plan.entities
        )

    def next_moment(self, connection: sa.Connection, keys: Sequence[str | None], now_ms: int) -> int:
        """The earliest `known_at` from now on that is later than all that these entities know."""
        latest = [self._latest_moment(connection, key) for key in dict.fromkeys(keys) if key is not None]
        return max([now_ms, *(moment + 1 for moment in latest)])

    def window_totals(self, connection: sa.Connection, keys: Keys, as_of_ms: int) -> WindowTotals:
        """Window totals of one claim, shapes (1, ...), by one statement."""
        parameters: dict[str, str | int | None] = {}
        for number, (key, plan) in enumerate(zip(keys, self.plan.entities, strict=True)):
            parameters[f"key_{number}"] = key
            parameters[f"end_{number}"] = as_of_ms
            for index, window in enumerate(plan.windows):
                parameters[f"begin_{number}_{index}"] = as_of_ms - (window.length_ms or 0)
        row = connection.execute(self._seeks, parameters).one()

        totals, last, position = [], [], 0
        for plan, cut in zip(self.plan.entities, self._cuts, strict=True):
            size = 1 + len(plan.windows)
            states = decode_all(row[position : position + size], plan.width)
            totals.append(cut.totals(states))
            last.append(states[0, len(plan.measures) :])
            position += size
        last_rise = np.concatenate(last)
        return WindowTotals(
            np.concatenate(totals)[np.newaxis], np.where(last_rise == 0, MISSING, last_rise)[np.newaxis]
        )

    def append(self, connection: sa.Connection, events: Sequence[Event]) -> None:
        """Add events to the history of the entities that they touch.

        Raises:
            RewriteError: if an event isn't known later than all that an entity of it already knows.
        """
        rows = []
        for number, plan in enumerate(self.plan.entities):
            rows += self._new_rows(connection, number, plan, events)
        if rows:
            connection.execute(sa.insert(HISTORY), rows)

    def _new_rows(
        self, connection: sa.Connection, number: int, plan: EntityPlan, events: Sequence[Event]
    ) -> list[dict[str, object]]:
        touching: dict[str, list[Event]] = {}
        for event in events:
            key = entity_key(plan.entity, [getattr(event, field) for field in plan.entity.id_fields])
            if key is not None and event.kind in self._feeds[number]:
                touching.setdefault(key, []).append(event)
        rows: list[dict[str, object]] = []
        for key, own in touching.items():
            own.sort(key=lambda event: event.known_at_ms)
            latest = self._latest(connection, key, plan)
            if own[0].known_at_ms <= latest.known_at_ms:
                raise RewriteError(
                    f"event {own[0].event_id!r}, field known_at_ms: is {own[0].known_at_ms}, but {plan.entity.name} "
                    f"history already reaches {latest.known_at_ms}; it can't be rewritten: let the service stamp it"
                )
            states: dict[int, Ints] = {}
            state = latest.state
            for event in own:
                state = self._add(number, plan, state, event)
                states[event.known_at_ms] = state
            rows += [{"entity": key, "known_at_ms": moment, "state": encode(state)} for moment, state in states.items()]
        return rows

    def _add(self, number: int, plan: EntityPlan, state: Ints, event: Event) -> Ints:
        state = state.copy()
        for index, measure in self._feeds[number][event.kind]:
            if all(getattr(event, field) == word for field, word in measure.where):
                adds = 1 if measure.of is None else getattr(event, measure.of)
                state[index] += adds
                if adds > 0 and index in plan.recent:
                    state[len(plan.measures) + plan.recent.index(index)] = event.known_at_ms
        return state

    def _latest(self, connection: sa.Connection, key: str, plan: EntityPlan) -> _Latest:
        row = connection.execute(LATEST, {"key": key}).one_or_none()
        if row is None:
            return _Latest(0, np.zeros(plan.width, dtype=np.int64))
        return _Latest(row[0], decode_all([row[1]], plan.width)[0])

    def _latest_moment(self, connection: sa.Connection, key: str) -> int:
        row = connection.execute(LATEST, {"key": key}).one_or_none()
        return 0 if row is None else int(row[0])


LATEST: Final = sa.text("SELECT known_at_ms, state FROM history WHERE entity = :key ORDER BY known_at_ms DESC LIMIT 1")


def _seek_statement(plan: Plan) -> sa.TextClause:
    """One statement that fetches, for each entity, its state at `as_of` and at the start of each window."""
    seeks = []
    for number, entity_plan in enumerate(plan.entities):
        moments = [f"end_{number}", *(f"begin_{number}_{index}" for index in range(len(entity_plan.windows)))]
        seeks += [
            f"(SELECT state FROM history WHERE entity = :key_{number} AND known_at_ms < :{moment} "  # noqa: S608
            "ORDER BY known_at_ms DESC LIMIT 1)"
            for moment in moments
        ]
    return sa.text("SELECT " + ", ".join(seeks))


@dataclass(frozen=True, slots=True)
class _Cut:
    """Which measure and which start make each total of an entity. Row 0 of its states is the end, then each window."""

    measures: Ints
    begin: Ints
    bounded: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, plan: EntityPlan) -> _Cut:
        row_of = {window: index + 1 for index, window in enumerate(plan.windows)}
        begin = np.array([row_of.get(window, 0) for _, window in plan.cuts], dtype=np.int64)
        return cls(np.array([measure for measure, _ in plan.cuts], dtype=np.int64), begin, begin > 0)

    def totals(self, states: Ints) -> Ints:
        """Totals at the end less totals at the start; the start of all history is zero. Shape (cuts,)."""
        return np.asarray(states[0, self.measures] - states[self.begin, self.measures] * self.bounded, dtype=np.int64)


def _feeds(plan: EntityPlan) -> dict[EventKind, list[tuple[int, Measure]]]:
    """For each kind of event, the measures of an entity that it may move."""
    feeds: dict[EventKind, list[tuple[int, Measure]]] = {}
    for index, measure in enumerate(plan.measures):
        feeds.setdefault(measure.kind, []).append((index, measure))
    return feeds
