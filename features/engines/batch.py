"""Window totals for many claims at once: a sort, a cumulative sum and two binary searches per window."""

from __future__ import annotations

import numpy as np

from features.arrays import Floats, Ints
from features.assemble import Assembler
from features.engines.running import Ordered, cumulate, entity_codes, increments, last_rise, order_events
from features.event_table import MISSING, EventTable
from features.facts import facts_of_rows
from features.plan import EntityPlan, Plan, WindowTotals
from features.progress import Progress


def feature_vectors(plan: Plan, events: EventTable, rows: Ints, progress: Progress | None = None) -> Floats:
    """The feature vectors of the `claim_filed` events at these rows, shape (n, columns), each as of its `known_at`."""
    return Assembler(plan).assemble(window_totals(plan, events, rows, progress), facts_of_rows(events, rows))


def window_totals(plan: Plan, events: EventTable, rows: Ints, progress: Progress | None = None) -> WindowTotals:
    """Window totals for the claims at these rows of the table, each as of its own `known_at`."""
    totals, last = [], []
    for index, entity_plan in enumerate(plan.entities):
        if progress is not None:
            progress(index, len(plan.entities), f"history of each {entity_plan.entity.name}")
        part = _entity_totals(entity_plan, events, rows)
        totals.append(part.totals)
        last.append(part.last_rise_ms)
    if progress is not None:
        progress(len(plan.entities), len(plan.entities), "history")
    return WindowTotals(np.concatenate(totals, axis=1), np.concatenate(last, axis=1))


def _entity_totals(plan: EntityPlan, events: EventTable, rows: Ints) -> WindowTotals:
    ordered = order_events(events, plan)
    seek = _Seek(events, ordered, entity_codes(events, plan.entity)[rows])
    as_of = events["known_at_ms"][rows]
    end = seek.before(as_of)
    begin: dict[int | None, Ints] = {None: seek.first()}
    for window in plan.windows:
        begin[window.length_ms] = seek.before(as_of - (window.length_ms or 0))

    totals = np.empty((len(rows), len(plan.cuts)), dtype=np.int64)
    last = np.empty((len(rows), len(plan.recent)), dtype=np.int64)
    for index, measure in enumerate(plan.measures):
        adds = increments(events, ordered.rows, measure)
        running = cumulate(adds)
        at_end = running[end]
        for cut, (cut_measure, window) in enumerate(plan.cuts):
            if cut_measure == index:
                np.subtract(at_end, running[begin[window.length_ms]], out=totals[:, cut])
        if index in plan.recent:
            position = last_rise(adds > 0)[end]
            known = position >= begin[None]  # a rise at an earlier position belongs to another entity
            moment = events["known_at_ms"][ordered.rows[np.where(known, position, 0)]] if len(adds) else as_of
            last[:, plan.recent.index(index)] = np.where(known, moment, MISSING)
    return WindowTotals(totals, last)


class _Seek:
    """Finds positions in an entity's ordered events for (entity, moment) pairs.

    Entity and moment become one integer key: the entity's number times the number of moments, plus the moment's
    rank. That can't overflow however long the ids or the years are.
    """

    def __init__(self, events: EventTable, ordered: Ordered, codes: Ints) -> None:
        known_at = events["known_at_ms"][ordered.rows]
        self._moments = np.unique(known_at)
        self._span = len(self._moments) + 1
        self._keys = ordered.group * self._span + np.searchsorted(self._moments, known_at)
        self._number = np.searchsorted(ordered.codes, codes)
        inside = np.minimum(self._number, len(ordered.codes) - 1)
        self._found = (ordered.codes[inside] == codes) if len(ordered.codes) else np.zeros(len(codes), dtype=bool)
        self._start = np.where(self._found, ordered.start[np.minimum(self._number, len(ordered.start) - 1)], 0)

    def first(self) -> Ints:
        """Where each claim's entity begins; 0 for an entity without history."""
        return self._start

    def before(self, moment_ms: Ints) -> Ints:
        """How far each claim's entity had come just before a moment; where it begins if it had no event by then."""
        rank = np.searchsorted(self._moments, moment_ms)
        position = np.searchsorted(self._keys, self._number * self._span + rank)
        return np.where(self._found, position, 0)
