"""Answers about an entity's ordered events: for (entity, moment) pairs, totals over windows that end there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.definition import Window
from features.engines.running import Ordered, Timeline, measure_adds
from features.event_table import MISSING, EventTable
from features.order import search_rising, stable_order
from features.plan import EntityPlan

Cuts = Sequence[tuple[int, Window]]


class Moments:
    """The moments of n claims, and how many events of a table lie before them; looked up once for all entities."""

    def __init__(self, events: EventTable, as_of_ms: Ints) -> None:
        self.timeline = Timeline(events)
        self._order = stable_order(as_of_ms - as_of_ms.min(initial=0)) if len(as_of_ms) else np.arange(0)
        self._rising = as_of_ms.take(self._order)
        self._before: dict[int, Ints] = {}
        self._rank = np.empty(len(as_of_ms), dtype=np.int64)
        self._rank[self._order] = np.arange(len(as_of_ms))

    @property
    def span(self) -> int:
        """More than any number of events before a moment."""
        return len(self.timeline) + 1

    def in_order(self, claims: Ints) -> Ints:
        """The order of queries by the moments of their claims."""
        return stable_order(self._rank.take(claims))

    def before(self, back_ms: int) -> Ints:
        """How many events lie before a time span before each claim. Shape (n,)."""
        if back_ms not in self._before:
            found = np.empty(len(self._order), dtype=np.int64)
            found[self._order] = search_rising(self.timeline["known_at_ms"], self._rising - back_ms)
            self._before[back_ms] = found
        return self._before[back_ms]


@dataclass(frozen=True, slots=True)
class Queries:
    """What is asked of an entity's history: the entity's code, and the claim as of whose moment. Shape (m,) each."""

    claim: Ints
    codes: Ints

    def take(self, chosen: Ints) -> Queries:
        """Some of the queries."""
        return Queries(self.claim.take(chosen), self.codes.take(chosen))


@dataclass(frozen=True, slots=True)
class Answers:
    """Totals of m queries, shape (cuts, m), and last rises, shape (recent, m), in the order `met`, shape (m,)."""

    met: Ints
    totals_met: Ints
    last_rise_met: Ints

    @property
    def totals(self) -> Ints:
        """Totals in the order of the queries, shape (m, cuts)."""
        return self._by_query(self.totals_met)

    @property
    def last_rise_ms(self) -> Ints:
        """Last rises in the order of the queries, shape (m, recent); `MISSING` where there was none."""
        return self._by_query(self.last_rise_met)

    def _by_query(self, found: Ints) -> Ints:
        out = np.empty((found.shape[1], found.shape[0]), dtype=np.int64)
        out[self.met] = found.T
        return out


def seek(ordered: Ordered, moments: Moments, plan: EntityPlan, queries: Queries, cuts: Cuts | None = None) -> Answers:
    """Cut windows from running totals: those of the plan, or other cuts of its measures (and then no last rises)."""
    wanted = plan.cuts if cuts is None else cuts
    recent = plan.recent if cuts is None else ()
    positions = _Positions(ordered, moments, queries)
    totals = np.empty((len(wanted), len(queries.codes)), dtype=np.int64)
    last = np.full((len(recent), len(queries.codes)), MISSING, dtype=np.int64)
    needed = {measure for measure, _ in wanted} | set(recent)
    for adds in measure_adds(moments.timeline, ordered, plan):
        if adds.measure not in needed:
            continue
        at = positions.among(adds.positions)
        running = None if adds.values is None else adds.running()
        end = at(0) if running is None else running.take(at(0))
        for cut, (measure, window) in enumerate(wanted):
            if measure == adds.measure:
                begin = at(window.length_ms)
                np.subtract(end, begin if running is None else running.take(begin), out=totals[cut])
        if adds.measure in recent:
            rise = adds.last_rises().take(at(0))
            known = rise >= at(None)  # a rise at an earlier position belongs to another entity
            places = ordered.places[adds.positions[rise[known]]]
            last[recent.index(adds.measure), known] = moments.timeline["known_at_ms"][places]
    return Answers(positions.met, totals, last)


class _Positions:
    """Where queries and their windows begin and end among an entity's ordered events.

    Entity and moment become one integer key: the entity's number times the number of events, plus the number of events
    before the moment. Queries are met in the order of entities and moments, so that each search goes where the last one
    went.
    """

    def __init__(self, ordered: Ordered, moments: Moments, queries: Queries) -> None:
        self._moments = moments
        self._keys = ordered.group * moments.span + ordered.places
        number = np.searchsorted(ordered.codes, queries.codes)
        inside = np.minimum(number, max(len(ordered.codes) - 1, 0))
        found = ordered.codes.take(inside) == queries.codes if len(ordered.codes) else np.zeros(len(inside), bool)
        by_time = moments.in_order(queries.claim)
        self.met = by_time.take(stable_order(np.where(found, number, 0).take(by_time)))
        self._found = found.take(self.met)
        self._number = np.where(self._found, number.take(self.met), 0)
        self._claim = queries.claim.take(self.met)
        self._start = np.where(self._found, ordered.start.take(self._number), 0)
        self._at: dict[int | None, Ints] = {None: self._start}
        self._subset: tuple[Ints, _Among] | None = None

    def before(self, back_ms: int | None) -> Ints:
        """How far each query's entity had come a time span before its claim; where it begins, for None."""
        if back_ms not in self._at:
            keys = self._number * self._moments.span + self._moments.before(back_ms or 0).take(self._claim)
            self._at[back_ms] = np.where(self._found, np.searchsorted(self._keys, keys), self._start)
        return self._at[back_ms]

    def among(self, positions: Ints) -> _Among:
        """The same, counted among some of the positions only."""
        if self._subset is None or self._subset[0] is not positions:
            self._subset = positions, _Among(self, positions, len(self._keys))
        return self._subset[1]


class _Among:
    def __init__(self, whole: _Positions, positions: Ints, size: int) -> None:
        self._whole = whole
        self._before: npt.NDArray[np.int32 | np.int64] | None = None
        if len(positions) < size:
            marks = np.zeros(size + 1, dtype=np.int8)
            marks[positions + 1] = 1
            self._before = np.cumsum(marks, dtype=np.int32 if size < 2**31 else np.int64)
        self._at: dict[int | None, Ints] = {}

    def __call__(self, back_ms: int | None) -> Ints:
        if back_ms not in self._at:
            at = self._whole.before(back_ms)
            self._at[back_ms] = at if self._before is None else self._before.take(at).astype(np.int64)
        return self._at[back_ms]
