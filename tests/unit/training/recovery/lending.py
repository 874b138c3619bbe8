"""A platform that pays first: what came back of each advance, and when, can be told from its number."""

from __future__ import annotations

import numpy as np

from features.events import Event, EventKind, check_event

START_MS = 1_700_000_000_000
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
REPAID_AFTER_DAYS = 10
WRITTEN_OFF_AFTER_DAYS = 60


MERCHANTS_PAY = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # how often each of nine does


def nine_merchants(days: int, advances: int) -> list[Event]:
    """Advances to nine merchants in turn: the first never pays back, the last always does, one in ten pays in part."""
    random = np.random.default_rng(5)
    events: list[Event] = []
    for number in range(advances):
        merchant = number % 9
        pays = random.random() < MERCHANTS_PAY[merchant]
        part = 0.5 if random.random() < 0.1 else 1.0
        events += advance(number, day=number * days / advances, back=pays * part, merchant=f"lent-{merchant}")
    return events


def advance(
    number: int,
    *,
    day: float = 0.0,
    back: float | None = 1.0,
    settled_after_days: float | None = None,
    merchant: str = "shop",
    action: str = "pre_payment_compensation",
    amount_minor: int = 10_000,
    verdict: str | None = None,
    ruled_after_days: float = 3.0,
) -> list[Event]:
    """A claim that is answered at once; `back` is the share that comes back, None of an advance that stays open.

    Money comes back after `REPAID_AFTER_DAYS`, and a loss is settled after `WRITTEN_OFF_AFTER_DAYS`.
    """
    filed_ms = START_MS + round(day * DAY_MS)
    about = {"claim_id": f"claim-{number}", "merchant_id": merchant, "product_id": f"{merchant}-goods"}

    def event(kind: EventKind, after_days: float, **given: object) -> Event:
        moment_ms = filed_ms + round(after_days * DAY_MS)
        return check_event(
            Event(event_id=f"{kind}-{number}", kind=kind, occurred_at_ms=moment_ms, known_at_ms=moment_ms, **given)
        )

    asked = {"amount_minor": amount_minor, "quantity": 1, "claim_type": "refund_only", "claim_reason": "damaged"}
    order = {"order_amount_minor": amount_minor, "order_paid_at_ms": filed_ms - DAY_MS, "buyer_id": f"buyer-{number}"}
    events = [
        event(EventKind.CLAIM_FILED, 0, **asked, **order, **about),
        event(EventKind.CLAIM_DECIDED, 0, action=action, amount_minor=amount_minor, **about),
    ]
    if back is not None:
        days = WRITTEN_OFF_AFTER_DAYS if back == 0 else REPAID_AFTER_DAYS
        came = {"amount_minor": amount_minor, "recovered_minor": round(amount_minor * back)}
        after = days if settled_after_days is None else settled_after_days
        events.append(event(EventKind.ADVANCE_SETTLED, after, **came, **about))
    if verdict is not None:
        ruled = {"verdict": verdict, "verdict_source": "reviewer"}
        events.append(event(EventKind.CLAIM_ADJUDICATED, ruled_after_days, **ruled, **about))
    return events
