"""Which states of a store a claim's window totals are made from, and how: laid out once, so that it costs little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.definition import Window
from features.event_table import MISSING
from features.events import Event
from features.plan import EntityPlan, Plan
from features.store.encoding import decode_all
from features.store.keys import entity_key, entity_keys


@dataclass(frozen=True, slots=True)
class Asked:
    """The states that a claim needs, in the order in which they are cut: a key and a moment in ms for each, in turns.

    First come those of its own entities, where `present`; then those of each of its pictures and of each member of its
    ring, `copies` times the same. `ends` are the states at the end of its own entities' windows, where they are known.
    """

    asked: list[str | int]
    present: list[bool]
    copies: list[int]
    ends: list[bytes | None] | None


@dataclass(frozen=True, slots=True)
class _Cut:
    """Which measure and which start make each total of an entity; `back_ms` says how far back each state lies."""

    plan: EntityPlan
    back_ms: tuple[int, ...]
    measures: Ints
    begin: Ints
    bounded: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, plan: EntityPlan, cuts: Sequence[tuple[int, Window]]) -> _Cut:
        lengths = sorted({window.length_ms for _, window in cuts if window.length_ms is not None})
        state_of = {length_ms: index + 1 for index, length_ms in enumerate(lengths)}
        begin = np.array([state_of.get(window.length_ms or 0, 0) for _, window in cuts], dtype=np.int64)
        return cls(plan, (0, *lengths), np.array([measure for measure, _ in cuts], dtype=np.int64), begin, begin > 0)

    def ask(self, keys: Sequence[str], as_of_ms: int, asked: list[str | int], *, end: bool = True) -> None:
        """Add what to look up of these entities, or all but the end."""
        back = self.back_ms if end else self.back_ms[1:]
        for key in keys:
            for back_ms in back:
                asked += (key, as_of_ms - back_ms)

    def totals(self, states: Ints) -> Ints:
        """Totals at the end less totals at the start; the start of all history is zero.

        `states` has shape (copies, len(back_ms), width), the end's first. Returns shape (copies, cuts).
        """
        at_end, at_begin = states[:, 0, self.measures], states[:, self.begin, self.measures]
        return np.asarray(at_end - at_begin * self.bounded, dtype=np.int64)


class Cuts:
    """Cuts window totals from states, for one claim at a time.

    What is named by one id, which is nearly all, is decoded and cut at once; what may come several times, apart.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._widths = plan.widths
        self._width = max(entity.width for entity in plan.entities)
        cuts = [_Cut.of(entity, entity.cuts) for entity in plan.entities]
        self._single = [cut for cut in cuts if not cut.plan.entity.many]
        self._many = [cut for cut in cuts if cut.plan.entity.many]
        self._single_at = [(number, cut) for number, cut in enumerate(cuts) if not cut.plan.entity.many]
        self._many_at = [(number, cut) for number, cut in enumerate(cuts) if cut.plan.entity.many]
        self._ring = None if plan.ring is None else _Cut.of(plan.entities[plan.ring.member], plan.ring.cuts)
        self._size = plan.bitmap_bytes
        entities = [cut.plan.entity for cut in self._single]
        self._names = [
            (entity_key(entity, [""]), entity.id_fields[0] if len(entity.id_fields) == 1 else None)
            for entity in entities
        ]
        first_state = np.cumsum([0, *(len(cut.back_ms) for cut in self._single)])[:-1]
        ends, begins, recent = [], [], []
        for cut, first in zip(self._single, first_state.tolist(), strict=True):
            ends.append(first * self._width + cut.measures)
            begins.append((cut.begin + first) * self._width + cut.measures)
            recent.append(first * self._width + len(cut.plan.measures) + np.arange(len(cut.plan.recent)))
        # places in the states laid out in one row
        self._end, self._begin, self._recent = (np.concatenate(places) for places in (ends, begins, recent))
        self._bounded = np.concatenate([cut.bounded for cut in self._single])
        self._lay_out_targets()

    def ask(
        self,
        claim: Event,
        ring: Sequence[str],
        as_of_ms: int,
        known: tuple[Sequence[Sequence[str]], Mapping[str, tuple[int, bytes]]] | None = None,
    ) -> Asked:
        """What to look up for a claim whose ring has these members.

        `known` holds the keys of each of the plan's entities, and their newest rows, if all are older than the moment.
        """
        if known is not None:
            return self._ask_known(*known, ring, as_of_ms)
        asked: list[str | int] = []
        present = []
        for cut, (prefix, field) in zip(self._single, self._names, strict=True):
            if field is None:
                keys = entity_keys(cut.plan.entity, claim)
            else:  # as of nearly all: one id
                own = getattr(claim, field)
                keys = [] if own is None else [prefix + own]
            present.append(bool(keys))
            cut.ask(keys, as_of_ms, asked)
        copies = []
        for cut in self._many:
            keys = entity_keys(cut.plan.entity, claim)
            copies.append(len(keys))
            cut.ask(keys, as_of_ms, asked)
        if self._ring is not None:
            copies.append(len(ring))
            self._ring.ask([entity_key(self._ring.plan.entity, [member]) for member in ring], as_of_ms, asked)
        return Asked(asked, present, copies, None)

    def _ask_known(
        self,
        keyed: Sequence[Sequence[str]],
        latest: Mapping[str, tuple[int, bytes]],
        ring: Sequence[str],
        as_of_ms: int,
    ) -> Asked:
        asked: list[str | int] = []
        present: list[bool] = []
        copies: list[int] = []
        ends: list[bytes | None] = []
        for number, cut in self._single_at:
            keys = keyed[number]
            present.append(bool(keys))
            if keys:
                cut.ask(keys, as_of_ms, asked, end=False)
                row = latest.get(keys[0])
                ends.append(None if row is None else row[1])
        for number, cut in self._many_at:
            copies.append(len(keyed[number]))
            cut.ask(keyed[number], as_of_ms, asked)
        if self._ring is not None:
            copies.append(len(ring))
            self._ring.ask([entity_key(self._ring.plan.entity, [member]) for member in ring], as_of_ms, asked)
        return Asked(asked, present, copies, ends)

    def totals(self, asked: Asked, found: Sequence[bytes | None]) -> tuple[Ints, Ints]:
        """Window totals and last rises of the claim, shapes (cuts,) and (recent,), from what was found."""
        totals, last = np.zeros(self._widths[0], dtype=np.int64), np.zeros(self._widths[1], dtype=np.int64)
        rows: list[bytes | None] = []
        position = 0
        ends = None if asked.ends is None else iter(asked.ends)
        for cut, is_present in zip(self._single, asked.present, strict=True):
            size = len(cut.back_ms)
            if not is_present:
                rows += [None] * size
                continue
            if ends is not None:
                rows.append(next(ends))
                size -= 1
            rows += found[position : position + size]
            position += size
        states = decode_all(rows, self._width, self._size)
        flat = states.reshape(-1)
        totals[self._target] = flat.take(self._end) - flat.take(self._begin) * self._bounded
        last[self._recent_target] = flat.take(self._recent)
        several = [*self._many, *([] if self._ring is None else [self._ring])]
        for number, (cut, copies) in enumerate(zip(several, asked.copies, strict=True)):
            if copies:
                size = copies * len(cut.back_ms)
                own = decode_all(found[position : position + size], cut.plan.width, self._size)
                own = own.reshape(copies, len(cut.back_ms), cut.plan.width)
                position += size
                self._put(number, cut, own, totals, last)
        last[last == 0] = MISSING
        return totals, last

    def _put(self, number: int, cut: _Cut, states: Ints, totals: Ints, last: Ints) -> None:
        each = cut.totals(states)
        if number == len(self._many):
            totals[len(totals) - each.shape[1] :] = each.sum(axis=0)
            return
        total_at, recent_at = self._many_targets[number]
        totals[total_at : total_at + each.shape[1]] = each.max(axis=0)
        recent = len(cut.plan.recent)
        last[recent_at : recent_at + recent] = states[:, 0, len(cut.plan.measures) :].max(axis=0)

    def _lay_out_targets(self) -> None:
        """Where the totals and last rises of each entity belong among all of the plan's."""
        target: list[Ints] = []
        recent: list[Ints] = []
        self._many_targets: list[tuple[int, int]] = []
        total_at = recent_at = 0
        for plan in self._plan.entities:
            if plan.entity.many:
                self._many_targets.append((total_at, recent_at))
            else:
                target.append(np.arange(total_at, total_at + len(plan.cuts)))
                recent.append(np.arange(recent_at, recent_at + len(plan.recent)))
            total_at += len(plan.cuts)
            recent_at += len(plan.recent)
        self._target, self._recent_target = np.concatenate(target), np.concatenate(recent)
