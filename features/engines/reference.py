"""The oracle: loops over raw events, plainly right and slow. Nothing here is clever, and nothing should become so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np

from features.definition import Entity, Link, Measure, Ring, Window
from features.event_table import MISSING
from features.events import Event, EventKind
from features.pictures import NEAR_BITS
from features.plan import EntityPlan, Plan, WindowTotals
from features.quantities import added_by

Ids: TypeAlias = tuple[str, ...]


def window_totals(plan: Plan, events: Sequence[Event], claims: Sequence[Event]) -> WindowTotals:
    """Window totals for each claim, from all events known before it. Costs len(events) * len(claims) * cuts."""
    totals, last, linked = [], [], []
    for claim in claims:
        known = sorted((e for e in events if e.known_at_ms < claim.known_at_ms), key=lambda e: e.known_at_ms)
        members = [] if plan.ring is None else _ring(plan.ring.ring, known, claim)
        totals.append(
            [
                max(
                    (_total(known, entity.entity, ids, entity.measures[measure], window, claim) for ids in own),
                    default=0,
                )
                for entity, own in ((entity, _ids(claim, entity.entity)) for entity in plan.entities)
                for measure, window in entity.cuts
            ]
            + _ring_totals(plan, known, members, claim)
        )
        last.append(
            [
                max((_last_rise(known, entity.entity, ids, entity.measures[measure]) for ids in own), default=MISSING)
                for entity, own in ((entity, _ids(claim, entity.entity)) for entity in plan.entities)
                for measure in entity.recent
            ]
        )
        linked.append(_linked(plan, known, members, claim))
    arrays = (np.array(rows, dtype=np.int64) for rows in (totals, last, linked))
    return WindowTotals(*(rows.reshape(len(claims), width) for rows, width in zip(arrays, plan.widths, strict=True)))


def _ids(event: Event, entity: Entity) -> list[Ids]:
    """The ids of an entity that an event touches: none, one, or of a `many` entity several."""
    values = [getattr(event, field) for field in entity.id_fields]
    if any(value is None for value in values):
        return []
    return [(value,) for value in values[0]] if entity.many else [tuple(values)]


def _adds(known: Sequence[Event], entity: Entity, ids: Ids, measure: Measure) -> list[tuple[int, int]]:
    """(moment, what it adds) for each event, in order, that moves a measure of one entity."""
    met = set()
    adds = []
    for event in known:
        number = added_by(event, measure) if ids in _ids(event, entity) else 0
        if measure.first is not None and number:
            other = getattr(event, measure.first)
            number = 0 if other in met else 1
            met.add(other)
        if number:
            adds.append((event.known_at_ms, number))
    return adds


def _total(known: Sequence[Event], entity: Entity, ids: Ids, measure: Measure, window: Window, claim: Event) -> int:
    begin = 0 if window.length_ms is None else claim.known_at_ms - window.length_ms
    return sum(number for moment, number in _adds(known, entity, ids, measure) if moment >= begin)


def _last_rise(known: Sequence[Event], entity: Entity, ids: Ids, measure: Measure) -> int:
    return max((moment for moment, _ in _adds(known, entity, ids, measure)), default=MISSING)


def _ring_totals(plan: Plan, known: Sequence[Event], members: Iterable[str], claim: Event) -> list[int]:
    if plan.ring is None:
        return []
    member: EntityPlan = plan.entities[plan.ring.member]
    return [
        sum(_total(known, member.entity, (one,), member.measures[measure], window, claim) for one in members)
        for measure, window in plan.ring.cuts
    ]


def _ring(ring: Ring, known: Sequence[Event], claim: Event) -> list[str]:
    """The claim's buyer and everybody who can be reached from it, by going through all meetings again and again."""
    field = ring.member.id_fields[0]
    met = {
        (getattr(event, field), number, getattr(event, shared.thing.id_fields[0]))
        for event in known
        for number, shared in enumerate(ring.shared)
        if event.kind in shared.meets.kinds
        and getattr(event, field) is not None
        and getattr(event, shared.thing.id_fields[0]) is not None
    }
    public = {
        (number, thing)
        for _, number, thing in met
        if sum(meeting[1:] == (number, thing) for meeting in met) > ring.shared[number].most
    }
    agents = {member for member, _, _ in met if sum(meeting[0] == member for meeting in met) > ring.most_things}
    members = [getattr(claim, field)]
    while True:
        reached = {
            other
            for member, number, thing in met
            if member in members and member not in agents and (number, thing) not in public
            for other, other_number, other_thing in met
            if (number, thing) == (other_number, other_thing)
        }
        nearest = sorted(reached - set(members))[: ring.largest - len(members)]
        if not nearest:
            return members if len(members) > 1 else []
        members += nearest


def _linked(plan: Plan, known: Sequence[Event], members: Sequence[str], claim: Event) -> list[int]:
    found = dict.fromkeys(Link, MISSING)
    if plan.ring is not None:
        found[Link.RING_SIZE] = len(members)
    if plan.keeps_pictures:
        others = [
            picture
            for event in known
            if event.kind is EventKind.CLAIM_FILED and event.buyer_id not in {None, claim.buyer_id}
            for picture in event.evidence_hashes or ()
        ]
        own = (claim.evidence_hashes or ()) if claim.buyer_id is not None else ()
        bits = [min((_bits_apart(one, other) for other in others), default=64) for one in own]
        near = [number for number in bits if number <= NEAR_BITS]
        found[Link.PICTURES_OF_OTHERS] = len(near)
        found[Link.NEAREST_PICTURE] = min(near, default=MISSING)
    return list(found.values())


def _bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()
