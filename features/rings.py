"""Rings: all buyers who can be reached from one over what they share, as it was known at a moment.

A walk, breadth first, that is told where to look up who has met what. What a thing or a buyer has met is asked for up
to one more than the ring's limits, so a public place costs no more than a family. `features.engines.walking` walks for
many claims at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol, TypeAlias, TypeVar

import numpy as np

from features.arrays import Ints
from features.definition import Ring
from features.event_table import EventTable, code_of

Member = TypeVar("Member", bound=Hashable)
Thing: TypeAlias = tuple[int, Member]  # which of the ring's shared things, and its id


class Known(Protocol[Member]):
    """Who has met what, as it was known at a moment."""

    def things_of(self, members: Sequence[Member]) -> Mapping[Member, Sequence[Thing[Member]]]:
        """The things that each member has met; of more than `most_things`, any `most_things + 1`."""

    def members_of(self, things: Sequence[Thing[Member]]) -> Mapping[Thing[Member], Sequence[Member]]:
        """The members who have met each thing; of more than its `most`, any `most + 1`."""


def ring_of(
    member: Member, ring: Ring, known: Known[Member], order: Callable[[Member], str | int]
) -> tuple[list[Member], set[Thing[Member]]]:
    """The members of a member's ring, itself first and then the nearest, and the things that were looked at.

    No members if there is nobody else. `order` says in which order equally near members are taken.
    """
    found, seen, looked_at = [member], {member}, set[Thing[Member]]()
    edge = [member]
    while edge and len(found) < ring.largest:
        own = [things for things in known.things_of(edge).values() if len(things) <= ring.most_things]
        things = [thing for thing in dict.fromkeys(thing for its in own for thing in its) if thing not in looked_at]
        looked_at.update(things)
        near: set[Member] = set()
        for thing, members in known.members_of(things).items():
            if len(members) <= ring.shared[thing[0]].most:
                near.update(members)
        near -= seen
        room = ring.largest - len(found)
        edge = sorted(near, key=order)[:room] if len(near) > room else list(near)
        found += edge
        seen.update(edge)
    return (found if len(found) > 1 else []), looked_at


def first_meetings(events: EventTable, ring: Ring, number: int) -> tuple[Ints, Ints, Ints]:
    """The first meetings of members and the things of one of the ring's kinds: members, things, moments."""
    shared = ring.shared[number]
    kinds = [code_of("kind", kind) for kind in shared.meets.kinds]
    member, thing = events[ring.member.id_fields[0]], events[shared.thing.id_fields[0]]
    rows = np.flatnonzero(np.isin(events["kind"], kinds) & (member >= 0) & (thing >= 0))
    rows = rows[np.argsort(events["known_at_ms"][rows], kind="stable")]
    _, first = np.unique(member[rows] * (thing.max(initial=0) + 1) + thing[rows], return_index=True)
    met = rows[first]
    return member[met], thing[met], events["known_at_ms"][met]
