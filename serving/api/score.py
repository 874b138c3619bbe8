"""POST /v1/score: decide one claim."""

from __future__ import annotations

from typing import Final

from serving.answer import Answer
from serving.api.bodies import read_message, reply_with
from serving.api.endpoint import ApiError, Call, Endpoint, Reply
from serving.api.office import Office
from serving.claim import Claim
from serving.claim_desk import ClaimConflictError, FutureTimeError


async def score(office: Office, call: Call) -> Reply:
    """Decide one claim, with its order's facts: the action, expected costs, reasons, and versions."""
    claim = read_message(Claim, call.body)
    try:
        return reply_with(office.desk.score(claim))
    except ClaimConflictError as error:
        raise ApiError(409, "claim_conflict", str(error)) from None
    except FutureTimeError as error:
        raise ApiError(
            400, "invalid_request", "the claim has a field that is wrong", ((error.field, error.reason),)
        ) from None


EXAMPLE: Final = {
    "claim_id": "example-1",
    "claim_type": "refund_only",
    "reason": "damaged",
    "amount_minor": 12900,
    "order": {
        "order_id": "example-order-1",
        "buyer_id": "example-buyer",
        "merchant_id": "example-merchant",
        "product_id": "example-product",
        "amount_minor": 12900,
        "paid_at_ms": 1_767_225_600_000,
        "delivered_at_ms": 1_767_484_800_000,
    },
}

SCORE: Final = Endpoint(
    method="POST",
    path="/v1/score",
    summary="Decide one claim",
    description=(
        "Call it once per claim. The claim, its feature vector and the decision are on disk before the answer leaves. "
        "The claim's id makes it idempotent: the same claim again gets the stored answer, marked replayed."
    ),
    scopes=frozenset({"platform"}),
    handler=score,
    request=Claim,
    replies={200: (Answer, "what to do with the claim, and why")},
    errors={409: "the claim's id is on record with other content; nothing was changed"},
    example=EXAMPLE,
)
