"""The oracle: loops over raw events, plainly right and slow. Nothing here is clever, and nothing should become so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.definition import Entity, Measure
from features.event_table import MISSING
from features.events import Event
from features.plan import Plan, WindowTotals


def window_totals(plan: Plan, events: Sequence[Event], claims: Sequence[Event]) -> WindowTotals:
    """Window totals for each claim, from all events known before it. Costs len(events) * len(claims) * cuts."""
    totals = [
        [
            sum(
                _value(event, entity_plan.measures[measure])
                for event in events
                if _same_entity(event, claim, entity_plan.entity)
                and _counts(event, entity_plan.measures[measure])
                and event.known_at_ms < claim.known_at_ms
                and (window.length_ms is None or event.known_at_ms >= claim.known_at_ms - window.length_ms)
            )
            for entity_plan in plan.entities
            for measure, window in entity_plan.cuts
        ]
        for claim in claims
    ]
    last_rise_ms = [
        [
            max(
                (
                    event.known_at_ms
                    for event in events
                    if _same_entity(event, claim, entity_plan.entity)
                    and _counts(event, entity_plan.measures[measure])
                    and _value(event, entity_plan.measures[measure]) > 0
                    and event.known_at_ms < claim.known_at_ms
                ),
                default=MISSING,
            )
            for entity_plan in plan.entities
            for measure in entity_plan.recent
        ]
        for claim in claims
    ]
    shape = (len(claims), -1) if claims else (0, sum(len(entity_plan.cuts) for entity_plan in plan.entities))
    recent_shape = (len(claims), -1) if claims else (0, sum(len(entity_plan.recent) for entity_plan in plan.entities))
    return WindowTotals(
        np.array(totals, dtype=np.int64).reshape(shape), np.array(last_rise_ms, dtype=np.int64).reshape(recent_shape)
    )


def _same_entity(event: Event, claim: Event, entity: Entity) -> bool:
    return all(
        getattr(event, field) is not None and getattr(event, field) == getattr(claim, field)
        for field in entity.id_fields
    )


def _counts(event: Event, measure: Measure) -> bool:
    return event.kind == measure.kind and all(getattr(event, field) == word for field, word in measure.where)


def _value(event: Event, measure: Measure) -> int:
    return 1 if measure.of is None else int(getattr(event, measure.of))
