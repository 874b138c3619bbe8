"""GET /v1/claims/{claim_id}: how a claim stands."""

from __future__ import annotations

from typing import Final

from serving.api.bodies import reply_with
from serving.api.endpoint import ApiError, Call, Endpoint, Parameter, Reply
from serving.api.office import Office
from serving.api.patience import in_a_thread
from serving.case_file.finding import find_claim
from serving.case_file.messages import ClaimAnswer
from serving.intake.adjudicating import UnknownClaimError


async def claims(office: Office, call: Call) -> Reply:
    """Look a claim up."""
    claim_id = call.path_values["claim_id"]
    found = await in_a_thread(find_claim, office.store, claim_id) if claim_id.isprintable() else None
    if found is None:
        raise ApiError(404, "unknown_claim", str(UnknownClaimError(claim_id)))
    return reply_with(found)


CLAIMS: Final = Endpoint(
    method="GET",
    path="/v1/claims/{claim_id}",
    summary="Look a claim up",
    description=(
        "How a claim stands, the answer that was given, what it gives the buyer, the case if a person has or had to "
        "look at it, and all that happened, in the order in which the service learned of it."
    ),
    scopes=frozenset({"platform", "reviewer", "auditor"}),
    handler=claims,
    parameters=(Parameter("claim_id", "path", "the claim"),),
    replies={200: (ClaimAnswer, "all that is on record of the claim")},
    errors={404: "the claim isn't on record"},
)
