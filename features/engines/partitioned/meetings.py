"""Rings, in parts: what of the meetings must be known everywhere at once, and the walk from it.

By the part of a thing is known who met it first; by the part of a member, from when on it has met too many things to be
followed. Of all meetings only those with things that two members or more have met are brought together, and of each
thing only as many as tell that it is a public place. They lie in memory at once, some 64 bytes a meeting and the ids
of these members: little beside the events, but bounded by no setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.definition import Ring
from features.engines.partitioned.passes import CLAIM
from features.engines.walking import Acquaintances
from features.event_file import EVENT_SCHEMA
from features.event_table import from_arrow
from features.rings import first_meetings

Meetings: TypeAlias = tuple[Ints, Ints, Ints]  # members, things and moments in ms

SHARED_SCHEMA = pa.schema([("kind", pa.int32()), ("member", pa.string()), ("thing", pa.string()), ("ms", pa.int64())])
AGENT_SCHEMA = pa.schema([("member", pa.string()), ("ms", pa.int64())])


def meeting_fields(ring: Ring, numbers: Sequence[int]) -> tuple[str, ...]:
    """The fields of events that tell who met these of the ring's shared things."""
    things = {ring.shared[number].thing.id_fields[0] for number in numbers}
    needed = {"kind", "known_at_ms", ring.member.id_fields[0], *things}
    return tuple(name for name in EVENT_SCHEMA.names if name in needed)


def meeting_kinds(ring: Ring, numbers: Sequence[int]) -> tuple[str, ...]:
    """The kinds of events in which these things are met."""
    return tuple(sorted({str(kind) for number in numbers for kind in ring.shared[number].meets.kinds}))


def meeting_rows(ring: Ring, numbers: Sequence[int], events: pa.Table) -> pa.Table:
    """The events in which members meet any of these things, with the columns of `meeting_fields`."""
    touched = [pc.is_valid(events[ring.shared[number].thing.id_fields[0]]) for number in numbers]
    chosen = pc.is_in(events["kind"], value_set=pa.array(meeting_kinds(ring, numbers)))
    chosen = pc.and_(chosen, pc.is_valid(events[ring.member.id_fields[0]]))
    return events.select(meeting_fields(ring, numbers)).filter(pc.and_(chosen, reduce(pc.or_, touched)))


def shared_in(ring: Ring, number: int, rows: pa.Table) -> pa.Table:
    """Who met the things of one part first, if two or more did: of each the first `most + 1`. In `SHARED_SCHEMA`.

    Args:
        ring: the ring.
        number: which of its shared things; the rows hold all events of each thing that they hold.
        rows: events, with the columns of `meeting_fields`.
    """
    events = from_arrow(rows)
    members, things, moments = first_meetings(events, ring, number)
    order = np.lexsort((moments, things))
    members, things, moments = members[order], things[order], moments[order]
    _, start, group, size = np.unique(things, return_index=True, return_inverse=True, return_counts=True)
    kept = (size[group] > 1) & (np.arange(len(things)) - start[group] <= ring.shared[number].most)
    names, thing_names = events.ids[ring.member.id_fields[0]], events.ids[ring.shared[number].thing.id_fields[0]]
    kind = pa.array(np.full(int(kept.sum()), number, dtype=np.int32))
    columns = [kind, names.take(pa.array(members[kept])), thing_names.take(pa.array(things[kept])), moments[kept]]
    return pa.table(columns, schema=SHARED_SCHEMA)


def agents_in(ring: Ring, rows: pa.Table) -> pa.Table:
    """The members of one part that met more than `most_things`, and when they met the one too many. `AGENT_SCHEMA`."""
    events = from_arrow(rows)
    met = [first_meetings(events, ring, number) for number in range(len(ring.shared))]
    members, moments = (np.concatenate([each[column] for each in met]) for column in (0, 2))
    order = np.lexsort((moments, members))
    present, start, size = np.unique(members[order], return_index=True, return_counts=True)
    many = size > ring.most_things
    too_many = moments[order][start[many] + ring.most_things]
    return pa.table([events.ids[ring.member.id_fields[0]].take(pa.array(present[many])), too_many], schema=AGENT_SCHEMA)


class Rings:
    """Finds the rings of claims' buyers, from the shared meetings and the agents of all parts."""

    def __init__(self, ring: Ring, shared: pa.Table, agents: pa.Table) -> None:
        self.ring = ring
        self._names = pa.array(sorted(pc.unique(shared["member"]).to_pylist()), pa.string())
        meetings = [self._met(shared.filter(pc.equal(shared["kind"], number))) for number in range(len(ring.shared))]
        meetings[0] = _joined(meetings[0], self._beyond(agents, first=int(meetings[0][1].max(initial=-1)) + 1))
        self._known = Acquaintances(ring, meetings, np.arange(len(self._names)))

    def of_claims(self, claims: pa.Table) -> pa.Table:
        """The members of the claims' rings: `claim`, the member's id field, and `known_at_ms`, which is the claim's.

        Args:
            claims: with these three columns, the buyer's in the member's id field.
        """
        field = self.ring.member.id_fields[0]
        rows, members = self._known.rings_of(self._codes(claims[field]), np.asarray(claims["known_at_ms"]))
        which = pa.array(rows)
        columns = [claims[CLAIM].take(which), self._names.take(pa.array(members)), claims["known_at_ms"].take(which)]
        return pa.table(columns, names=[CLAIM, field, "known_at_ms"])

    def _codes(self, names: pa.ChunkedArray) -> Ints:
        codes = pc.index_in(names, value_set=self._names)
        return np.asarray(pc.fill_null(codes, -1)).astype(np.int64)

    def _met(self, shared: pa.Table) -> Meetings:
        things = shared["thing"].combine_chunks().dictionary_encode().indices
        return self._codes(shared["member"]), np.asarray(things).astype(np.int64), np.asarray(shared["ms"])

    def _beyond(self, agents: pa.Table, first: int) -> Meetings:
        """What makes a member too busy to be followed, from its moment on: meetings with things that nobody shares."""
        codes = self._codes(agents["member"])
        joining = codes >= 0
        number = self.ring.most_things + 1
        members = np.repeat(codes[joining], number)
        moments = np.repeat(np.asarray(agents["ms"])[joining], number)
        return members, first + np.arange(len(members)), moments


def _joined(one: Meetings, other: Meetings) -> Meetings:
    members, things, moments = (np.append(here, there) for here, there in zip(one, other, strict=True))
    return members, things, moments


def claims_to_walk(events: pa.Table, ring: Ring) -> pa.Table:
    """The claims among events that have a buyer, as `Rings.of_claims` takes them."""
    field = ring.member.id_fields[0]
    asking = pc.and_(pc.is_valid(events[CLAIM]), pc.is_valid(events[field]))
    return events.select([CLAIM, field, "known_at_ms"]).filter(asking)
