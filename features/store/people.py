"""What the log holds of one buyer or merchant before a moment: newest first, and never more than was asked for.

Orders and claims have an index by buyer, claims one by merchant; what came of a claim is found by the claim's id. The
queries name a kind each in the words of these indexes, or the database wouldn't use them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from features.events import LATEST_MS, Event, EventKind
from features.plan import Plan
from features.store.driver import fetch
from features.store.encoding import decode_all
from features.store.keys import entity_key, key_bounds
from features.store.log import ASK_IDS, FIELD_COLUMNS, event_of_row
from features.store.schema import OF_A_BUYER, OF_A_MERCHANT
from features.store.seeks import states_before

Owner: TypeAlias = Literal["buyer", "merchant"]
# in the words of the indexes: SQLite doesn't see that a list of kinds holds one of them
_HELD: Final[Mapping[Owner, str]] = {"buyer": OF_A_BUYER, "merchant": OF_A_MERCHANT}
_OF_A_BUYER: Final = (EventKind.ORDER_PAID, EventKind.ORDER_SHIPPED, EventKind.CLAIM_FILED)
_LATER: Final = (
    EventKind.CLAIM_DECIDED,
    EventKind.MERCHANT_RESPONDED,
    EventKind.RETURN_INSPECTED,
    EventKind.CLAIM_ADJUDICATED,
)
_FIELDS: Final = ", ".join(column.name for column in FIELD_COLUMNS)


def newest_of(
    connection: sa.Connection, owner: Owner, owner_id: str, kind: EventKind, before_ms: int, at_most: int
) -> list[Event]:
    """The newest events of a kind: of a buyer orders paid, orders shipped or claims, of a merchant claims.

    Args:
        connection: a connection.
        owner: whose.
        owner_id: the id.
        kind: of the events.
        before_ms: they were known before this moment.
        at_most: so many.

    Raises:
        ValueError: nobody can find events of this kind by this owner.
    """
    if kind is not EventKind.CLAIM_FILED and (owner != "buyer" or kind not in _OF_A_BUYER):
        raise ValueError(f"{kind} of a {owner}: no index leads there")
    mark = _mark(connection)
    held = f"{owner}_id = {mark} AND {_HELD[owner]} AND kind = '{kind}'"
    statement = (
        f"SELECT {_FIELDS} FROM event WHERE {held} AND known_at_ms < {mark} "  # noqa: S608 - own names
        f"ORDER BY known_at_ms DESC LIMIT {int(at_most)}"
    )
    return [event_of_row(row) for row in fetch(connection, statement, (owner_id, before_ms))]


def filed_at(connection: sa.Connection, moments: Sequence[tuple[str, int]]) -> list[Event]:
    """The claims that buyers filed at these moments: (buyer's id, known_at_ms) each."""
    found: list[Event] = []
    mark = _mark(connection)
    held = f"buyer_id = {mark} AND {OF_A_BUYER} AND kind = '{EventKind.CLAIM_FILED}'"
    statement = f"SELECT {_FIELDS} FROM event WHERE {held} AND known_at_ms = {mark}"  # noqa: S608 - own names
    for buyer_id, known_at_ms in moments:
        found += [event_of_row(row) for row in fetch(connection, statement, (buyer_id, known_at_ms))]
    return found


def outcomes_of(connection: sa.Connection, claim_ids: Sequence[str], before_ms: int) -> list[Event]:
    """What came of claims before a moment: decisions, answers of merchants, inspections, verdicts; the oldest first."""
    found = _events_of(connection, claim_ids, _LATER, before_ms)
    return sorted(found, key=lambda event: event.known_at_ms)


def filed_claims(connection: sa.Connection, claim_ids: Sequence[str]) -> dict[str, Event]:
    """The `claim_filed` events of claims, by the claim's id; of those that are on record."""
    found = _events_of(connection, claim_ids, (EventKind.CLAIM_FILED,), LATEST_MS)
    return {event.claim_id: event for event in found if event.claim_id is not None}


def _events_of(
    connection: sa.Connection, claim_ids: Sequence[str], kinds: Sequence[EventKind], before_ms: int
) -> list[Event]:
    mark, found = _mark(connection), list[Event]()
    words = ", ".join(f"'{kind}'" for kind in kinds)
    for start in range(0, len(claim_ids), ASK_IDS):
        part = claim_ids[start : start + ASK_IDS]
        held = f"claim_id IN ({', '.join([mark] * len(part))}) AND kind IN ({words})"
        statement = f"SELECT {_FIELDS} FROM event WHERE {held} AND known_at_ms < {mark}"  # noqa: S608 - own names
        found += [event_of_row(row) for row in fetch(connection, statement, (*part, before_ms))]
    return found


def totals_of(
    connection: sa.Connection, plan: Plan, entity: str, ids: Sequence[str], before_ms: int
) -> list[Mapping[str, int]]:
    """The running totals of buyers or merchants just before a moment, by the measure's name; zeros for no history."""
    own = next(each for each in plan.entities if each.entity.name == entity)
    asked = [value for owner_id in ids for value in (entity_key(own.entity, [owner_id]), before_ms)]
    if not asked:
        return []
    states = decode_all(states_before(connection, asked), own.width, plan.bitmap_bytes)
    names = [measure.name for measure in own.measures]
    return [dict(zip(names, row[: len(names)], strict=True)) for row in states.tolist()]


def met_before(connection: sa.Connection, key: str, code: str, before_ms: int, at_most: int) -> list[tuple[str, int]]:
    """Whom or what an entity had met before a moment: (the other's id, when first) each; of more than `at_most`, any.

    Args:
        connection: a connection.
        key: the entity's key.
        code: of the others, as `features.plan.Meeting` has it.
        before_ms: the moment.
        at_most: so many.
    """
    mark = _mark(connection)
    low, high = key_bounds(code)
    statement = (
        f"SELECT other, known_at_ms FROM meeting WHERE entity = {mark} AND other > {mark} AND other < {mark} "  # noqa: S608
        f"AND known_at_ms < {mark} LIMIT {int(at_most)}"
    )
    rows = fetch(connection, statement, (key, low, high, before_ms))
    return [(other.removeprefix(low), known_at_ms) for other, known_at_ms in rows]


def _mark(connection: sa.Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"
