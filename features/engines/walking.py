"""The rings of many claims at once: the walk of `features.rings`, a level at a time for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.arrays import Ints, ranges
from features.definition import Ring
from features.event_table import EventTable
from features.order import stable_order
from features.pictures import id_ranks
from features.rings import first_meetings


@dataclass(frozen=True, slots=True)
class _Side:
    """Meetings in the order (who, moment): `keys` are who * (all moments) + the moment's rank. Shape (m,) each."""

    keys: Ints
    others: Ints
    span: int

    @classmethod
    def of(cls, who: Ints, others: Ints, ranks: Ints, span: int) -> _Side:
        keys = who * span + ranks
        order = stable_order(keys)
        return cls(keys.take(order), others.take(order), span)

    def before(self, who: Ints, rank: Ints) -> tuple[Ints, Ints]:
        """Where the meetings of each begin, and how many there were before a moment."""
        begin = np.searchsorted(self.keys, who * self.span)
        return begin, np.searchsorted(self.keys, who * self.span + rank) - begin


class Acquaintances:
    """First meetings of members and things, of those members who share anything with anybody."""

    def __init__(self, ring: Ring, meetings: Sequence[tuple[Ints, Ints, Ints]], order: Ints) -> None:
        """Take first meetings and lay them out from both sides.

        Args:
            ring: what joins.
            meetings: for each of the ring's shared things, members, things and moments in ms.
            order: the place of each member's code in the order of ids.
        """
        self.ring = ring
        self._order = order
        joining = np.zeros(len(order), dtype=np.bool_)
        for members, things, _ in meetings:
            joining[members[_is_shared(things)]] = True
        self._joining = joining
        counts = [int(things.max(initial=-1)) + 1 for _, things, _ in meetings]
        first = np.cumsum([0, *counts])
        self._most = np.repeat([shared.most for shared in ring.shared], counts)
        member = np.concatenate([members for members, _, _ in meetings])
        kept = joining.take(member) if len(member) else np.zeros(0, dtype=np.bool_)
        thing = np.concatenate([things + begin for (_, things, _), begin in zip(meetings, first, strict=False)])
        moment = np.concatenate([moments for _, _, moments in meetings])[kept]
        self._moments = np.unique(moment)
        ranks, span = np.searchsorted(self._moments, moment), len(self._moments) + 1
        self._things = _Side.of(member[kept], thing[kept], ranks, span)
        self._members = _Side.of(thing[kept], member[kept], ranks, span)

    @classmethod
    def of_events(cls, ring: Ring, events: EventTable) -> Acquaintances:
        """Find the first meetings in a table."""
        meetings = [first_meetings(events, ring, number) for number in range(len(ring.shared))]
        return cls(ring, meetings, id_ranks(events.ids[ring.member.id_fields[0]]))

    def rings_of(self, members: Ints, as_of_ms: Ints) -> tuple[Ints, Ints]:
        """The ring of each of n members as it was known at a moment; -1 is nobody.

        Returns:
            pairs of an index into `members` and a member of that ring, itself among them; none where there is no ring.
        """
        rank = np.searchsorted(self._moments, as_of_ms)
        claim = np.flatnonzero((members >= 0) & self._joining.take(members)) if len(self._joining) else np.arange(0)
        edge = _Pairs(claim, members.take(claim), len(self._order))
        found, looked_at = edge, _Pairs(edge.claim[:0], edge.other[:0], len(self._most))
        size = np.ones(len(members), dtype=np.int64)
        while len(edge.claim):
            things = self._things_of(edge, rank).without(looked_at)
            looked_at = looked_at.joined(things)
            edge = self._nearest(self._members_of(things, rank).without(found), self.ring.largest - size)
            found = found.joined(edge)
            size += np.bincount(edge.claim, minlength=len(size))
            edge = edge.where(size.take(edge.claim) < self.ring.largest)
        ringed = found.where(size.take(found.claim) > 1)
        return ringed.claim, ringed.other

    def _things_of(self, edge: _Pairs, rank: Ints) -> _Pairs:
        begin, number = self._things.before(edge.other, rank.take(edge.claim))
        number[number > self.ring.most_things] = 0
        which, place = ranges(begin, number)
        return _Pairs(edge.claim.take(which), self._things.others.take(place), len(self._most))

    def _members_of(self, things: _Pairs, rank: Ints) -> _Pairs:
        begin, number = self._members.before(things.other, rank.take(things.claim))
        number[number > self._most.take(things.other)] = 0
        which, place = ranges(begin, number)
        return _Pairs(things.claim.take(which), self._members.others.take(place), len(self._order))

    def _nearest(self, near: _Pairs, room: Ints) -> _Pairs:
        """As many as there is room for in each claim's ring, the first by id."""
        order = np.lexsort((self._order.take(near.other), near.claim))
        claim = near.claim.take(order)
        place = np.arange(len(claim)) - np.searchsorted(claim, claim)
        chosen = order[place < room.take(claim)]
        return _Pairs(near.claim.take(chosen), near.other.take(chosen), near.span)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of a claim and somebody or something else, whose numbers are below `span`."""

    claim: Ints
    other: Ints
    span: int

    @property
    def keys(self) -> Ints:
        return self.claim * self.span + self.other

    def where(self, chosen: npt.NDArray[np.bool_]) -> _Pairs:
        return _Pairs(self.claim[chosen], self.other[chosen], self.span)

    def without(self, others: _Pairs) -> _Pairs:
        """Each pair once, and those of the others not at all."""
        keys = np.setdiff1d(self.keys, others.keys)
        return _Pairs(keys // self.span, keys % self.span, self.span)

    def joined(self, others: _Pairs) -> _Pairs:
        claim, other = np.append(self.claim, others.claim), np.append(self.other, others.other)
        return _Pairs(claim, other, self.span)


def _is_shared(things: Ints) -> npt.NDArray[np.bool_]:
    """Whether each meeting is with a thing that more than one member has met."""
    return np.asarray(np.bincount(things).take(things) > 1, dtype=np.bool_) if len(things) else things > 1
