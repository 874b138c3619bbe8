"""What events add to a store: rows of running totals, first meetings, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from features.arrays import Ints
from features.definition import Quantity
from features.engines.adding import Adding
from features.event_table import hash_bits
from features.events import Event, EventKind
from features.pictures import bands_of
from features.plan import EntityPlan, Plan
from features.store.encoding import decode_all, encode
from features.store.errors import RewriteError
from features.store.keys import entity_keys, other_key
from features.store.rows import write_rows
from features.store.schema import HISTORY, MEETING, PICTURE, PICTURE_BAND
from features.store.seeks import find_pictures, have_met, latest_states

Pair = tuple[str, str]  # an entity's key and that of the one it meets
Keyed = Sequence[Sequence[str]]  # of each entity of the plan, the keys of those that an event touches
Latest = Mapping[str, tuple[int, bytes]]  # an entity's newest row: its moment in ms and its state


class Appender:
    """Appends a few events at a time to one plan's history."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._width = max(entity.width for entity in plan.entities)
        self._adding = [Adding(entity) for entity in plan.entities]
        self._others = [
            {meeting.other: meeting for meeting in plan.meetings if meeting.entity == number}
            for number in range(len(plan.entities))
        ]

    def append(
        self, connection: sa.Connection, events: Sequence[Event], known: tuple[Keyed, Latest] | None = None
    ) -> None:
        """Add events to the history of the entities that they touch, which must be locked.

        Args:
            connection: within the transaction that holds the locks.
            events: in any order.
            known: the keys of each entity, if they are the same for all events; and the newest rows of all, if they
                were read under those locks.

        Raises:
            RewriteError: if an event isn't known later than all that an entity of it already knows.
        """
        ordered = sorted(events, key=lambda event: event.known_at_ms)
        keyed: Sequence[Keyed]
        if known is None:
            keyed = [[entity_keys(own.entity, event) for own in self._plan.entities] for event in ordered]
            latest: Latest = latest_states(connection, {key for own in keyed for keys in own for key in keys})
        else:
            keyed, latest = [known[0]] * len(ordered), known[1]
        first = self._first_meetings(connection, ordered, keyed)
        write_rows(connection, HISTORY, self._rows(ordered, keyed, first, latest))
        write_rows(connection, MEETING, [(*pair, event.known_at_ms) for pair, event in first.items()])
        if self._plan.keeps_pictures:
            _note_pictures(connection, ordered)

    def _first_meetings(
        self, connection: sa.Connection, ordered: Sequence[Event], keyed: Sequence[Keyed]
    ) -> dict[Pair, Event]:
        """The meetings that are new, each with the event in which it happens."""
        first: dict[Pair, Event] = {}
        for event, keys in zip(ordered, keyed, strict=True):
            for meeting in self._plan.meetings:
                if event.kind in meeting.kinds and (other := getattr(event, meeting.other)) is not None:
                    for key in keys[meeting.entity]:
                        first.setdefault((key, other_key(meeting, other)), event)
        known = have_met(connection, first)
        return {pair: event for pair, event in first.items() if pair not in known}

    def _rows(
        self,
        ordered: Sequence[Event],
        keyed: Sequence[Keyed],
        first: Mapping[Pair, Event],
        latest: Latest,
    ) -> list[tuple[str, int, bytes]]:
        """The rows that events leave, one for each entity and moment."""
        states = self._states(ordered, keyed, latest)
        size = self._plan.bitmap_bytes
        rows: dict[tuple[str, int], bytes | None] = {}
        for position, (event, keys) in enumerate(zip(ordered, keyed, strict=True)):
            known: dict[Quantity, int] = {}
            for number, own in enumerate(keys):
                if own and self._adding[number].touches(event.kind):
                    for key in own:
                        self._add(number, key, event, states[key], first, known)
                        rows[key, event.known_at_ms] = None
            # what is known at one moment makes one row
            if position + 1 == len(ordered) or ordered[position + 1].known_at_ms != event.known_at_ms:
                for (key, moment), encoded in rows.items():
                    if encoded is None:
                        rows[key, moment] = encode(states[key], size)
        return [(key, moment, encoded) for (key, moment), encoded in rows.items() if encoded is not None]

    def _add(
        self,
        number: int,
        key: str,
        event: Event,
        state: Ints,
        first: Mapping[Pair, Event],
        known: dict[Quantity, int],
    ) -> None:
        others = self._others[number]

        def is_first(field: str) -> bool:
            return first.get((key, other_key(others[field], getattr(event, field)))) is event

        self._adding[number].add(state, event, is_first, known)

    def _states(self, ordered: Sequence[Event], keyed: Sequence[Keyed], latest: Latest) -> dict[str, Ints]:
        """What each entity's totals were before these events, decoded at once."""
        touched: dict[str, EntityPlan] = {}
        for event, keys in zip(ordered, keyed, strict=True):
            for number, own in enumerate(keys):
                if own and self._adding[number].touches(event.kind):
                    for key in own:
                        if key not in touched:
                            touched[key] = self._plan.entities[number]
                            _refuse_rewriting(event, touched[key], latest.get(key))
        encoded = [latest[key][1] if key in latest else None for key in touched]
        states = decode_all(encoded, self._width, self._plan.bitmap_bytes)
        return {key: states[row, : plan.width] for row, (key, plan) in enumerate(touched.items())}


def _refuse_rewriting(event: Event, plan: EntityPlan, newest: tuple[int, bytes] | None) -> None:
    if newest is not None and event.known_at_ms <= newest[0]:
        raise RewriteError(
            f"event {event.event_id!r}, field known_at_ms: is {event.known_at_ms}, but {plan.entity.name} "
            f"history already reaches {newest[0]}; it can't be rewritten: let the service stamp it"
        )


def _note_pictures(connection: sa.Connection, ordered: Iterable[Event]) -> None:
    """Write down who showed pictures that are new, and which of the others somebody else shows now."""
    shown = sorted(
        (event.known_at_ms, event.buyer_id, picture)
        for event in ordered
        if event.kind is EventKind.CLAIM_FILED and event.buyer_id is not None and event.evidence_hashes
        for picture in hash_bits(event.evidence_hashes).tolist()
    )
    if not shown:
        return
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
    write_rows(connection, PICTURE_BAND, [(band, picture) for picture in new for band in bands_of(picture)])
