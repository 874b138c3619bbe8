"""Public places: parcel stations, shops' terminals, internet cafes, payment accounts of many, blank pictures.

Strangers meet there, so findings ignore links through them from the next refresh on. An entry is never changed but for
its end, so who said so stays on record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.events import EVENT_FIELDS, HASH_PATTERN, complain
from serving.insight.abuse.columns import THING_KINDS, ThingKind
from serving.insight.abuse.links import MOST, Place, Shared
from serving.insight.abuse.tables import PUBLIC_PLACE

PROPOSED: Final = 100
LEAST_STRANGERS: Final = 5  # of whom hardly one shares anything else: more than a household


class PlaceError(ValueError):
    """What can't be put on the list or taken off it; `key` names the text of the page."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """One that is on the list."""

    kind: ThingKind
    id: str
    added_at_ms: int
    added_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What looks like a public place: how many buyers share it, and how many of them share anything else."""

    kind: ThingKind
    id: str
    buyers: int
    tied: int


def kind_of(word: str) -> ThingKind:
    """A kind of place.

    Raises:
        PlaceError: if it is none.
    """
    for kind in THING_KINDS:
        if kind == word:
            return kind
    raise PlaceError("kind", f"kind: is {word!r:.40}; use one of {', '.join(THING_KINDS)}")


def add_place(connection: sa.Connection, kind: ThingKind, place: str, *, by: str, now_ms: int, note: str = "") -> None:
    """Put a place on the list.

    Raises:
        PlaceError: if its id is none, or it is on the list already.
    """
    complaint = None if kind == "picture" else complain(EVENT_FIELDS[f"{kind}_id"], place)
    if complaint or (kind == "picture" and not HASH_PATTERN.fullmatch(place)):
        says = complaint or "is no picture's hash, which is 16 lower-case hex digits"
        raise PlaceError("place", f"{kind} {place!r:.60} {says}")
    if connection.scalar(sa.select(sa.func.count()).where(*_live(kind, place))):
        raise PlaceError("known", f"{kind} {place:.60}: is on the list already")
    row = {"kind": kind, "place": place, "added_at_ms": now_ms, "added_by": by, "note": note}
    connection.execute(sa.insert(PUBLIC_PLACE).values(row))


def end_place(connection: sa.Connection, kind: ThingKind, place: str, *, by: str, now_ms: int) -> None:
    """Take a place off the list; that it was on it stays on record.

    Raises:
        PlaceError: if it isn't on the list.
    """
    ended = sa.update(PUBLIC_PLACE).where(*_live(kind, place)).values(ended_at_ms=now_ms, ended_by=by)
    if not connection.execute(ended).rowcount:
        raise PlaceError("unknown", f"{kind} {place:.60}: isn't on the list")


def places(connection: sa.Connection) -> list[PublicPlace]:
    """Those on the list, the newest first; none where there is no list yet."""
    if not sa.inspect(connection).has_table(PUBLIC_PLACE.name):
        return []
    own = PUBLIC_PLACE.c
    query = sa.select(own.kind, own.place, own.added_at_ms, own.added_by, own.note).where(own.ended_at_ms.is_(None))
    return [PublicPlace(*row) for row in connection.execute(query.order_by(own.sequence.desc()))]


def public(connection: sa.Connection) -> frozenset[Place]:
    """Those on the list, for findings."""
    return frozenset((each.kind, each.id) for each in places(connection))


def propose(things: Sequence[Shared], known: frozenset[Place]) -> list[Proposal]:
    """What looks like a public place and isn't on the list, the most used first.

    That is what at least five buyers share of whom less than a quarter shares anything else with another of them.
    """
    return sorted(_proposed(things, known), key=lambda each: (-each.buyers, each.kind, each.id))[:PROPOSED]


def _proposed(things: Sequence[Shared], known: frozenset[Place]) -> Iterator[Proposal]:
    has: dict[int, list[int]] = {}
    for number, thing in enumerate(things):
        if len(thing.buyers) <= MOST[thing.kind]:
            for buyer in thing.buyers:
                has.setdefault(buyer, []).append(number)
    for number, thing in enumerate(things):
        if (thing.kind, thing.id) in known or len(thing.buyers) < LEAST_STRANGERS:
            continue
        here = set(thing.buyers)
        tied = sum(
            any(other != number and len(here.intersection(things[other].buyers)) > 1 for other in has.get(buyer, ()))
            for buyer in thing.buyers
        )
        if 4 * tied < len(here):
            yield Proposal(thing.kind, thing.id, len(here), tied)


def _live(kind: ThingKind, place: str) -> tuple[sa.ColumnElement[bool], ...]:
    own = PUBLIC_PLACE.c
    return own.kind == kind, own.place == place, own.ended_at_ms.is_(None)
