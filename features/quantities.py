"""What an event adds to a measure: for one event, and for many at once. Both are held equal by the parity tests."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.definition import Form, Measure, Quantity
from features.definition.quantity import LONGEST_SECONDS, SQUARE_BITS
from features.definition.window import MS_PER_SECOND
from features.event_table import MISSING, code_of
from features.events import EVENT_FIELDS, Event, FieldType

_HALF_BITS = SQUARE_BITS // 2


def added_by(event: Event, measure: Measure) -> int:
    """What one event adds to a measure's total, first meetings aside: those count wherever they may happen."""
    if event.kind not in measure.kinds or any(getattr(event, field) != word for field, word in measure.where):
        return 0
    if measure.first is not None:
        return 0 if getattr(event, measure.first) is None else 1
    return 1 if measure.of is None else number_of(event, measure.of)


class Columns(Protocol):
    """What gives columns of events by name, all in one order."""

    def __getitem__(self, name: str) -> Ints:
        """A column, shape (n,)."""


class Selected:
    """Some rows of columns, which are gathered once, when they are first asked for."""

    def __init__(self, events: Columns, rows: Ints) -> None:
        self._events, self._rows = events, rows
        self._columns: dict[str, Ints] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, name: str) -> Ints:
        if name not in self._columns:
            self._columns[name] = self._events[name].take(self._rows)
        return self._columns[name]


def added_by_rows(events: Selected, measure: Measure) -> Ints:
    """The same for many events, all of them of the measure's kinds. Shape (n,)."""
    values = np.ones(len(events), dtype=np.int64) if measure.of is None else _numbers(events, measure.of)
    adds: npt.NDArray[np.bool_] | None = None
    for field, word in measure.where:
        equal = events[field] == _code(field, word)
        adds = equal if adds is None else adds & equal
    if measure.first is not None:
        adds = events[measure.first] >= 0
    return values if adds is None else values * adds


def _code(field: str, word: str | bool) -> int:
    return int(word) if isinstance(word, bool) else code_of(field, word)


def number_of(event: Event, of: Quantity) -> int:
    """The number that an event gives: zero or more, and zero where it carries none."""
    value = getattr(event, of.field)
    if value is None:
        return 0
    match of.form:
        case Form.VALUE:
            return int(value)
        case Form.SQUARE_HIGH:
            return int(value * value >> SQUARE_BITS)
        case Form.SQUARE_LOW:
            return int(value * value & ((1 << SQUARE_BITS) - 1))
        case Form.PRESENT:
            return 1
        case Form.SECONDS_SINCE:
            return int(min(max(event.occurred_at_ms - value, 0) // MS_PER_SECOND, LONGEST_SECONDS))
        case Form.LATER:
            return int(event.occurred_at_ms > value)


def _numbers(events: Selected, of: Quantity) -> Ints:
    value = events[of.field]
    if of.form is Form.VALUE:
        return value  # every event carries it
    absent = -1 if EVENT_FIELDS[of.field].type in {FieldType.ID, FieldType.CATEGORY, FieldType.FLAG} else MISSING
    present = value != absent
    value = np.where(present, value, 0)
    match of.form:
        case Form.SQUARE_HIGH:
            return _square(value)[0]
        case Form.SQUARE_LOW:
            return _square(value)[1]
        case Form.SECONDS_SINCE:
            waited = np.maximum(events["occurred_at_ms"] - value, 0) // MS_PER_SECOND
            return np.asarray(np.where(present, np.minimum(waited, LONGEST_SECONDS), 0), dtype=np.int64)
        case Form.LATER:
            return np.asarray(present & (events["occurred_at_ms"] > value), dtype=np.int64)
        case _:
            return np.asarray(present, dtype=np.int64)


def _square(value: Ints) -> tuple[Ints, Ints]:
    """Squares in two words, made from halves so that nothing overflows."""
    high, low = value >> _HALF_BITS, value & ((1 << _HALF_BITS) - 1)
    rest = ((2 * high * low) << _HALF_BITS) + low * low
    return high * high + (rest >> SQUARE_BITS), rest & ((1 << SQUARE_BITS) - 1)
