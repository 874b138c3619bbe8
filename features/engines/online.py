"""Window totals from a store: two index seeks per window, and one row of history per entity and moment.

An append gives each entity that its events touch a new row of running totals. Rows are never changed, and an
entity's moments strictly rise: a claim sees everything that was committed before it, and nothing can slip in behind.
Where a claim looks at others than its own entities (a ring, near pictures), it leaves word of its moment there: a floor
under their next events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from features.arrays import Ints
from features.definition import Entity, Link, Ring
from features.engines.appending import Appender, Keyed, Latest
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
from features.store.seeks import newest, others_before, pictures_in, shared_before, states_before


@dataclass(frozen=True, slots=True)
class Ringed:
    """A claim's ring: its members' ids, none if it has no ring, and all that was looked at to find it."""

    members: Sequence[str] = ()
    looked_at: Sequence[tuple[Entity, str]] = ()

    @property
    def keys(self) -> set[str]:
        """The keys of all that was looked at."""
        return {entity_key(entity, [own]) for entity, own in self.looked_at}


@dataclass(frozen=True, slots=True)
class Begun:
    """A claim whose entities are locked: the moment as of which it can be scored, their keys and their newest rows."""

    as_of_ms: int
    keyed: Keyed
    latest: Latest


class OnlineEngine:
    """Reads and appends one plan's history. Holds no connection, and nothing of what is in the store."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._cuts = Cuts(plan)
        self._appender = Appender(plan)
        self._bounds = None if plan.ring is None else _Bounds(plan.ring.ring)

    def keys(self, event: Event) -> tuple[str, ...]:
        """The keys of all that an event may add something to: what to lock before it is appended."""
        return tuple(touched_keys(self.plan, event))

    def next_moment(self, connection: sa.Connection, keys: Iterable[str], now_ms: int) -> int:
        """The earliest `known_at` from now on that is later than all that these entities know or have told.

        The entities must be locked.
        """
        return self._moment(connection, dict.fromkeys(keys), now_ms)[0]

    def begin_claim(self, store: Store, connection: sa.Connection, claim: Event, now_ms: int) -> Begun:
        """Lock what a claim will touch and look at, and find the moment as of which it can be scored, from now on.

        A claim of the same id waits too, whatever it is about.
        """
        keyed = [entity_keys(plan.entity, claim) for plan in self.plan.entities]
        pictured = piece_keys(claim) if self.plan.keeps_pictures else []
        own = dict.fromkeys([*(key for keys in keyed for key in keys), *pictured, claim_key(claim)])
        if not store.locks_rows:
            moment_ms, latest = self._moment(connection, own, now_ms)
            return Begun(moment_ms, keyed, latest)
        wanted = self.ring(connection, claim, LATEST_MS).keys.union(own)
        while True:
            attempt = connection.begin_nested()
            store.lock(connection, wanted)
            moment_ms, latest = self._moment(connection, own, now_ms)
            # as of the moment it may be the larger one: a thing that is public by now linked people before
            found = self.ring(connection, claim, moment_ms).keys
            if found <= wanted:
                attempt.commit()
                return Begun(moment_ms, keyed, latest)
            attempt.rollback()  # lets go of the locks: taking more on top of them might wait for each other
            wanted = found.union(own)

    def _moment(self, connection: sa.Connection, keys: Iterable[str], now_ms: int) -> tuple[int, Latest]:
        moment_ms = now_ms
        latest: dict[str, tuple[int, bytes]] = {}
        for key, (floor_ms, known_at_ms, state) in newest(connection, keys).items():
            moment_ms = max(moment_ms, floor_ms, known_at_ms + 1)
            if state is not None:
                latest[key] = known_at_ms, state
        return moment_ms, latest

    def end_claim(self, store: Store, connection: sa.Connection, claim: Event, ring: Ringed) -> None:
        """Leave word with all that a claim looked at, that it was looked at as of the claim's moment."""
        told = {key for plan in self.plan.entities for key in entity_keys(plan.entity, claim)}  # by their own history
        pieces = piece_keys(claim) if self.plan.keeps_pictures else []
        store.raise_floors(connection, (ring.keys - told).union(pieces), claim.known_at_ms)

    def ring(self, connection: sa.Connection, claim: Event, as_of_ms: int) -> Ringed:
        """The ring of a claim's buyer as it was known before a moment."""
        if self.plan.ring is None or self._bounds is None:
            return Ringed()
        ring = self.plan.ring.ring
        buyer = getattr(claim, ring.member.id_fields[0])
        if buyer is None:
            return Ringed()
        known = _Meetings(connection, self._bounds, ring, as_of_ms)
        own = known.met_by(buyer)
        # as for most claims: nobody else to go on to, unless in public places
        if all(len(members) <= 1 or len(members) > ring.shared[thing[0]].most for thing, members in own.items()):
            return Ringed((), [(ring.member, buyer), *((ring.shared[number].thing, thing) for number, thing in own)])
        members, things = ring_of(buyer, ring, known, str)
        looked_at = [(ring.member, member) for member in members or [buyer]]
        looked_at += [(ring.shared[number].thing, thing) for number, thing in things]
        return Ringed(members, looked_at)

    def window_totals(
        self,
        connection: sa.Connection,
        claim: Event,
        as_of_ms: int,
        ring: Ringed | None = None,
        begun: Begun | None = None,
    ) -> WindowTotals:
        """Window totals of one claim, shapes (1, ...).

        Its ring, if it was found before, need not be found again; nor its keys and newest rows, if the claim was begun
        as of this moment.
        """
        if ring is None:
            ring = self.ring(connection, claim, as_of_ms)
        asked = self._cuts.ask(claim, ring.members, as_of_ms, None if begun is None else (begun.keyed, begun.latest))
        totals, last = self._cuts.totals(asked, states_before(connection, asked.asked))
        linked = self._linked(connection, claim, as_of_ms, ring)
        return WindowTotals(totals[np.newaxis], last[np.newaxis], linked[np.newaxis])

    def append(self, connection: sa.Connection, events: Sequence[Event], begun: Begun | None = None) -> None:
        """Add events to the history of the entities that they touch, which must be locked.

        Args:
            connection: within the transaction that holds the locks.
            events: in any order.
            begun: what `begin_claim` found in this transaction, if all events are of that claim.

        Raises:
            RewriteError: if an event isn't known later than all that an entity of it already knows.
        """
        known = None if begun is None else (begun.keyed, begun.latest)
        self._appender.append(connection, events, known)

    def _linked(self, connection: sa.Connection, claim: Event, as_of_ms: int, ring: Ringed) -> Ints:
        linked = dict.fromkeys(Link, MISSING)
        if self.plan.ring is not None:
            linked[Link.RING_SIZE] = len(ring.members)
        if self.plan.keeps_pictures:
            near = _nearest_of_others(connection, claim, as_of_ms)
            linked[Link.PICTURES_OF_OTHERS] = len(near)
            linked[Link.NEAREST_PICTURE] = min(near, default=MISSING)
        return np.array(list(linked.values()), dtype=np.int64)


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


class _Bounds:
    """Where the keys of a ring's members and things lie, and which shared thing a key's code stands for."""

    def __init__(self, ring: Ring) -> None:
        self.members = key_bounds(ring.member.code)
        self.things = [key_bounds(shared.thing.code) for shared in ring.shared]
        self.number_of = {shared.thing.code: number for number, shared in enumerate(ring.shared)}
        self.most_members = max(shared.most for shared in ring.shared) + 1
        self.most_things = ring.most_things + 1


class _Meetings:
    """Who had met what before a moment, from the store."""

    def __init__(self, connection: sa.Connection, bounds: _Bounds, ring: Ring, as_of_ms: int) -> None:
        self._connection, self._bounds, self._ring, self._as_of_ms = connection, bounds, ring, as_of_ms
        self._met: dict[Thing[str], Sequence[str]] = {}
        self._first = ""

    def met_by(self, member: str) -> Mapping[Thing[str], Sequence[str]]:
        """What a member has met and who else has met each, in one question; of more than the limits, any one more."""
        bounds, limits = self._bounds, (self._bounds.most_things, self._bounds.most_members)
        key = entity_key(self._ring.member, [member])
        found = shared_before(self._connection, key, bounds.things, bounds.members, self._as_of_ms, limits)
        self._met = {self._thing(thing): [id_in(other) for other in others] for thing, others in found.items()}
        self._first = member
        return self._met

    def things_of(self, members: Sequence[str]) -> Mapping[str, Sequence[Thing[str]]]:
        if members == [self._first]:
            return {self._first: list(self._met)}
        asked = [
            (entity_key(self._ring.member, [member]), *bounds, self._as_of_ms)
            for member in members
            for bounds in self._bounds.things
        ]
        others = others_before(self._connection, asked, self._bounds.most_things)
        kinds = len(self._bounds.things)
        return {
            member: [self._thing(other) for own in others[place * kinds : (place + 1) * kinds] for other in own]
            for place, member in enumerate(members)
        }

    def members_of(self, things: Sequence[Thing[str]]) -> Mapping[Thing[str], Sequence[str]]:
        unknown = [thing for thing in things if thing not in self._met]
        asked = [
            (entity_key(self._ring.shared[number].thing, [thing]), *self._bounds.members, self._as_of_ms)
            for number, thing in unknown
        ]
        found = others_before(self._connection, asked, self._bounds.most_members)
        met = {thing: [id_in(other) for other in others] for thing, others in zip(unknown, found, strict=True)}
        return {thing: met[thing] if thing in met else self._met[thing] for thing in things}

    def _thing(self, key: str) -> Thing[str]:
        code, _, thing = key.partition(SEPARATOR)
        return self._bounds.number_of[code], thing
