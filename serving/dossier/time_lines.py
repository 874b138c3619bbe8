"""What a buyer and a merchant did before: the newest first, and how much more there is.

Of a buyer, the latest orders stand among the claims; of a merchant, whose orders are other people's, only claims and
what came of them, with the number of orders beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.events import Event, EventKind
from features.plan import Plan
from features.store.people import Owner, newest_of, outcomes_of, totals_of

MOST_ENTRIES: Final = 30
MOST_ORDERS: Final = 10  # among them: orders say less than claims do


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event. `detail` is its word: a claim's reason, a decision's action, an answer, a finding, a verdict.

    Attributes:
        is_this: whether it is of the claim that is looked at.
        same_parties: whether it is between this buyer and this merchant.
    """

    kind: EventKind
    at_ms: int
    claim_id: str | None
    order_id: str | None
    amount_minor: int | None
    claim_type: str | None
    detail: str | None
    is_this: bool
    same_parties: bool


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Entries, the newest first, and the totals of all that was known before.

    Attributes:
        entries: `MOST_ENTRIES` at most.
        older_orders, older_claims: how many orders and claims aren't among the entries.
        totals: orders, claims, verdicts and the like, by the measure's name.
    """

    entries: tuple[Entry, ...]
    older_orders: int
    older_claims: int
    totals: Mapping[str, int]


def find_time_line(
    connection: sa.Connection, plan: Plan, owner: Owner, this: Event, as_of_ms: int, *, rulings: bool = True
) -> TimeLine | None:
    """The time line of a claim's buyer or merchant; None if the claim names none.

    Args:
        connection: to the store.
        plan: of its history.
        owner: whose.
        this: the claim's `claim_filed` event.
        as_of_ms: events that were known before this moment.
        rulings: whether verdicts on this claim may be shown.
    """
    owner_id = this.buyer_id if owner == "buyer" else this.merchant_id
    if owner_id is None:
        return None
    claims = newest_of(connection, owner, owner_id, EventKind.CLAIM_FILED, as_of_ms, MOST_ENTRIES)
    if all(claim.claim_id != this.claim_id for claim in claims) and this.known_at_ms < as_of_ms:
        claims.append(this)  # it is older than so many others, or was pruned from the log
    orders: list[Event] = []
    if owner == "buyer":
        orders = newest_of(connection, owner, owner_id, EventKind.ORDER_PAID, as_of_ms, MOST_ORDERS)
    later = outcomes_of(connection, [claim.claim_id for claim in claims if claim.claim_id], as_of_ms)
    if not rulings:
        later = [event for event in later if not _rules_on(event, this)]
    events = sorted([*orders, *claims, *later], key=lambda event: (-event.known_at_ms, event.event_id))[:MOST_ENTRIES]
    [totals] = totals_of(connection, plan, owner, [owner_id], as_of_ms)
    return TimeLine(
        entries=tuple(_entry(event, this) for event in events),
        older_orders=_older(totals, "orders", events, EventKind.ORDER_PAID),
        older_claims=_older(totals, "claims", events, EventKind.CLAIM_FILED),
        totals=totals,
    )


def _rules_on(event: Event, this: Event) -> bool:
    return event.kind is EventKind.CLAIM_ADJUDICATED and event.claim_id == this.claim_id


def _older(totals: Mapping[str, int], measure: str, shown: Sequence[Event], kind: EventKind) -> int:
    return max(0, totals.get(measure, 0) - sum(event.kind is kind for event in shown))


def _entry(event: Event, this: Event) -> Entry:
    return Entry(
        kind=event.kind,
        at_ms=event.occurred_at_ms,
        claim_id=event.claim_id,
        order_id=event.order_id,
        amount_minor=event.amount_minor,
        claim_type=event.claim_type,
        detail=event.claim_reason or event.action or event.merchant_response or event.inspection or event.verdict,
        is_this=event.claim_id is not None and event.claim_id == this.claim_id,
        same_parties=event.buyer_id == this.buyer_id and event.merchant_id == this.merchant_id,
    )
