"""Messages that no part of the service owns: errors, many claims, many decisions. Clients read them without one."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from serving.answer import Answer
from serving.claim import Claim

MOST_CLAIMS: Final = 1_000


class FieldError(BaseModel):
    """One field that is wrong."""

    field: str = Field(description="its path, such as order.paid_at_ms; body for the whole")
    reason: str


class ErrorContent(BaseModel):
    """What went wrong: a stable code, a sentence, and the fields that are wrong."""

    code: str
    message: str
    fields: list[FieldError]


class ErrorAnswer(BaseModel):
    """The one shape of all errors."""

    error: ErrorContent


class ClaimBatch(BaseModel):
    """Claims to be decided one after the other, each by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    claims: Annotated[list[Claim], Field(min_length=1, max_length=MOST_CLAIMS)]


class BatchResult(BaseModel):
    """What came of one claim: what /v1/score would have answered."""

    status: int = Field(description="200 with an answer; otherwise with an error")
    answer: Answer | None = None
    error: ErrorContent | None = None


class BatchAnswer(BaseModel):
    """What came of each claim, in their order."""

    results: list[BatchResult]


class DecisionPage(BaseModel):
    """Decisions in the order in which they were made, and where to go on."""

    decisions: list[Answer] = Field(description="as they were answered; empty where there is none yet")
    next: str = Field(description="what to ask after next time; keep it")
