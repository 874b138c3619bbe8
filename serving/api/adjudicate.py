"""POST /v1/adjudicate: record a person's verdict on a claim."""

from __future__ import annotations

from typing import Final

from serving.api.bodies import read_message, reply_with
from serving.api.endpoint import ApiError, Call, Endpoint, Reply
from serving.api.office import Office
from serving.api.patience import in_a_thread
from serving.cases.withdrawing import OWN_VERDICT
from serving.intake.adjudicating import AdjudicationConflictError, UnknownClaimError
from serving.intake.verdict import Adjudication, RecordedAdjudication


async def adjudicate(office: Office, call: Call) -> Reply:
    """Record a verdict under the name of the caller's key."""
    given = read_message(Adjudication, call.body)
    if given.adjudication_id.startswith(OWN_VERDICT):  # or a ruling that is to be released under it never could be
        said = f"ids that begin with {OWN_VERDICT!r} are the console's; give the verdict another one"
        raise ApiError(409, "adjudication_conflict", said)
    try:
        return reply_with(await in_a_thread(office.adjudications.record, given, call.caller.name))
    except UnknownClaimError as error:
        raise ApiError(404, "unknown_claim", str(error)) from None
    except AdjudicationConflictError as error:
        raise ApiError(409, "adjudication_conflict", str(error)) from None


# of the claim that is the example of POST /v1/score
EXAMPLE: Final = {
    "adjudication_id": "example-adjudication-1",
    "claim_id": "example-1",
    "verdict": "legitimate",
    "merchant_at_fault": True,
    "note": "The picture shows the crack.",
}

ADJUDICATE: Final = Endpoint(
    method="POST",
    path="/v1/adjudicate",
    summary="Record a verdict",
    description=(
        "What a person found on a claim: in a review, an appeal or an audit. Training learns from it, and reviewers "
        "see the note. The reviewer is the key's name. The adjudication's id makes it idempotent."
    ),
    scopes=frozenset({"reviewer"}),
    handler=adjudicate,
    request=Adjudication,
    replies={200: (RecordedAdjudication, "the verdict as it is on record")},
    errors={
        404: "the claim isn't on record",
        409: "the adjudication's id is on record with another content, or one of the console's; nothing was changed",
    },
    example=EXAMPLE,
)
