"""Buyers who share a device, an address or a payment with this one, from the record of first meetings.

What more buyers share than the ring of the catalogue takes is a public place: it is named with its number of buyers,
and links nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from features.definition import Shared
from features.plan import Plan
from features.store.keys import entity_key
from features.store.people import met_before, totals_of

ThingKind: TypeAlias = Literal["device", "address", "payment"]
MOST_ACCOUNTS: Final = 10


@dataclass(frozen=True, slots=True)
class Tie:
    """What two buyers share, and since when both have used it; milliseconds UTC."""

    kind: ThingKind
    thing_id: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """Another buyer, what ties them to this one (the oldest tie first), and what they did, in numbers."""

    buyer_id: str
    ties: tuple[Tie, ...]
    orders: int
    claims: int
    abusive_verdicts: int
    legitimate_verdicts: int


@dataclass(frozen=True, slots=True)
class Linked:
    """The accounts with the most ties first; how many more there are; and public places that link nobody."""

    accounts: tuple[LinkedAccount, ...]
    more: int
    public: tuple[Tie, ...]


def find_linked(connection: sa.Connection, plan: Plan, buyer_id: str | None, as_of_ms: int) -> Linked:
    """Who is linked to a buyer, as far as it was known before a moment."""
    if buyer_id is None or plan.ring is None:
        return Linked((), 0, ())
    ring = plan.ring.ring
    own_key = entity_key(ring.member, [buyer_id])
    ties: dict[str, list[Tie]] = {}
    public: list[Tie] = []
    for shared in ring.shared:
        for thing_id, met_ms in met_before(connection, own_key, shared.thing.code, as_of_ms, ring.most_things):
            members = _members(connection, shared, ring.member.code, thing_id, as_of_ms)
            kind: ThingKind = shared.thing.name  # type: ignore[assignment]
            if len(members) > shared.most:
                public.append(Tie(kind, thing_id, met_ms))
                continue
            for other, since_ms in members:
                if other != buyer_id:
                    ties.setdefault(other, []).append(Tie(kind, thing_id, max(met_ms, since_ms)))
    ranked = sorted(ties, key=lambda other: (-len(ties[other]), min(tie.since_ms for tie in ties[other]), other))
    chosen = ranked[:MOST_ACCOUNTS]
    totals = totals_of(connection, plan, ring.member.name, chosen, as_of_ms)
    return Linked(
        accounts=tuple(
            LinkedAccount(
                buyer_id=other,
                ties=tuple(sorted(ties[other], key=lambda tie: tie.since_ms)),
                orders=own.get("orders", 0),
                claims=own.get("claims", 0),
                abusive_verdicts=own.get("abusive_verdicts", 0),
                legitimate_verdicts=own.get("legitimate_verdicts", 0),
            )
            for other, own in zip(chosen, totals, strict=True)
        ),
        more=len(ranked) - len(chosen),
        public=tuple(public),
    )


def _members(
    connection: sa.Connection, shared: Shared, member: str, thing_id: str, as_of_ms: int
) -> list[tuple[str, int]]:
    """Who had met a thing before a moment; of a public place one more than its limit."""
    return met_before(connection, entity_key(shared.thing, [thing_id]), member, as_of_ms, shared.most + 1)
