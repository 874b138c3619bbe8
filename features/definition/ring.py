"""Buyers who are joined by what they share."""

from __future__ import annotations

from dataclasses import dataclass

from features.definition.entity import Entity
from features.definition.measure import Measure


@dataclass(frozen=True, slots=True)
class Shared:
    """A thing that joins the members who have met it, while `most` of them at most are known to have.

    What more have met is a public place, such as a parcel station's address, and joins nobody. `meets` is the thing's
    count of different members.
    """

    thing: Entity
    meets: Measure
    most: int


@dataclass(frozen=True, slots=True)
class Ring:
    """All members that can be reached from one over shared things, two or more, as they were known at a moment.

    Its totals are the sums of its members' own totals. A member with more than `most_things` things, such as an agent
    who buys for many, is not followed. A ring has `largest` members at most: the nearest, and of equally near ones the
    first by id.
    """

    name: str
    member: Entity
    shared: tuple[Shared, ...]
    most_things: int
    largest: int

    def __post_init__(self) -> None:
        """Refuse things that don't count the members they meet."""
        for shared in self.shared:
            if (shared.meets.first,) != self.member.id_fields:
                raise ValueError(f"ring {self.name}: {shared.meets.name} doesn't count {self.member.name}s")
