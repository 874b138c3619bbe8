"""Running totals over many events: the sort and the cumulative sums that `batch` and bulk imports share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.definition import Entity, Measure
from features.event_table import EventTable, code_of
from features.plan import EntityPlan


@dataclass(frozen=True, slots=True)
class Ordered:
    """An entity's events in the order (entity, known_at).

    `rows` are indexes into the event table; `group` numbers the entities 0, 1, 2 ... in that order, and `start` is
    where each entity's events begin, with one last element for the end.
    """

    rows: Ints
    group: Ints
    start: Ints
    codes: Ints


def entity_codes(events: EventTable, entity: Entity) -> Ints:
    """One integer per event that stands for the entity it touches, or -1 where it touches none. Shape (n,)."""
    codes = events[entity.id_fields[0]].copy()
    missing = codes < 0
    for field in entity.id_fields[1:]:
        codes = codes * len(events.ids[field]) + events[field]
        missing |= events[field] < 0
    codes[missing] = -1
    return codes


def order_events(events: EventTable, plan: EntityPlan) -> Ordered:
    """Sort the events that feed any of an entity's measures by entity and then by `known_at`."""
    kinds = sorted({code_of("kind", measure.kind) for measure in plan.measures})
    codes = entity_codes(events, plan.entity)
    rows = np.flatnonzero(np.isin(events["kind"], kinds) & (codes >= 0))
    rows = rows[np.lexsort((events["known_at_ms"][rows], codes[rows]))]
    present, start, group = np.unique(codes[rows], return_index=True, return_inverse=True)
    return Ordered(rows, group, np.append(start, len(rows)), present)


def increments(events: EventTable, rows: Ints, measure: Measure) -> Ints:
    """What each event adds to a measure's running total. Shape of `rows`."""
    adds = events["kind"][rows] == code_of("kind", measure.kind)
    for field, word in measure.where:
        adds &= events[field][rows] == code_of(field, word)
    each: Ints | int = 1 if measure.of is None else events[measure.of][rows]
    return np.asarray(np.where(adds, each, 0), dtype=np.int64)


def cumulate(values: Ints) -> Ints:
    """Running totals with a leading zero, so that `out[j] - out[i]` is the sum of `values[i:j]`."""
    out = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=out[1:])
    return out


def last_rise(rises: npt.NDArray[np.bool_]) -> Ints:
    """For each position, the position of the last rise before it, or -1. Shape (len(rises) + 1,)."""
    out = np.full(len(rises) + 1, -1, dtype=np.int64)
    np.maximum.accumulate(np.where(rises, np.arange(len(rises)), -1), out=out[1:])
    return out
