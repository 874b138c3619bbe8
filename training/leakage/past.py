"""A claim's vector from nothing but what was known before it.

The batch engine makes it, once for each entity that the claim touches, out of a table that holds that entity's events
alone: what was known before the claim, and the claim. So a claim costs by the histories that it touches, and by one
look at all events for each of its ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.assemble import Assembler
from features.definition import Entity, Link, Ring
from features.engines.batch import window_totals
from features.event_table import EventTable, code_of
from features.facts import facts_of_rows
from features.plan import Plan, RingPlan, WindowTotals
from training.leakage.narrowing import narrow, number_anew, turn_round

Flags: TypeAlias = npt.NDArray[np.bool_]
Cut: TypeAlias = Callable[[EventTable, int], tuple[EventTable, int]]
PICTURES = frozenset({Link.PICTURES_OF_OTHERS, Link.NEAREST_PICTURE})


def known_before(events: EventTable, row: int) -> tuple[EventTable, int]:
    """What was known before the claim in a row, and the claim; with the row in which it is then."""
    known = events["known_at_ms"] < events["known_at_ms"][row]
    known[row] = True
    kept = np.flatnonzero(known)
    return narrow(events, kept), int(np.searchsorted(kept, row))


def later_turned_round(events: EventTable, row: int) -> tuple[EventTable, int]:
    """All events, with every verdict, decision and inspection turned round that was not known before the claim."""
    return turn_round(events, int(events["known_at_ms"][row])), row


@dataclass(frozen=True, slots=True)
class _Part:
    """A plan of one entity's history, or of the ring, or of pictures; and the events that it needs for one claim."""

    plan: Plan
    events: EventTable
    row: int


@dataclass(frozen=True, slots=True)
class Histories:
    """All events that may play a part in the features of one claim, whatever they look at."""

    assembler: Assembler
    parts: tuple[_Part, ...]
    facts: Ints

    @classmethod
    def of(cls, assembler: Assembler, events: EventTable, row: int) -> Self:
        """The histories that the claim in a row touches, from the first event to the last.

        `assembler` is of the plan; it is the same for all claims, and takes longer to make than a vector.
        """
        parts = []
        for part, rows in _histories(assembler.plan, events, row):
            own = narrow(events, rows)
            walks = part.ring is not None or part.keeps_pictures
            parts.append(_Part(part, number_anew(own) if walks else own, int(np.searchsorted(rows, row))))
        return cls(assembler, tuple(parts), facts_of_rows(events, np.array([row])))

    def __len__(self) -> int:
        return sum(len(part.events) for part in self.parts)

    def vector(self, cut: Cut) -> Floats:
        """The claim's vector, shape (columns,), as a cut of what is known gives it."""
        found = []
        for part in self.parts:
            events, row = cut(part.events, part.row)
            found.append((part.plan, window_totals(part.plan, events, np.array([row]))))
        return np.asarray(self.assembler.assemble(_joined(found), self.facts)[0], dtype=np.float64)


def _histories(plan: Plan, events: EventTable, row: int) -> Iterator[tuple[Plan, Ints]]:
    """A plan for each thing that keeps a history, and the rows that may play a part in it for one claim."""
    nothing_else = replace(plan, ring=None, links=frozenset())
    for entity_plan in plan.entities:
        yield replace(nothing_else, entities=(entity_plan,)), _touching(events, entity_plan.entity, row)
    if plan.ring is not None:
        member = replace(plan.entities[plan.ring.member], cuts=(), recent=())
        ring = RingPlan(plan.ring.ring, 0, plan.ring.cuts)
        only_ring = replace(plan, entities=(member,), ring=ring, links=plan.links - PICTURES)
        yield only_ring, _around(events, plan.ring.ring, row)
    if plan.keeps_pictures:
        only_pictures = replace(plan, entities=(), ring=None, links=plan.links & PICTURES)
        yield only_pictures, np.union1d(events.pictures.row if row in events.pictures.row else [], [row]).astype(int)


def _joined(found: list[tuple[Plan, WindowTotals]]) -> WindowTotals:
    """The parts' totals side by side, as the whole plan has them: entities, then the ring."""
    linked = found[0][1].linked.copy()
    for part, totals in found:
        for number, link in enumerate(Link):
            if (link in PICTURES and part.keeps_pictures) or (link not in PICTURES and part.ring is not None):
                linked[:, number] = totals.linked[:, number]
    return WindowTotals(
        np.concatenate([totals.totals for _, totals in found], axis=1),
        np.concatenate([totals.last_rise_ms for _, totals in found], axis=1),
        linked,
    )


def _touching(events: EventTable, entity: Entity, row: int) -> Ints:
    """The rows of the events that touch the same entity as the claim does, and the claim's."""
    if entity.many:
        pictures = events.pictures
        own = np.isin(pictures.hash, pictures.hash[pictures.row == row])
        return np.unique(np.append(pictures.row[own], row))
    same = np.ones(len(events), dtype=np.bool_)
    for name in entity.id_fields:
        same &= events[name] == events[name][row]
    if any(events[name][row] < 0 for name in entity.id_fields):
        same[:] = False
    same[row] = True
    return np.flatnonzero(same)


def _around(events: EventTable, ring: Ring, row: int) -> Ints:
    """The rows of all who can be reached from the claim's buyer over what they share, and of what they share.

    More than the ring may be among them: how far it goes is for the engine to say.
    """
    member, known = events[ring.member.id_fields[0]], events["known_at_ms"] < events["known_at_ms"][row]
    things = [events[shared.thing.id_fields[0]] for shared in ring.shared]
    meets = [
        known & _among(events["kind"], np.array([code_of("kind", kind) for kind in shared.meets.kinds]))
        for shared in ring.shared
    ]
    touched = np.zeros(len(events), dtype=np.bool_)
    touched[row] = True
    edge, reached = member[[row]], member[[row]]
    while len(edge) and edge[0] >= 0 and len(reached) <= ring.largest:
        of_edge = _among(member, edge)
        near = [member[:0]]
        for shared, thing, met in zip(ring.shared, things, meets, strict=True):
            own = np.unique(thing[of_edge & met & (thing >= 0)])
            at_own = _among(thing, own)
            touched |= at_own
            near.append(_members(member[at_own & met], thing[at_own & met], shared.most))
        touched |= of_edge
        edge = np.setdiff1d(np.concatenate(near), reached)
        reached = np.union1d(reached, edge)
    return np.flatnonzero(touched | _among(member, edge))


def _among(codes: Ints, chosen: Ints) -> Flags:
    """Which codes are among some; nobody's, -1, is not."""
    flags = np.zeros(int(codes.max(initial=-1)) + 2, dtype=np.bool_)
    flags[chosen] = True
    flags[-1] = False
    return np.asarray(flags[codes], dtype=np.bool_)


def _members(members: Ints, things: Ints, most: int) -> Ints:
    """Those who have met things that aren't public."""
    if len(things) == 0:
        return members
    members, things = members[members >= 0], things[members >= 0]
    pairs = np.unique(np.stack([things, members], axis=1), axis=0)
    _, which, number = np.unique(pairs[:, 0], return_inverse=True, return_counts=True)
    return np.unique(pairs[:, 1][number[which] <= most])
