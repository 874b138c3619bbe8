"""POST /v1/score and /v1/score_batch: decide claims."""

from __future__ import annotations

from typing import Final

from pydantic_core import to_json

from serving.answer import Answer
from serving.api.bodies import read_message
from serving.api.endpoint import ApiError, Call, Endpoint, Reply
from serving.api.messages import MOST_CLAIMS, BatchAnswer, ClaimBatch
from serving.api.office import Office
from serving.claim import Claim
from serving.claim_desk import Answered, ClaimConflictError, FutureTimeError
from serving.counter import Result

LARGEST_BATCH_BYTES: Final = 8 * 1024 * 1024
RETRY_AFTER: Final = ((b"retry-after", b"2"),)


async def score(office: Office, call: Call) -> Reply:
    """Decide one claim, with its order's facts: the action, expected costs, reasons, and versions."""
    call.laps.begin()
    claim = _stored(office, read_message(Claim, call.body))
    call.laps.lap("validate")
    result = await office.counter.answer(claim)
    office.after_claim.answered(result)
    if isinstance(result, Answered):
        if result.decided is not None:
            call.laps.seconds += result.decided.laps.seconds
        return Reply(body=result.body.encode())
    raise _error_of(result)


async def score_batch(office: Office, call: Call) -> Reply:
    """Decide many claims; one that can't be decided doesn't keep the others from it."""
    claims = [_stored(office, claim) for claim in read_message(ClaimBatch, call.body).claims]
    results = await office.counter.answer_all(claims)
    for each in results:
        office.after_claim.answered(each)
    return Reply(body=b'{"results":[' + b",".join(map(_batch_result, results)) + b"]}")


def _stored(office: Office, claim: Claim) -> Claim:
    """The claim as it is decided and stored: ids of people hashed, where there is a key."""
    pseudonyms = office.settings.pseudonyms
    return claim if pseudonyms is None else pseudonyms.of_claim(claim)


def _batch_result(result: Result) -> bytes:
    if isinstance(result, Answered):
        # an answer is JSON already
        return b'{"status":200,"answer":' + result.body.encode() + b',"error":null}'
    error = _error_of(result)
    fields = [{"field": name, "reason": reason} for name, reason in error.fields]
    content = {"code": error.code, "message": error.message, "fields": fields}
    return to_json({"status": error.status, "answer": None, "error": content})


def _error_of(result: Result) -> ApiError:
    match result:
        case ClaimConflictError():
            return ApiError(409, "claim_conflict", str(result))
        case FutureTimeError():
            wrong = ((result.field, result.reason),)
            return ApiError(400, "invalid_request", "the claim has a field that is wrong", wrong)
        case _:
            return ApiError(503, "unavailable", str(result), headers=RETRY_AFTER)


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
    timed=True,
)
SCORE_BATCH: Final = Endpoint(
    method="POST",
    path="/v1/score_batch",
    summary="Decide many claims",
    description=(
        f"Up to {MOST_CLAIMS:,} claims, decided in their order, each as /v1/score decides it. A field that is wrong "
        "anywhere refuses them all; a claim that is in conflict gets its error beside the others' answers."
    ),
    scopes=frozenset({"platform"}),
    handler=score_batch,
    request=ClaimBatch,
    replies={200: (BatchAnswer, "what came of each claim")},
    largest_body_bytes=LARGEST_BATCH_BYTES,
    example={"claims": [{**EXAMPLE, "claim_id": "example-2"}]},
)
