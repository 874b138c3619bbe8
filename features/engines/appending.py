"""What events add to a store: rows of running totals, first meetings, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import sqlalchemy as sa

from features.arrays import Ints
from features.event_table import hash_bits
from features.events import Event, EventKind
from features.pictures import bands
from features.plan import EntityPlan, Meeting, Plan
from features.quantities import added_by
from features.store.encoding import decode_all, encode
from features.store.errors import RewriteError
from features.store.keys import entity_keys, other_key
from features.store.rows import write_rows
from features.store.schema import HISTORY, MEETING, PICTURE, PICTURE_BAND
from features.store.seeks import find_pictures, have_met, latest_states

Pair = tuple[str, str]  # an entity's key and that of the one it meets


def append_events(connection: sa.Connection, plan: Plan, events: Sequence[Event]) -> None:
    """Add events to the history of the entities that they touch, which must be locked.

    Raises:
        RewriteError: if an event isn't known later than all that an entity of it already knows.
    """
    ordered = sorted(events, key=lambda event: event.known_at_ms)
    first = _first_meetings(connection, plan, ordered)
    rows = []
    latest = latest_states(
        connection, {key for event in ordered for own in plan.entities for key in entity_keys(own.entity, event)}
    )
    for number, entity_plan in enumerate(plan.entities):
        meetings = {meeting.other: meeting for meeting in plan.meetings if meeting.entity == number}
        rows += _new_rows(entity_plan, plan.bitmap_bytes, ordered, meetings, first, latest)
    write_rows(connection, HISTORY, rows)
    write_rows(connection, MEETING, [(*pair, event.known_at_ms) for pair, event in first.items()])
    if plan.keeps_pictures:
        _note_pictures(connection, ordered)


def _first_meetings(connection: sa.Connection, plan: Plan, ordered: Iterable[Event]) -> dict[Pair, Event]:
    """The meetings that are new, each with the event in which it happens."""
    first: dict[Pair, Event] = {}
    for event in ordered:
        for meeting in plan.meetings:
            other = getattr(event, meeting.other)
            if other is not None and event.kind in meeting.kinds:
                for key in entity_keys(plan.entities[meeting.entity].entity, event):
                    first.setdefault((key, other_key(meeting, other)), event)
    known = have_met(connection, first)
    return {pair: event for pair, event in first.items() if pair not in known}


def _new_rows(
    plan: EntityPlan,
    size: int,
    ordered: Sequence[Event],
    meetings: Mapping[str, Meeting],
    first: Mapping[Pair, Event],
    latest: Mapping[str, tuple[int, bytes]],
) -> list[tuple[str, int, bytes]]:
    kinds = {kind for measure in plan.measures for kind in measure.kinds}
    touching: dict[str, list[Event]] = {}
    for event in ordered:
        for key in entity_keys(plan.entity, event) if event.kind in kinds else ():
            touching.setdefault(key, []).append(event)
    rows: list[tuple[str, int, bytes]] = []
    for key, own in touching.items():
        known_at_ms, encoded = latest.get(key, (0, None))
        if own[0].known_at_ms <= known_at_ms:
            raise RewriteError(
                f"event {own[0].event_id!r}, field known_at_ms: is {own[0].known_at_ms}, but {plan.entity.name} "
                f"history already reaches {known_at_ms}; it can't be rewritten: let the service stamp it"
            )
        state = decode_all([encoded], plan.width, size)[0]
        states: dict[int, bytes] = {}
        for event in own:
            _add(plan, key, state, event, meetings, first)
            states[event.known_at_ms] = encode(state, size)
        rows += [(key, moment, encoded) for moment, encoded in states.items()]
    return rows


def _add(
    plan: EntityPlan,
    key: str,
    state: Ints,
    event: Event,
    meetings: Mapping[str, Meeting],
    first: Mapping[Pair, Event],
) -> None:
    for index, measure in enumerate(plan.measures):
        adds = added_by(event, measure)
        if adds and measure.first is not None:
            pair = key, other_key(meetings[measure.first], getattr(event, measure.first))
            adds = 1 if first.get(pair) is event else 0
        if adds:
            state[index] += adds
            if index in plan.recent:
                state[len(plan.measures) + plan.recent.index(index)] = event.known_at_ms


def _note_pictures(connection: sa.Connection, ordered: Sequence[Event]) -> None:
    """Write down who showed pictures that are new, and which of the others somebody else shows now."""
    shown = sorted(
        (event.known_at_ms, event.buyer_id, picture)
        for event in ordered
        if event.kind is EventKind.CLAIM_FILED and event.buyer_id is not None
        for picture in hash_bits(event.evidence_hashes or ()).tolist()
    )
    known = find_pictures(connection, {picture for _, _, picture in shown})
    new: dict[int, list[object]] = {}
    for known_at_ms, buyer_id, picture in shown:
        if picture in known:
            if known[picture].others_at_ms is None and known[picture].buyer_id != buyer_id:
                meets_another = sa.update(PICTURE).where(PICTURE.c.hash == picture, PICTURE.c.others_at_ms.is_(None))
                connection.execute(meets_another.values(others_at_ms=known_at_ms))
        elif picture not in new:
            new[picture] = [picture, buyer_id, known_at_ms, None]
        elif new[picture][1] != buyer_id and new[picture][3] is None:
            new[picture][3] = known_at_ms
    write_rows(connection, PICTURE, [tuple(row) for row in new.values()])
    hashes = np.array(list(new), dtype=np.int64)
    filed = bands(hashes).tolist()
    write_rows(
        connection, PICTURE_BAND, [(band, picture) for picture, own in zip(new, filed, strict=True) for band in own]
    )
