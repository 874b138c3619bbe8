"""Recorded history, played through the service's own code: everything up to some claim is imported, the rest comes in
event by event and claim by claim, at the recorded moments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.engines.online import OnlineEngine
from features.event_file import to_events
from features.events import Event, EventError, EventKind
from features.progress import Progress
from features.store import Store
from features.store.bulk import import_events
from features.store.log import insert_events, new_events
from serving.answer import Answer
from serving.claim import Claim, OrderFacts
from serving.claim_desk import ClaimDesk
from serving.model import Model
from serving.policy import Policy


@dataclass(frozen=True, slots=True)
class Split:
    """Recorded events, cut before the first of the claims to play."""

    before: pa.Table
    after: list[Event]


def split_before_last(events: pa.Table, claims: int) -> Split:
    """Cut events before the last so many claims that a service could be asked to score.

    Raises:
        EventError: if there is no such claim.
    """
    events = events.sort_by("known_at_ms")
    scorable = np.flatnonzero(_scorable(events))
    if len(scorable) == 0:
        raise EventError("no claim with a buyer and its order's facts; load or simulate some")
    known_at = np.asarray(events["known_at_ms"])
    start = int(np.searchsorted(known_at, known_at[scorable[-min(claims, len(scorable))]]))
    return Split(events.slice(0, start), to_events(events.slice(start)))


def replay(
    store: Store, split: Split, policy: Policy, model: Model | None, progress: Progress | None = None
) -> Iterator[Answer]:
    """Import what lies before the cut, then play the rest; yields the answer to each claim.

    A claim that the service decides gets the service's decision; the recorded one is left out. Claims that a service
    would not be asked to score (no buyer, no order) are reported as events like all others.
    """
    import_events(store, split.before, "recorded events", progress)
    now_ms = 0
    desk = ClaimDesk(store, policy, model, lambda _claim: now_ms)
    online = OnlineEngine(store.plan)
    decided: set[str | None] = set()
    done = 0
    for moment, group in groupby(split.after, key=lambda event: event.known_at_ms):
        now_ms = moment
        events = list(group)
        claims = [event for event in events if is_scorable(event)]
        for event in claims:
            yield desk.score(claim_of(event))
        decided |= {event.claim_id for event in claims}
        others = [event for event in events if not (is_scorable(event) or _is_recorded_decision(event, decided))]
        _report(store, online, others, now_ms)
        done += len(events)
        if progress is not None:
            progress(done, len(split.after), "playing")


def is_scorable(event: Event) -> bool:
    """Whether an event is a claim that a service could be asked to score: with a buyer and its order's facts."""
    needed = (event.buyer_id, event.order_id, event.order_amount_minor, event.order_paid_at_ms)
    return event.kind is EventKind.CLAIM_FILED and None not in needed


def claim_of(event: Event) -> Claim:
    """A recorded claim as the platform would send it to the service."""
    return Claim.model_validate(
        {
            "claim_id": event.claim_id,
            "claim_type": event.claim_type,
            "reason": event.claim_reason,
            "amount_minor": event.amount_minor,
            "quantity": event.quantity,
            "evidence_count": event.evidence_count or 0,
            "evidence_hashes": list(event.evidence_hashes or ()),
            "device_id": event.device_id,
            "text": event.claim_text,
            "filed_at_ms": event.occurred_at_ms,
            "order": OrderFacts(
                order_id=event.order_id or "",
                buyer_id=event.buyer_id or "",
                merchant_id=event.merchant_id or "",
                product_id=event.product_id or "",
                category_id=event.category_id,
                address_id=event.address_id,
                payment_id=event.payment_id,
                amount_minor=event.order_amount_minor or 0,
                paid_at_ms=event.order_paid_at_ms or 0,
                promised_at_ms=event.order_promised_at_ms,
                delivered_at_ms=event.order_delivered_at_ms,
            ),
        }
    )


def _report(store: Store, online: OnlineEngine, events: list[Event], now_ms: int) -> None:
    """Append events as the service would: stamped later than all that their entities know."""
    if not events:
        return
    with store.writing() as connection:
        fresh = new_events(connection, events)
        keys = [key for event in fresh for key in online.keys(event)]
        store.lock(connection, keys)
        known_at_ms = online.next_moment(connection, keys, now_ms)
        stamped = [replace(event, known_at_ms=known_at_ms) for event in fresh]
        insert_events(connection, stamped)
        online.append(connection, stamped)


def _is_recorded_decision(event: Event, decided: set[str | None]) -> bool:
    return event.kind is EventKind.CLAIM_DECIDED and event.claim_id in decided


def _scorable(events: pa.Table) -> npt.NDArray[np.bool_]:
    needed = ("buyer_id", "order_id", "order_amount_minor", "order_paid_at_ms")
    present = [np.asarray(events[name].is_valid()) for name in needed]
    kind = np.asarray(events["kind"].to_pylist()) == str(EventKind.CLAIM_FILED)
    return np.asarray(np.logical_and.reduce([kind, *present]), dtype=np.bool_)
