"""Where a claim's pictures were seen before, the same or nearly so: in which claims, when, and how those were ruled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import sqlalchemy as sa

from features.definition import Entity
from features.event_table import hash_bits
from features.events import Event, EventKind
from features.pictures import NEAR_BITS, bands, distance
from features.plan import Plan
from features.store.keys import entity_key
from features.store.people import filed_at, met_before, outcomes_of
from features.store.seeks import Sighting, pictures_in

MOST_SIGHTINGS: Final = 10
MOST_BUYERS: Final = 5  # who showed one and the same picture


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenElsewhere:
    """One of the claim's pictures in another claim.

    Attributes:
        picture: of this claim, its hash in hex.
        bits: in how many bits the other picture's hash differs; 0 for the same.
        by_the_same_buyer: whether this claim's buyer showed it there too.
        verdict: the last one on that claim that was known then; None for none.
    """

    picture: str
    bits: int
    claim_id: str
    buyer_id: str | None
    by_the_same_buyer: bool
    at_ms: int
    verdict: str | None


def find_seen_elsewhere(connection: sa.Connection, plan: Plan, this: Event, as_of_ms: int) -> tuple[SeenElsewhere, ...]:
    """The claims before a moment that showed these pictures first, for each buyer who did; the nearest first."""
    hashes = this.evidence_hashes or ()
    evidence = next((each.entity for each in plan.entities if each.entity.many), None)
    if not hashes or evidence is None or not plan.keeps_pictures:
        return ()
    found: dict[tuple[str, str], SeenElsewhere] = {}
    for shown, bits, other in _near(connection, hashes):
        for claim in _claims_with(connection, evidence, other, min(as_of_ms, this.known_at_ms)):
            if claim.claim_id is None or claim.claim_id == this.claim_id:
                continue
            if (shown, claim.claim_id) not in found or found[shown, claim.claim_id].bits > bits:
                found[shown, claim.claim_id] = _seen(shown, bits, claim, this)
    chosen = sorted(found.values(), key=lambda each: (each.bits, each.at_ms))[:MOST_SIGHTINGS]
    return _with_verdicts(connection, chosen, as_of_ms)


def _near(connection: sa.Connection, hashes: tuple[str, ...]) -> list[tuple[str, int, Sighting]]:
    """Pairs of a shown picture and one on record that is near it, with the distance in bits."""
    shown = hash_bits(hashes)
    known = pictures_in(connection, np.unique(bands(shown)).tolist())
    others = np.array([each.hash for each in known], dtype=np.int64)
    pairs = []
    for picture, own in zip(hashes, shown, strict=True):
        bits = distance(others, np.full(len(others), own, dtype=np.int64)).tolist()
        pairs += [(picture, far, other) for far, other in zip(bits, known, strict=True) if far <= NEAR_BITS]
    return pairs


def _claims_with(connection: sa.Connection, evidence: Entity, other: Sighting, before_ms: int) -> list[Event]:
    """The claims in which buyers first showed a picture."""
    key = entity_key(evidence, [f"{other.hash & (1 << 64) - 1:016x}"])
    return filed_at(connection, met_before(connection, key, "b", before_ms, MOST_BUYERS))


def _seen(picture: str, bits: int, claim: Event, this: Event) -> SeenElsewhere:
    return SeenElsewhere(
        picture=picture,
        bits=bits,
        claim_id=claim.claim_id or "",
        buyer_id=claim.buyer_id,
        by_the_same_buyer=claim.buyer_id is not None and claim.buyer_id == this.buyer_id,
        at_ms=claim.occurred_at_ms,
        verdict=None,
    )


def _with_verdicts(connection: sa.Connection, seen: list[SeenElsewhere], as_of_ms: int) -> tuple[SeenElsewhere, ...]:
    outcomes = outcomes_of(connection, [each.claim_id for each in seen], as_of_ms)
    verdicts = {event.claim_id: event.verdict for event in outcomes if event.kind is EventKind.CLAIM_ADJUDICATED}
    return tuple(replace(each, verdict=verdicts.get(each.claim_id)) for each in seen)
