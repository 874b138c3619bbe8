"""POST /v1/events: take what happened beside claims, thousands of events in one call."""

from __future__ import annotations

from typing import Final

from serving.api.bodies import reply_with
from serving.api.endpoint import ApiError, Call, Endpoint, Reply
from serving.api.office import Office
from serving.api.patience import in_a_thread
from serving.intake.problems import EventsConflictError, EventsError
from serving.intake.sent_event import MOST_EVENTS, EventBatch, EventsAnswer

LARGEST_BODY_BYTES: Final = 8 * 1024 * 1024  # 5,000 events with all their ids take some 2.5 MB


async def events(office: Office, call: Call) -> Reply:
    """Take events."""
    try:
        answer = await in_a_thread(office.events.take_body, call.body)
    except EventsConflictError as error:
        message = "events contradict what is on record; none was taken"
        raise ApiError(409, "event_conflict", message, _fields(error)) from None
    except EventsError as error:
        message = "events have fields that are missing or wrong; none was taken"
        raise ApiError(400, "invalid_request", message, _fields(error)) from None
    office.metrics.count_events(answer.taken, answer.known)
    return reply_with(answer)


def _fields(error: EventsError) -> tuple[tuple[str, str], ...]:
    return tuple((problem.path, problem.reason) for problem in error.problems)


_ORDER: Final = {
    "order_id": "example-order-1",
    "buyer_id": "example-buyer",
    "merchant_id": "example-merchant",
    "product_id": "example-product",
}

EXAMPLE: Final = {
    "events": [
        {
            "event_id": "example-paid-1",
            "kind": "order_paid",
            "occurred_at_ms": 1_767_225_600_000,
            **_ORDER,
            "amount_minor": 12900,
            "quantity": 1,
        },
        {"event_id": "example-shipped-1", "kind": "order_shipped", "occurred_at_ms": 1_767_312_000_000, **_ORDER},
        {"event_id": "example-delivered-1", "kind": "order_delivered", "occurred_at_ms": 1_767_484_800_000, **_ORDER},
    ]
}

EVENTS: Final = Endpoint(
    method="POST",
    path="/v1/events",
    summary="Report what happened",
    description=(
        f"Up to {MOST_EVENTS:,} events in one call, in the order in which they happened; all are on disk before the "
        "answer leaves, or none is taken. An event's id makes it idempotent. Later events of a claim need only its "
        "claim_id. The service stamps when it learned of them. Claims that this service decides need no claim_filed "
        "or claim_decided."
    ),
    scopes=frozenset({"platform"}),
    handler=events,
    request=EventBatch,
    replies={200: (EventsAnswer, "how many were new")},
    errors={409: "an event's id is on record with other content, or only the service may write it; none was taken"},
    largest_body_bytes=LARGEST_BODY_BYTES,
    example=EXAMPLE,
)
