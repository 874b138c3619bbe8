"""Running totals over many events: the sort and the cumulative sums that `batch`, `spark` and bulk imports share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.definition import Entity, Measure
from features.event_table import EventTable, code_of
from features.events import EventKind
from features.order import stable_order
from features.plan import EntityPlan
from features.quantities import Selected, added_by_rows


@dataclass(frozen=True, slots=True)
class Timeline:
    """A table's events in the order of `known_at`: at the same places their rows, moments and kinds. Shape (n,)."""

    rows: Ints
    known_at_ms: Ints
    kinds: npt.NDArray[np.int8]

    @classmethod
    def of(cls, events: EventTable) -> Timeline:
        """Sort a table by time."""
        known_at = events["known_at_ms"]
        rows = stable_order(known_at - known_at.min(initial=0)) if len(known_at) else np.arange(0)
        return cls(rows, known_at.take(rows), events["kind"].astype(np.int8).take(rows))


@dataclass(frozen=True, slots=True)
class Ordered:
    """The events that touch an entity and feed a measure of it, in the order (entity, known_at).

    `rows` are indexes into the event table and `places` into its timeline, `kinds` their kinds; `group` numbers the
    entities 0, 1, 2 ... in that order, `codes` says which they are, and `start` is where each entity's events begin,
    with one last element for the end.
    """

    rows: Ints
    places: Ints
    group: Ints
    start: Ints
    codes: Ints
    kinds: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Touches:
    """Which events touch which entities: pairs of a row of the table and the entity's code, by row. Shape (m,) each."""

    rows: Ints
    codes: Ints


@dataclass(frozen=True, slots=True)
class Met:
    """Pairs of an entity and another one, by their codes. Shape (m,) each; the entities have events in the table."""

    codes: Ints
    others: Ints


@dataclass(frozen=True, slots=True)
class Adds:
    """What some of an entity's ordered events add to a measure; the others add nothing.

    `positions` are ascending indexes into `Ordered.rows`, `values` what is added there, None for one each. Shape (m,).
    """

    measure: int
    positions: Ints
    values: Ints | None

    def running(self) -> Ints:
        """Running totals with a leading zero, shape (m + 1,)."""
        return np.arange(len(self.positions) + 1) if self.values is None else cumulate(self.values)

    def last_rises(self) -> Ints:
        """For each of the positions and the end, the last one before it at which the total rose, or -1."""
        if self.values is None:
            return np.arange(-1, len(self.positions))
        return last_rise(self.values > 0)


def entity_codes(events: EventTable, entity: Entity) -> Touches:
    """The entities that events touch, each under an integer code."""
    if entity.many:
        return Touches(events.pictures.row, events.pictures.hash)
    codes = _single_codes(events, entity, None)
    rows = np.flatnonzero(codes >= 0)
    return Touches(rows, codes.take(rows))


def _single_codes(events: EventTable, entity: Entity, rows: Ints | None) -> Ints:
    """The code of the one entity that each event touches, or -1; of all events, or of some rows in their order."""

    def column(field: str) -> Ints:
        return events[field] if rows is None else events[field].take(rows)

    codes = column(entity.id_fields[0])
    for field in entity.id_fields[1:]:
        other = column(field)
        codes = np.where((codes >= 0) & (other >= 0), codes * len(events.ids[field]) + other, -1)
    return codes


def order_events(events: EventTable, plan: EntityPlan, timeline: Timeline | None = None) -> Ordered:
    """Sort the events that feed any of an entity's measures by entity and then by `known_at`.

    `timeline` is the table's own, where it is at hand: one sort by time then serves all entities.
    """
    timeline = timeline or Timeline.of(events)
    feeds = np.zeros(len(EventKind), dtype=np.bool_)
    feeds[[code_of("kind", kind) for measure in plan.measures for kind in measure.kinds]] = True
    if plan.entity.many:
        rows, codes = events.pictures.row, events.pictures.hash
        place_of = np.empty(len(events), dtype=np.int64)
        place_of[timeline.rows] = np.arange(len(events))
        places = place_of.take(rows)
        feeding = feeds.take(timeline.kinds.take(places))
        places, codes = places[feeding], codes[feeding]
        order = np.lexsort((places, codes))
    else:
        code_at = _single_codes(events, plan.entity, timeline.rows)
        places = np.flatnonzero(feeds.take(timeline.kinds) & (code_at >= 0))
        codes = code_at if len(places) == len(code_at) else code_at.take(places)
        order = stable_order(codes)
    places, codes = places.take(order), codes.take(order)
    start = np.flatnonzero(np.append(True, codes[1:] != codes[:-1])[: len(codes)])
    sizes = np.diff(np.append(start, len(codes)))
    return Ordered(
        timeline.rows.take(places),
        places,
        np.repeat(np.arange(len(start)), sizes),
        np.append(start, len(codes)),
        codes.take(start),
        timeline.kinds.take(places),
    )


def measure_adds(
    events: EventTable, ordered: Ordered, plan: EntityPlan, met: Mapping[str, Met] | None = None
) -> Iterator[Adds]:
    """What the ordered events add to each measure in turn. Measures over the same kinds follow each other.

    `met` gives, by the field of the other, the meetings that happened before all these events.
    """
    kinds = ordered.kinds
    by_kinds: dict[tuple[str, ...], list[int]] = {}
    for index, measure in enumerate(plan.measures):
        by_kinds.setdefault(measure.kinds, []).append(index)
    for over, indexes in by_kinds.items():
        is_of = np.zeros(len(kinds), dtype=np.bool_)
        for kind in over:
            is_of |= kinds == code_of("kind", kind)
        positions = np.flatnonzero(is_of)
        selected = Selected(events, ordered.rows.take(positions))
        for index in indexes:
            measure = plan.measures[index]
            values = None if _is_plain_count(measure) else added_by_rows(selected, measure)
            if measure.first is not None:
                others = selected[measure.first]
                first = _is_first(ordered, positions, others, None if met is None else met[measure.first])
                values = first.astype(np.int64)
            yield Adds(index, positions, values)


def _is_plain_count(measure: Measure) -> bool:
    return measure.of is None and not measure.where and measure.first is None


def _is_first(ordered: Ordered, positions: Ints, others: Ints, met: Met | None) -> npt.NDArray[np.bool_]:
    """Whether an entity meets another one for the first time at these positions."""
    span = int(others.max(initial=0)) + 1
    meets = np.flatnonzero(others >= 0)
    pairs = ordered.group.take(positions.take(meets)) * span + others.take(meets)
    order = stable_order(pairs)
    pairs = pairs.take(order)
    is_new = np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]
    pairs, where = pairs[is_new], order[is_new]
    if met is not None:
        known = met.others < span
        group = np.searchsorted(ordered.codes, met.codes[known])
        where = where[~np.isin(pairs, group * span + met.others[known])]
    first = np.zeros(len(positions), dtype=bool)
    first[meets.take(where)] = True
    return first


def cumulate(values: Ints) -> Ints:
    """Running totals with a leading zero, so that `out[j] - out[i]` is the sum of `values[i:j]`."""
    out = np.empty(len(values) + 1, dtype=np.int64)
    out[0] = 0
    np.cumsum(values, out=out[1:])
    return out


def last_rise(rises: npt.NDArray[np.bool_]) -> Ints:
    """For each position, the position of the last rise before it, or -1. Shape (len(rises) + 1,)."""
    out = np.full(len(rises) + 1, -1, dtype=np.int64)
    np.maximum.accumulate(np.where(rises, np.arange(len(rises)), -1), out=out[1:])
    return out
