"""A small history in which it is known what costs stars."""

from __future__ import annotations

import random

from features.events import Event, EventKind, check_event
from tests.spec.drawing import BASE_MS

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
__all__ = ["BASE_MS", "DAY_MS", "HOUR_MS", "rated_events"]

STARS, DENIED_COST, SLOW_COST = 4, 2, 1


def rated_events(claims: int) -> list[Event]:
    """Claims of as many buyers, three days apart of each other over a year, all rated but every fifth.

    Every fourth is denied and every third answered after 30 hours instead of half an hour; a denial costs two stars, a
    slow answer one, and every second buyer is in a better mood by one. What else differs, pictures and the type, costs
    nothing. Every second rating comes with one of the return.
    """
    events, mood = [], random.Random(7)
    for number in range(claims):
        filed_ms = BASE_MS + number * DAY_MS
        denied, slow = number % 4 == 0, number % 3 == 0
        about = {
            "claim_id": f"c{number}",
            "buyer_id": f"b{number}",
            "merchant_id": f"m{number % 7}",
            "product_id": "p",
            "category_id": f"k{number // 50 % 2}",
        }
        claim_type = "return_refund" if number % 7 < 3 else "refund_only"
        told: list[tuple[EventKind, int, dict[str, object]]] = [
            (EventKind.CLAIM_FILED, 0, {
                "amount_minor": 900, "quantity": 1, "claim_type": claim_type, "claim_reason": "damaged",
                "evidence_count": number % 11 % 2,
            }),
            (EventKind.CLAIM_DECIDED, 30 * HOUR_MS if slow else 30 * 60_000, {
                "amount_minor": 0 if denied else 900, "action": "manual_review",
            }),
        ]  # fmt: skip
        if number % 5:
            stars = STARS + mood.randrange(2) - DENIED_COST * denied - SLOW_COST * slow
            told.append((EventKind.FEEDBACK_GIVEN, 2 * DAY_MS, {"rating": stars}))
            if number % 2:
                told.append((EventKind.FEEDBACK_GIVEN, 3 * DAY_MS, {"rating": 3, "feedback_step": "return"}))
        for place, (kind, after_ms, fields) in enumerate(told):
            times = {"occurred_at_ms": filed_ms + after_ms, "known_at_ms": filed_ms + after_ms}
            events.append(check_event(Event(event_id=f"e{number}-{place}", kind=kind, **times, **about, **fields)))
    return events
