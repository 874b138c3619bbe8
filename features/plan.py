"""A catalogue compiled: which totals each entity keeps, which windows are cut from them, which columns come out.

Engines produce `WindowTotals` for a plan; `features.assemble` turns them into columns. Both lie flat, entity by
entity, in the order of `Plan.entities`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import TypeAlias

from features.arrays import Ints
from features.catalog import CATALOG, ENTITIES, RINGS
from features.columns import Column, columns_of
from features.definition import (
    Entity,
    FeatureGroup,
    Link,
    LinkGroup,
    Measure,
    Rate,
    RateGroup,
    RecencyGroup,
    RelativeGroup,
    Ring,
    SpreadGroup,
    TotalGroup,
    UsualGroup,
    Window,
)
from features.events import EventKind


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """What one entity keeps and what is cut from it.

    A row of its history holds `len(measures)` running totals and then, for each index in `recent`, the `known_at`
    of the row in which that measure last rose. `cuts` lists the (measure index, window) pairs that columns need.
    """

    entity: Entity
    measures: tuple[Measure, ...]
    recent: tuple[int, ...]
    cuts: tuple[tuple[int, Window], ...]

    @property
    def width(self) -> int:
        """How many int64 values a row of history holds."""
        return len(self.measures) + len(self.recent)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The bounded windows that are cut, shortest first."""
        bounded = {window for _, window in self.cuts if window.length_ms is not None}
        return tuple(sorted(bounded, key=lambda window: window.length_ms or 0))


@dataclass(frozen=True, slots=True)
class RingPlan:
    """What is cut from the members of a claim's ring and summed: (index of the member's measure, window) pairs.

    `member` is the index of the member's plan among the entities.
    """

    ring: Ring
    member: int
    cuts: tuple[tuple[int, Window], ...]


@dataclass(frozen=True, slots=True, order=True)
class Meeting:
    """First meetings that are on record: of an entity with another one, in events of some kinds.

    `other` is the field that names the other one, and `code` marks it in a store, as it does the other's own history.
    """

    entity: int
    other: str
    code: str
    kinds: tuple[EventKind, ...]


@dataclass(frozen=True, slots=True)
class WindowTotals:
    """What an engine returns for n claims, all int64.

    `totals` has shape (n, number of cuts of all entities and then of the ring), `last_rise_ms` shape (n, number of
    recent measures of all entities), `linked` shape (n, number of links). Of the last two, what there is not is
    `MISSING`.
    """

    totals: Ints
    last_rise_ms: Ints
    linked: Ints


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled catalogue.

    `catalog_hash` changes with any definition: a model belongs to one. `layout_hash` changes only with what a row
    of history holds: a store belongs to one.
    """

    catalog: tuple[FeatureGroup, ...]
    entities: tuple[EntityPlan, ...]
    ring: RingPlan | None
    meetings: tuple[Meeting, ...]
    links: frozenset[Link]
    columns: tuple[Column, ...]
    catalog_hash: str
    layout_hash: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the model's order."""
        return tuple(column.name for column in self.columns)

    @property
    def bitmap_bytes(self) -> int:
        """How many bytes the bitmap of a row of history takes, the same for all entities."""
        return (max(plan.width for plan in self.entities) + 7) // 8

    @property
    def keeps_pictures(self) -> bool:
        """Whether claims are compared with the pictures of others."""
        return bool(self.links & {Link.PICTURES_OF_OTHERS, Link.NEAREST_PICTURE})

    @property
    def widths(self) -> tuple[int, int, int]:
        """How many columns the arrays of `WindowTotals` have."""
        cuts = sum(len(plan.cuts) for plan in self.entities) + (len(self.ring.cuts) if self.ring else 0)
        return cuts, sum(len(plan.recent) for plan in self.entities), len(Link)

    @property
    def longest_window_ms(self) -> int:
        """The length of the longest bounded window: what lies further back is only ever counted from the start."""
        cuts = [cut for plan in self.entities for cut in plan.cuts] + list(self.ring.cuts if self.ring else ())
        return max((window.length_ms for _, window in cuts if window.length_ms is not None), default=0)

    def cut_index(self, entity: Entity | Ring, measure: Measure, window: Window) -> int:
        """Where a measure over a window lies in `WindowTotals.totals`."""
        offset = 0
        for plan in self.entities:
            if plan.entity == entity:
                return offset + plan.cuts.index((plan.measures.index(measure), window))
            offset += len(plan.cuts)
        if self.ring is None or self.ring.ring != entity:
            raise KeyError(entity.name)
        member = self.entities[self.ring.member]
        return offset + self.ring.cuts.index((member.measures.index(measure), window))

    def recent_index(self, entity: Entity, measure: Measure) -> int:
        """Where a measure's last rise lies in `WindowTotals.last_rise_ms`."""
        offset = 0
        for plan in self.entities:
            if plan.entity == entity:
                return offset + plan.recent.index(plan.measures.index(measure))
            offset += len(plan.recent)
        raise KeyError(entity.name)


@cache
def default_plan() -> Plan:
    """The plan of the catalogue that the service and the training use."""
    return compile_plan(CATALOG, ENTITIES, RINGS)


def compile_plan(catalog: Sequence[FeatureGroup], entities: Sequence[Entity], rings: Sequence[Ring] = ()) -> Plan:
    """Compile a catalogue.

    Raises:
        ValueError: if two columns, or two different measures of an entity, have the same name; if an entity keeps
            nothing that a claim moves, since a claim could then read it and leave no mark; or if there are several
            rings, or none where the size of one is asked for.
    """
    columns = tuple(column for group in catalog for column in columns_of(group))
    _refuse_repeats([column.name for column in columns], "two features are called")
    needs = [need for group in catalog for need in _needs(group)]
    links = frozenset(group.link for group in catalog if isinstance(group, LinkGroup))
    ring = _only_ring(rings, links)
    plans = tuple(_plan_entity(entity, needs, catalog, ring) for entity in entities)
    ring_plan = None if ring is None else _plan_ring(ring, plans, needs)
    meetings = _meetings(plans, ring)
    definitions = [{"group": type(group).__name__, **asdict(group)} for group in catalog]
    layout = [
        [(asdict(plan.entity), [asdict(measure) for measure in plan.measures], plan.recent) for plan in plans],
        [asdict(meeting) for meeting in meetings],
        bool(links & {Link.PICTURES_OF_OTHERS, Link.NEAREST_PICTURE}),
    ]
    shape = [[column.name for column in columns], None if ring is None else asdict(ring)]
    return Plan(
        tuple(catalog), plans, ring_plan, meetings, links, columns, _digest([definitions, layout, shape]),
        _digest(layout),
    )  # fmt: skip


def _only_ring(rings: Sequence[Ring], links: frozenset[Link]) -> Ring | None:
    if len(rings) > 1:
        names = ", ".join(each.name for each in rings)
        raise ValueError(f"of rings there is one at most; remove all but one of {names}")
    if not rings and Link.RING_SIZE in links:
        raise ValueError(f"{Link.RING_SIZE} needs a ring; give one, or remove the feature")
    return rings[0] if rings else None


Need: TypeAlias = tuple[Entity | Ring, Measure, Window]


def _needs(group: FeatureGroup) -> list[Need]:
    """The totals that a group's features are made from."""
    match group:
        case TotalGroup():
            return [(group.entity, measure, window) for measure in group.measures for window in group.windows]
        case RateGroup():
            return [(group.entity, measure, window) for window in group.windows for measure in (group.of, group.per)]
        case RelativeGroup():
            return [need for window in group.windows for rate in (group.rate, group.to) for need in _both(rate, window)]
        case UsualGroup():
            return [need for window in group.windows for need in _both(group.usual, window)]
        case SpreadGroup():
            measures = (group.count, group.sum, *group.squares)
            return [(group.entity, measure, window) for window in group.windows for measure in measures]
        case _:
            return []


def _both(rate: Rate, window: Window) -> list[Need]:
    return [(rate.entity, rate.of, window), (rate.entity, rate.per, window)]


def _plan_entity(
    entity: Entity, needs: Sequence[Need], catalog: Sequence[FeatureGroup], ring: Ring | None
) -> EntityPlan:
    cuts = dict.fromkeys((measure, window) for owner, measure, window in needs if owner == entity)
    recent = dict.fromkeys(
        measure
        for group in catalog
        if isinstance(group, RecencyGroup) and group.entity == entity
        for measure in group.measures
    )
    of_ring = [measure for owner, measure, _ in needs if ring is not None and owner == ring and entity == ring.member]
    order = tuple(dict.fromkeys([*(measure for measure, _ in cuts), *recent, *of_ring]))
    _refuse_repeats([measure.name for measure in order], f"two different measures of {entity.name} are called")
    if not any(EventKind.CLAIM_FILED in measure.kinds for measure in order):
        raise ValueError(f"{entity.name}: keeps no total that a claim moves; add one, such as its count of claims")
    return EntityPlan(
        entity,
        order,
        tuple(order.index(measure) for measure in recent),
        tuple((order.index(measure), window) for measure, window in cuts),
    )


def _plan_ring(ring: Ring, plans: Sequence[EntityPlan], needs: Sequence[Need]) -> RingPlan:
    member = [plan.entity for plan in plans].index(ring.member)
    measures = plans[member].measures
    cuts = dict.fromkeys((measures.index(measure), window) for owner, measure, window in needs if owner == ring)
    return RingPlan(ring, member, tuple(cuts))


def _meetings(plans: Sequence[EntityPlan], ring: Ring | None) -> tuple[Meeting, ...]:
    """What must be on record of first meetings: for each count of different ones, and both ways for a ring."""
    entities = [plan.entity for plan in plans]
    codes = {entity.id_fields[0]: entity.code for entity in entities if len(entity.id_fields) == 1}
    found = {
        (number, measure.first, measure.kinds)
        for number, plan in enumerate(plans)
        for measure in plan.measures
        if measure.first is not None
    }
    if ring is not None:
        for shared in ring.shared:
            (member_id,), (thing_id,) = ring.member.id_fields, shared.thing.id_fields
            found.add((entities.index(shared.thing), member_id, shared.meets.kinds))
            found.add((entities.index(ring.member), thing_id, shared.meets.kinds))
    meetings = sorted(Meeting(entity, other, codes.get(other, other), kinds) for entity, other, kinds in found)
    pairs = [f"{entities[meeting.entity].name} and {meeting.other}" for meeting in meetings]
    _refuse_repeats(pairs, "meetings over different kinds of event are counted of")
    return tuple(meetings)


def _refuse_repeats(names: list[str], complaint: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{complaint} {name!r}; rename or remove one")


def _digest(definitions: object) -> str:
    """A digest of all that decides numbers and their order; words for people don't count."""
    canonical = json.dumps(_without_words(definitions), sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _without_words(value: object) -> object:
    match value:
        case {"en": _, "zh": _}:
            return None
        case dict():
            return {key: _without_words(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_words(item) for item in value]
        case _:
            return value
