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
from features.order import CACHED, stable_order
from features.plan import EntityPlan
from features.quantities import Selected, added_by_rows


class Timeline:
    """A table's events in the order of `known_at`: one sort by time serves all entities.

    A place is an event's position in that order; `rows` gives its row in the table. Columns are put into the order when
    they are first asked for. Shape (n,) each.
    """

    def __init__(self, events: EventTable) -> None:
        self.events = events
        known_at = events["known_at_ms"]
        self._is_in_order = bool(np.all(known_at[1:] >= known_at[:-1]))
        self.rows = np.arange(len(known_at)) if self._is_in_order else stable_order(known_at - known_at.min())
        self._columns: dict[str, Ints] = {}
        self.kinds = self["kind"].astype(np.int8)
        self.places = self.rows if self._is_in_order else np.arange(len(self.rows))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Ints:
        if name not in self._columns:
            column = self.events[name]
            self._columns[name] = column if self._is_in_order else column.take(self.rows)
        return self._columns[name]

    def touches(self, entity: Entity) -> tuple[Ints, Ints]:
        """Which events touch which entities, as pairs of a place and the entity's code; places rise."""
        if not entity.many:
            codes = single_codes(self, self.events, entity)
            if codes.min(initial=0) >= 0:
                return self.places, codes
            places = np.flatnonzero(codes >= 0)
            return places, codes.take(places)
        place_of = np.empty(len(self), dtype=np.int64)
        place_of[self.rows] = np.arange(len(self))
        places = place_of.take(self.events.pictures.row)
        order = np.argsort(places, kind="stable")
        return places.take(order), self.events.pictures.hash.take(order)


@dataclass(frozen=True, slots=True)
class Ordered:
    """Events that touch an entity and feed a measure of it, in the order (entity, known_at). Shape (m,) each.

    `places` are positions in the timeline: `dealt`, which rise, sorted by `order`. `kinds` are their kinds. `group`
    numbers the entities 0, 1, 2 ... in that order, `codes` says which they are, and `start` is where each entity's
    events begin, with one last element for the end.
    """

    dealt: Ints
    order: Ints
    places: Ints
    kinds: npt.NDArray[np.int8]
    group: Ints
    start: Ints
    codes: Ints

    @classmethod
    def of(cls, timeline: Timeline, places: Ints, codes: Ints) -> Ordered:
        """Sort touches, whose places rise, by entity."""
        order = np.argsort(codes, kind="stable") if codes.min(initial=0) < 0 else stable_order(codes)
        codes = codes.take(order)
        start = np.flatnonzero(np.append(True, codes[1:] != codes[:-1])[: len(codes)])
        ends = np.append(start, len(codes))
        group = np.repeat(np.arange(len(start)), np.diff(ends))
        in_order = places.take(order)
        return cls(places, order, in_order, timeline.kinds.take(places).take(order), group, ends, codes.take(start))

    def __len__(self) -> int:
        return len(self.places)


class OrderedColumns:
    """Columns of a timeline in the order of an entity's events, gathered when they are first asked for.

    First in the order of time, which runs through memory forwards, and only then by entity, in what the cache holds.
    """

    def __init__(self, timeline: Timeline, ordered: Ordered) -> None:
        self._timeline, self._ordered = timeline, ordered
        self._columns: dict[str, Ints] = {}

    def __getitem__(self, name: str) -> Ints:
        if name not in self._columns:
            self._columns[name] = self._timeline[name].take(self._ordered.dealt).take(self._ordered.order)
        return self._columns[name]


@dataclass(frozen=True, slots=True)
class Met:
    """Pairs of an entity and another one, by their codes. Shape (m,) each; the entities have events in the table."""

    codes: Ints
    others: Ints


@dataclass(frozen=True, slots=True)
class Adds:
    """What some of an entity's ordered events add to a measure; the others add nothing.

    `positions` are ascending indexes into the ordered events, `values` what is added there; None is one each.
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


def single_codes(columns: Timeline | EventTable, events: EventTable, entity: Entity, rows: Ints | None = None) -> Ints:
    """The code of the one entity that each event touches, or -1, in the order of the columns; of all, or of some."""

    def column(field: str) -> Ints:
        return columns[field] if rows is None else columns[field].take(rows)

    codes = column(entity.id_fields[0])
    for field in entity.id_fields[1:]:
        other = column(field)
        codes = np.where((codes >= 0) & (other >= 0), codes * len(events.ids[field]) + other, -1)
    return codes


def entity_codes(events: EventTable, entity: Entity) -> tuple[Ints, Ints]:
    """Which events touch which entities, as pairs of a row of the table and the entity's code; rows rise."""
    if entity.many:
        return events.pictures.row, events.pictures.hash
    codes = single_codes(events, events, entity)
    rows = np.flatnonzero(codes >= 0)
    return rows, codes.take(rows)


def order_events(timeline: Timeline, plan: EntityPlan) -> Ordered:
    """All events that feed any of an entity's measures, by entity and then by `known_at`."""
    return Ordered.of(timeline, *_feeding(timeline, plan))


def deal_events(timeline: Timeline, plan: EntityPlan, asked: Ints) -> Iterator[tuple[Ordered, Ints]]:
    """The same in parts that the cache holds, an entity's events together; each with the queries that it answers.

    `asked` are the queries' codes, shape (m,); of them come indexes. Every query comes once.
    """
    places, codes = _feeding(timeline, plan)
    if len(codes) <= 2 * CACHED or plan.entity.many:
        yield Ordered.of(timeline, places, codes), np.arange(len(asked))
        return
    shift = max(int(max(codes.max(), asked.max(initial=0))).bit_length() - 16, 0)
    bucket = np.empty(len(codes), dtype=np.uint16)
    np.right_shift(codes, shift, out=bucket, casting="unsafe")
    part_of = (np.cumsum(np.bincount(bucket, minlength=1 << 16)) // CACHED).astype(np.uint16)
    part, part_asked = part_of.take(bucket), part_of.take(asked >> shift)
    by_part, asked_by_part = np.argsort(part, kind="stable"), np.argsort(part_asked, kind="stable")
    ends = np.cumsum(np.bincount(part, minlength=int(part_of[-1]) + 1))
    asked_ends = np.cumsum(np.bincount(part_asked, minlength=int(part_of[-1]) + 1))
    is_whole = places is timeline.places  # then a touch's place is its index
    begin = asked_begin = 0
    for end, asked_end in zip(ends.tolist(), asked_ends.tolist(), strict=True):
        own = by_part[begin:end]
        own_places = own if is_whole else places.take(own)
        yield Ordered.of(timeline, own_places, codes.take(own)), asked_by_part[asked_begin:asked_end]
        begin, asked_begin = end, asked_end


def _feeding(timeline: Timeline, plan: EntityPlan) -> tuple[Ints, Ints]:
    feeds = np.zeros(len(EventKind), dtype=np.bool_)
    feeds[[code_of("kind", kind) for measure in plan.measures for kind in measure.kinds]] = True
    places, codes = timeline.touches(plan.entity)
    feeding = feeds.take(timeline.kinds if places is timeline.places else timeline.kinds.take(places))
    return (places, codes) if feeding.all() else (places[feeding], codes[feeding])


def measure_adds(
    timeline: Timeline, ordered: Ordered, plan: EntityPlan, met: Mapping[str, Met] | None = None
) -> Iterator[Adds]:
    """What the ordered events add to each measure in turn. Measures over the same kinds follow each other.

    `met` gives, by the field of the other, the meetings that happened before all these events.
    """
    columns = OrderedColumns(timeline, ordered)
    by_kinds: dict[tuple[str, ...], list[int]] = {}
    for index, measure in enumerate(plan.measures):
        by_kinds.setdefault(measure.kinds, []).append(index)
    for over, indexes in by_kinds.items():
        is_of = np.zeros(len(ordered), dtype=np.bool_)
        for kind in over:
            is_of |= ordered.kinds == code_of("kind", kind)
        positions = np.flatnonzero(is_of)
        selected = Selected(columns, positions)
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
