"""Window totals from a store: two index seeks per window, and one row of history per entity and moment.

An append gives each entity that its events touch a new row of running totals. Rows are never changed, and an
entity's moments strictly rise: a claim sees everything that was committed before it, and nothing can slip in behind.
Where a claim looks at others than its own entities (a ring, near pictures), it leaves word of its moment there: a floor
under their next events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import sqlalchemy as sa

from features.arrays import Ints
from features.definition import Link, Ring
from features.engines.appending import append_events
from features.engines.cuts import Cuts
from features.event_table import MISSING, hash_bits
from features.events import LATEST_MS, Event
from features.pictures import NEAR_BITS, bands, distance
from features.plan import Plan, WindowTotals
from features.rings import Thing, ring_of
from features.store import Store
from features.store.keys import (
    SEPARATOR,
    claim_key,
    entity_key,
    entity_keys,
    id_in,
    key_bounds,
    piece_keys,
    touched_keys,
)
from features.store.locks import find_floors
from features.store.seeks import latest_states, others_before, pictures_in, shared_before, states_before

LINKS: Final = list(Link)


@dataclass(frozen=True, slots=True)
class Ringed:
    """A claim's ring: its members' ids, none if it has no ring, and the keys of all that was looked at to find it."""

    members: tuple[str, ...] = ()
    keys: frozenset[str] = field(default_factory=frozenset)


class OnlineEngine:
    """Reads and appends one plan's history. Holds no connection and no state."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._cuts = Cuts(plan)

    def keys(self, event: Event) -> tuple[str, ...]:
        """The keys of all that an event may add something to: what to lock before it is appended."""
        return tuple(touched_keys(self.plan, event))

    def next_moment(self, connection: sa.Connection, keys: Iterable[str], now_ms: int) -> int:
        """The earliest `known_at` from now on that is later than all that these entities know or have told.

        The entities must be locked.
        """
        own = list(dict.fromkeys(keys))
        latest = (known_at_ms + 1 for known_at_ms, _ in latest_states(connection, own).values())
        return max([now_ms, *latest, *find_floors(connection, own).values()])

    def begin_claim(self, store: Store, connection: sa.Connection, claim: Event, now_ms: int) -> int:
        """Lock what a claim will touch and look at; return the moment as of which it can be scored, from now on.

        A claim of the same id waits too, whatever it is about.
        """
        own = {*self.keys(claim), claim_key(claim)}
        if not store.locks_rows:
            return self.next_moment(connection, own, now_ms)
        around = self.ring(connection, claim, LATEST_MS).keys
        while True:
            attempt = connection.begin_nested()
            store.lock(connection, own | around)
            found = self.ring(connection, claim, LATEST_MS).keys
            if found <= own | around:
                attempt.commit()
                return self.next_moment(connection, own, now_ms)
            attempt.rollback()  # lets go of the locks: taking more on top of them might wait for each other
            around = found

    def end_claim(self, store: Store, connection: sa.Connection, claim: Event, ring: Ringed) -> None:
        """Leave word with all that a claim looked at, that it was looked at as of the claim's moment."""
        told = {key for plan in self.plan.entities for key in entity_keys(plan.entity, claim)}  # by their own history
        pieces = piece_keys(claim) if self.plan.keeps_pictures else []
        store.raise_floors(connection, (ring.keys - told).union(pieces), claim.known_at_ms)

    def ring(self, connection: sa.Connection, claim: Event, as_of_ms: int) -> Ringed:
        """The ring of a claim's buyer as it was known before a moment."""
        if self.plan.ring is None:
            return Ringed()
        ring = self.plan.ring.ring
        buyer = getattr(claim, ring.member.id_fields[0])
        if buyer is None:
            return Ringed()
        known = _Meetings(connection, ring, as_of_ms)
        members, things = ring_of(buyer, ring, known, str)
        keys = {entity_key(ring.member, [member]) for member in members or [buyer]}
        keys |= {entity_key(ring.shared[number].thing, [thing]) for number, thing in things}
        return Ringed(tuple(members), frozenset(keys))

    def window_totals(
        self, connection: sa.Connection, claim: Event, as_of_ms: int, ring: Ringed | None = None
    ) -> WindowTotals:
        """Window totals of one claim, shapes (1, ...). Its ring, if it was found before, need not be found again."""
        if ring is None:
            ring = self.ring(connection, claim, as_of_ms)
        states = self._cuts.ask(claim, ring.members)
        found = states_before(connection, [(key, as_of_ms - back_ms) for key, back_ms in states.asked])
        totals, last = self._cuts.totals(states, found)
        linked = self._linked(connection, claim, as_of_ms, ring)
        return WindowTotals(totals[np.newaxis], last[np.newaxis], linked[np.newaxis])

    def append(self, connection: sa.Connection, events: Sequence[Event]) -> None:
        """Add events to the history of the entities that they touch, which must be locked.

        Raises:
            RewriteError: if an event isn't known later than all that an entity of it already knows.
        """
        append_events(connection, self.plan, events)

    def _linked(self, connection: sa.Connection, claim: Event, as_of_ms: int, ring: Ringed) -> Ints:
        linked = np.full(len(LINKS), MISSING, dtype=np.int64)
        if self.plan.ring is not None:
            linked[LINKS.index(Link.RING_SIZE)] = len(ring.members)
        if self.plan.keeps_pictures:
            near = _nearest_of_others(connection, claim, as_of_ms)
            linked[LINKS.index(Link.PICTURES_OF_OTHERS)] = len(near)
            linked[LINKS.index(Link.NEAREST_PICTURE)] = min(near, default=MISSING)
        return linked


def _nearest_of_others(connection: sa.Connection, claim: Event, as_of_ms: int) -> list[int]:
    """In how many bits each of a claim's pictures differs from the nearest of another buyer, of those that are near."""
    if not claim.evidence_hashes or claim.buyer_id is None:
        return []
    own = hash_bits(claim.evidence_hashes)
    shown = [
        sighting.hash
        for sighting in pictures_in(connection, np.unique(bands(own)).tolist())
        if _shown_by_another(sighting.buyer_id, sighting.known_at_ms, sighting.others_at_ms, claim.buyer_id, as_of_ms)
    ]
    if not shown:
        return []
    bits = distance(own[:, np.newaxis], np.array(shown, dtype=np.int64)).min(axis=1)
    return [int(number) for number in bits if number <= NEAR_BITS]


def _shown_by_another(first_buyer: str, known_at_ms: int, others_at_ms: int | None, buyer: str, as_of_ms: int) -> bool:
    seen_at_ms = known_at_ms if first_buyer != buyer else others_at_ms
    return seen_at_ms is not None and seen_at_ms < as_of_ms


class _Meetings:
    """Who had met what before a moment, from the store."""

    def __init__(self, connection: sa.Connection, ring: Ring, as_of_ms: int) -> None:
        self._connection, self._ring, self._as_of_ms = connection, ring, as_of_ms
        self._members_at = key_bounds(ring.member.code)
        self._things_at = [key_bounds(shared.thing.code) for shared in ring.shared]
        self._number_of = {shared.thing.code: number for number, shared in enumerate(ring.shared)}
        self._most = max(shared.most for shared in ring.shared) + 1
        self._met: dict[Thing[str], Sequence[str]] = {}

    def things_of(self, members: Sequence[str]) -> Mapping[str, Sequence[Thing[str]]]:
        if len(members) == 1:  # as for most claims: then its things and who else has met them come together
            key, limits = entity_key(self._ring.member, members), (self._ring.most_things + 1, self._most)
            found = shared_before(self._connection, key, self._things_at, self._members_at, self._as_of_ms, limits)
            self._met = {self._thing(thing): [id_in(other) for other in others] for thing, others in found.items()}
            return {members[0]: list(self._met)}
        asked = [
            (entity_key(self._ring.member, [member]), *bounds, self._as_of_ms)
            for member in members
            for bounds in self._things_at
        ]
        others = others_before(self._connection, asked, self._ring.most_things + 1)
        kinds = len(self._things_at)
        return {
            member: [self._thing(other) for own in others[place * kinds : (place + 1) * kinds] for other in own]
            for place, member in enumerate(members)
        }

    def members_of(self, things: Sequence[Thing[str]]) -> Mapping[Thing[str], Sequence[str]]:
        unknown = [thing for thing in things if thing not in self._met]
        asked = [
            (entity_key(self._ring.shared[number].thing, [thing]), *self._members_at, self._as_of_ms)
            for number, thing in unknown
        ]
        found = others_before(self._connection, asked, self._most)
        met = {thing: [id_in(other) for other in others] for thing, others in zip(unknown, found, strict=True)}
        return {thing: met[thing] if thing in met else self._met[thing] for thing in things}

    def _thing(self, key: str) -> Thing[str]:
        code, _, thing = key.partition(SEPARATOR)
        return self._number_of[code], thing
