"""First meetings and pictures of many events at once, set against those that a store has on record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from features.arrays import Ints
from features.engines.running import Met, entity_codes
from features.event_table import MISSING, EventTable, code_of, hash_words
from features.pictures import Shown, bands, id_ranks, shown_in
from features.plan import EntityPlan, Meeting, Plan
from features.store.errors import RewriteError
from features.store.keys import entity_key, hash_piece_keys, other_key
from features.store.locks import find_floors
from features.store.rows import write_rows
from features.store.schema import MEETING, PICTURE, PICTURE_BAND
from features.store.seeks import find_pictures, have_met


def note_meetings(
    connection: sa.Connection, plan: Plan, entity: int, events: EventTable, *, first: bool
) -> dict[str, Met]:
    """Write down the new first meetings of an entity; return those that were known, by the field of the other.

    `first` says that nothing is on record yet.
    """
    return {
        meeting.other: _note(connection, plan.entities[entity], meeting, events, first=first)
        for meeting in plan.meetings
        if meeting.entity == entity
    }


def _note(connection: sa.Connection, plan: EntityPlan, meeting: Meeting, events: EventTable, *, first: bool) -> Met:
    touching, touched = entity_codes(events, plan.entity)
    kinds = [code_of("kind", kind) for kind in meeting.kinds]
    others = events[meeting.other]
    meets = np.isin(events["kind"], kinds)[touching] & (others[touching] >= 0)
    rows, codes = touching[meets], touched[meets]
    order = np.lexsort((events["known_at_ms"][rows], others[rows], codes))
    rows, codes = rows[order], codes[order]
    is_first = np.append(True, (np.diff(codes) != 0) | (np.diff(others[rows]) != 0))[: len(rows)]
    rows, codes = rows[is_first], codes[is_first]
    names = list(zip(_keys(plan, events, rows, codes), _others(meeting, events, rows), strict=True))
    known = set() if first else have_met(connection, names)
    is_new = np.array([pair not in known for pair in names], dtype=bool)
    moments = events["known_at_ms"][rows].tolist()
    new = np.flatnonzero(is_new).tolist()
    write_rows(connection, MEETING, sorted((*names[number], moments[number]) for number in new))
    return Met(codes[~is_new], others[rows[~is_new]])


def _keys(plan: EntityPlan, events: EventTable, rows: Ints, codes: Ints) -> list[str]:
    if plan.entity.many:
        return [entity_key(plan.entity, [word]) for word in hash_words(codes)]
    ids = [_words(events, field, rows) for field in plan.entity.id_fields]
    return [entity_key(plan.entity, parts) for parts in zip(*ids, strict=True)]


def _others(meeting: Meeting, events: EventTable, rows: Ints) -> list[str]:
    return [other_key(meeting, word) for word in _words(events, meeting.other, rows)]


def _words(events: EventTable, field: str, rows: Ints) -> Sequence[str]:
    words: list[str] = events.ids[field].take(pa.array(events[field][rows])).to_pylist()
    return words


def note_pictures(connection: sa.Connection, events: EventTable, *, first: bool, again: bool) -> None:
    """Write down who showed pictures that are new, and which of the others somebody else shows now.

    `first` says that nothing is on record yet, `again` that these are old events.

    Raises:
        RewriteError: if a picture was shown before a moment as of which somebody looked for pictures like it.
    """
    shown = shown_in(events, id_ranks(events.ids["buyer_id"]))
    if not again:
        _refuse_told(connection, shown)
    names = events.ids["buyer_id"].take(pa.array(shown.buyer)).to_pylist()
    known = {} if first else find_pictures(connection, shown.hashes.tolist())
    new = np.array([each not in known for each in shown.hashes.tolist()], dtype=bool)
    rows = zip(shown.hashes.tolist(), names, shown.known_at_ms.tolist(), shown.others_at_ms.tolist(), strict=True)
    for picture, buyer_id, known_at_ms, others_at_ms in rows if known else ():
        earlier = known.get(picture)
        if earlier is not None and earlier.others_at_ms is None:
            # of these events' buyers, the first is somebody else, or the second one is
            met_at = known_at_ms if buyer_id != earlier.buyer_id else others_at_ms
            if met_at != MISSING:
                connection.execute(sa.update(PICTURE).where(PICTURE.c.hash == picture).values(others_at_ms=met_at))
    _write_pictures(connection, shown, names, np.flatnonzero(new))


def _refuse_told(connection: sa.Connection, shown: Shown) -> None:
    marked = [hash_piece_keys(np.array([picture])) for picture in shown.hashes.tolist()]
    floors = find_floors(connection, {key for keys in marked for key in keys})
    for keys, moment in zip(marked, shown.known_at_ms.tolist(), strict=True):
        told = max((floors.get(key, 0) for key in keys), default=0)
        if moment < told:
            raise RewriteError(
                f"a picture of a claim, field known_at_ms: is {moment}, but others near it were looked for at {told}; "
                "import older events before newer ones, into an empty store"
            )


def _write_pictures(connection: sa.Connection, shown: Shown, names: list[str], new: Ints) -> None:
    others = [None if moment == MISSING else moment for moment in shown.others_at_ms[new].tolist()]
    moments = shown.known_at_ms[new].tolist()
    hashes = shown.hashes[new].tolist()
    buyers = [names[number] for number in new.tolist()]
    write_rows(connection, PICTURE, list(zip(hashes, buyers, moments, others, strict=True)))
    filed = bands(shown.hashes[new])
    pairs = zip(filed.ravel().tolist(), np.repeat(shown.hashes[new], filed.shape[1]).tolist(), strict=True)
    write_rows(connection, PICTURE_BAND, sorted(pairs))
