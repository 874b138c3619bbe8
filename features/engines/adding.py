"""What one event adds to the totals of an entity, laid out once per sort of event: quick enough for a claim at a time.

An event's sort is its kind and the words that measures ask for. For each sort it is known beforehand which totals rise
by one; what is left per event are a few amounts, times, and first meetings. `features.quantities.added_by` says the
same measure by measure, and the parity tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Ints
from features.definition import Measure, Quantity
from features.events import Event, EventKind
from features.plan import EntityPlan
from features.quantities import number_of

NOT_RECENT = -1


@dataclass(frozen=True, slots=True)
class _Sort:
    """Which totals an event of this sort moves, by their place in a row.

    Attributes:
        ones: places that rise by one.
        moments: places of the last rises among them.
        numbers: place, what is added, and the place of its last rise.
        firsts: place, the field of the other one, and the place of its last rise.
    """

    ones: Ints
    moments: Ints
    numbers: tuple[tuple[int, Quantity, int], ...]
    firsts: tuple[tuple[int, str, int], ...]


class Adding:
    """Adds events to rows of one entity's totals."""

    def __init__(self, plan: EntityPlan) -> None:
        self._plan = plan
        self._recent = {measure: len(plan.measures) + place for place, measure in enumerate(plan.recent)}
        self._asked = {
            kind: tuple(
                sorted({field for measure in plan.measures if kind in measure.kinds for field, _ in measure.where})
            )
            for measure in plan.measures
            for kind in measure.kinds
        }
        self._sorts: dict[tuple[object, ...], _Sort] = {}

    def touches(self, kind: EventKind) -> bool:
        """Whether events of a kind leave a row with this entity."""
        return kind in self._asked

    def add(self, row: Ints, event: Event, is_first: Callable[[str], bool], known: dict[Quantity, int]) -> None:
        """Add an event of a kind that touches the entity.

        Args:
            row: the entity's totals, shape (width,), changed in place.
            event: the event.
            is_first: whether the entity meets the one that a field names for the first time in this event.
            known: numbers of the event that were made before, for other entities.
        """
        asked = self._asked[event.kind]
        words = (event.kind, *[getattr(event, field) for field in asked])
        sort = self._sorts.get(words)
        if sort is None:
            sort = self._sorts[words] = self._sort(event.kind, dict(zip(asked, words[1:], strict=True)))
        row[sort.ones] += 1
        row[sort.moments] = event.known_at_ms
        for place, quantity, recent in sort.numbers:
            number = known.get(quantity)
            if number is None:
                number = known[quantity] = number_of(event, quantity)
            if number:
                row[place] += number
                if recent != NOT_RECENT:
                    row[recent] = event.known_at_ms
        for place, field, recent in sort.firsts:
            if getattr(event, field) is not None and is_first(field):
                row[place] += 1
                if recent != NOT_RECENT:
                    row[recent] = event.known_at_ms

    def _sort(self, kind: EventKind, words: Mapping[str, object]) -> _Sort:
        ones: list[int] = []
        numbers: list[tuple[int, Quantity, int]] = []
        firsts: list[tuple[int, str, int]] = []
        for place, measure in enumerate(self._plan.measures):
            if not _counts(measure, kind, words):
                continue
            recent = self._recent.get(place, NOT_RECENT)
            if measure.first is not None:
                firsts.append((place, measure.first, recent))
            elif measure.of is not None:
                numbers.append((place, measure.of, recent))
            else:
                ones.append(place)
        moments = [self._recent[place] for place in ones if place in self._recent]
        return _Sort(np.array(ones, dtype=np.intp), np.array(moments, dtype=np.intp), tuple(numbers), tuple(firsts))


def _counts(measure: Measure, kind: EventKind, words: Mapping[str, object]) -> bool:
    return kind in measure.kinds and all(words[field] == word for field, word in measure.where)
