"""POST /v1/claims/{claim_id}/appeals and .../evidence: what the parties of a claim bring."""

from __future__ import annotations

from typing import Final

from serving.api.bodies import read_message, reply_with
from serving.api.endpoint import ApiError, Call, Endpoint, Parameter, Reply
from serving.api.office import Office
from serving.api.patience import in_a_thread
from serving.cases.appealing import AppealRefusedError
from serving.cases.messages import Appeal, Evidence, OpenedAppeal, TakenEvidence
from serving.intake.adjudicating import UnknownClaimError

_CLAIM: Final = (Parameter("claim_id", "path", "the claim"),)


async def appeals(office: Office, call: Call) -> Reply:
    """Open an appeal under the name of the caller's key."""
    given, claim_id = read_message(Appeal, call.body), _claim_id(call)
    try:
        return reply_with(await in_a_thread(office.parties.open_appeal, claim_id, given, call.caller.name))
    except UnknownClaimError as error:
        raise ApiError(404, "unknown_claim", str(error)) from None
    except AppealRefusedError as error:
        raise ApiError(409, error.code, str(error)) from None


async def evidence(office: Office, call: Call) -> Reply:
    """Take what a party brought, under the name of the caller's key."""
    given, claim_id = read_message(Evidence, call.body), _claim_id(call)
    try:
        return reply_with(await in_a_thread(office.parties.bring_evidence, claim_id, given.text, call.caller.name))
    except UnknownClaimError as error:
        raise ApiError(404, "unknown_claim", str(error)) from None


def _claim_id(call: Call) -> str:
    claim_id = call.path_values["claim_id"]
    if not claim_id.isprintable():  # no claim has such an id, and a database may not take it
        raise ApiError(404, "unknown_claim", str(UnknownClaimError(claim_id)))
    return claim_id


APPEALS: Final = Endpoint(
    method="POST",
    path="/v1/claims/{claim_id}/appeals",
    summary="Appeal against a decision",
    description=(
        "The buyer or the merchant doesn't accept what was decided: a person who hasn't ruled on the claim before "
        "looks again, for a mediation a senior one. A claim has one open appeal at a time. The appeal's id makes it "
        "idempotent. What comes of it is told as `claim.ruled`, which says whether it overturns what was decided."
    ),
    scopes=frozenset({"platform", "reviewer"}),
    handler=appeals,
    parameters=_CLAIM,
    request=Appeal,
    replies={200: (OpenedAppeal, "the appeal as it is on record")},
    errors={
        404: "the claim isn't on record",
        409: "nothing was decided yet, an appeal is open, or the appeal's id is on record with another content",
    },
    example={
        "appeal_id": "example-appeal-1",
        "party": "merchant",
        "text": "The cup left our warehouse whole; see the picture of the parcel.",
    },
)

EVIDENCE: Final = Endpoint(
    method="POST",
    path="/v1/claims/{claim_id}/evidence",
    summary="Bring evidence that was asked for",
    description=(
        "After `claim.evidence_asked`: what the party brought. The cases that wait for it go back to reviewers. The "
        "same text again changes nothing. Where no case waits, the answer names none, and nothing is kept."
    ),
    scopes=frozenset({"platform", "reviewer"}),
    handler=evidence,
    parameters=_CLAIM,
    request=Evidence,
    replies={200: (TakenEvidence, "which cases went on with it")},
    errors={404: "the claim isn't on record"},
    example={"text": "Two pictures of the broken handle, in the order's folder."},
)
