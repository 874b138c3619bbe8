"""What a store calls entities, those that they meet, and pieces of pictures: texts that never collide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from features.arrays import Ints
from features.definition import Entity
from features.event_table import hash_bits
from features.events import Event, EventKind
from features.pictures import pieces, pieces_of
from features.plan import Meeting, Plan

SEPARATOR: Final = "\x1f"  # no id holds a control character
AFTER_SEPARATOR: Final = "\x20"
PIECE: Final = "piece"
# near pictures share two of five pieces, so they share one of any four: it is enough to mark these
PIECES_MARKED: Final = 4


def entity_key(entity: Entity, ids: Sequence[str]) -> str:
    """The store's key of one entity."""
    return SEPARATOR.join([entity.code, *ids])


def entity_keys(entity: Entity, event: Event) -> list[str]:
    """The keys of the entities of a kind that an event touches: none, one, or of a `many` entity several."""
    ids = [getattr(event, field) for field in entity.id_fields]
    if any(part is None for part in ids):
        return []
    return [entity_key(entity, [part]) for part in ids[0]] if entity.many else [entity_key(entity, ids)]


def other_key(meeting: Meeting, other_id: str) -> str:
    """What the record of first meetings calls the one that is met: as its own history does, if it has one."""
    return f"{meeting.code}{SEPARATOR}{other_id}"


def key_bounds(code: str) -> tuple[str, str]:
    """All keys under a code lie between these two."""
    return code + SEPARATOR, code + AFTER_SEPARATOR


def id_in(key: str) -> str:
    """The id at the end of a key of one id."""
    return key.rpartition(SEPARATOR)[2]


def piece_keys(event: Event) -> list[str]:
    """Keys that an event's pictures share with all near pictures."""
    if event.kind is not EventKind.CLAIM_FILED or not event.evidence_hashes or event.buyer_id is None:
        return []
    shown = hash_bits(event.evidence_hashes).tolist()
    return sorted({_piece_key(place, piece) for each in shown for place, piece in enumerate(_marked(pieces_of(each)))})


def hash_piece_keys(hashes: Ints) -> list[str]:
    """Keys that these pictures share with all near ones."""
    marked = pieces(hashes)[:, :PIECES_MARKED].tolist()
    return sorted({_piece_key(place, piece) for own in marked for place, piece in enumerate(own)})


def _marked(own: list[int]) -> list[int]:
    return own[:PIECES_MARKED]


def _piece_key(place: int, piece: int) -> str:
    return f"{PIECE}{SEPARATOR}{place}{SEPARATOR}{piece}"


def claim_key(event: Event) -> str:
    """A key for the claim itself, which has no history, but may be sent twice at once."""
    return claim_id_key(event.claim_id)


def claim_id_key(claim_id: str | None) -> str:
    """The same, from the claim's id."""
    return f"claim{SEPARATOR}{claim_id}"


def touched_keys(plan: Plan, event: Event) -> list[str]:
    """The keys of all that an event may add something to: what to lock before it is appended."""
    keys = [key for entity in plan.entities for key in entity_keys(entity.entity, event)]
    return [*keys, *(piece_keys(event) if plan.keeps_pictures else ())]
