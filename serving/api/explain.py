"""GET /v1/explain/{claim_id}: a past decision, explained to whoever reads it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from serving.api.bodies import invalid, reply_with
from serving.api.endpoint import ApiError, Call, Endpoint, Parameter, Reply
from serving.api.office import Office
from serving.claim import ClaimId, Language
from serving.counter import STORE_FAILED
from serving.explaining.messages import Audience, BuyerExplanation, MerchantExplanation, ReviewerExplanation

RETRY_AFTER: Final = ((b"retry-after", b"2"),)


class ExplanationAnswer(RootModel[ReviewerExplanation | MerchantExplanation | BuyerExplanation]):
    """An explanation: the field `audience` says which."""

    root: Annotated[ReviewerExplanation | MerchantExplanation | BuyerExplanation, Field(discriminator="audience")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    claim_id: ClaimId
    audience: Audience
    language: Language | None = None


async def explain(office: Office, call: Call) -> Reply:
    """Explain the decision on a claim, from its stored vector and with the model of then."""
    try:
        asked = _Asked.model_validate({**call.query, **call.path_values})
    except ValidationError as error:
        raise invalid(error) from None
    if asked.audience == "reviewer" and call.caller.scopes == {"platform"}:
        raise ApiError(403, "forbidden", "all of a decision is for reviewers; ask for the audience buyer or merchant")
    try:
        # it takes some milliseconds, in which others are answered
        explained = await asyncio.to_thread(
            office.explainer.explain, asked.claim_id, asked.audience, office.desk.policy, asked.language
        )
    except STORE_FAILED as error:
        said = "the decision can't be read now; ask again later"
        raise ApiError(503, "unavailable", said, headers=RETRY_AFTER) from error
    if explained is None:
        raise ApiError(404, "not_found", "no claim of this id was decided")
    return reply_with(explained)


EXPLAIN: Final = Endpoint(
    method="GET",
    path="/v1/explain/{claim_id}",
    summary="Explain a past decision",
    description=(
        "For a reviewer: all of it, with every reason, column, cost and rule. For the merchant: what concerns goods, "
        "merchant and this claim. For the buyer: plain words, what they get, and what would have led to another "
        "outcome, found by deciding the claim again; nothing that would teach evasion."
    ),
    scopes=frozenset({"platform", "reviewer", "scientist", "auditor"}),
    handler=explain,
    parameters=(
        Parameter(
            "claim_id",
            "path",
            "the claim's id",
            {"type": "string", "minLength": 1, "examples": ["example-1"]},
            required=True,
        ),
        Parameter(
            "audience",
            "query",
            "for whom; keys of scope platform may ask for buyer and merchant",
            {"type": "string", "enum": ["reviewer", "merchant", "buyer"]},
            required=True,
        ),
        Parameter(
            "language",
            "query",
            "of the words; default: the policy's",
            {"type": "string", "enum": ["en", "zh-CN"]},
        ),
    ),
    replies={200: (ExplanationAnswer, "the explanation; its field audience says of which shape")},
    errors={404: "no claim of this id was decided"},
)
