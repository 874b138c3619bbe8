"""What a claim's state looks like in the API."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from serving.answer import Answer, EntitlementsAnswer
from serving.cases.words import AppealKind, Party

ClaimState: TypeAlias = Literal["filed", "decided", "in_review", "in_audit", "audited", "adjudicated", "settled"]
CaseKind: TypeAlias = Literal["review", "audit"]
STATES: Final[dict[ClaimState, str]] = {
    "filed": "on record, not decided",
    "decided": "decided automatically",
    "in_review": "waits for a person to decide",
    "in_audit": "decided automatically, and waits for a person to check it; the buyer doesn't wait",
    "audited": "checked by a person after it was decided",
    "adjudicated": "a person ruled",
    "settled": "what the platform advanced was settled with the merchant",
}


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TimelineEntry(_Message):
    """One event of a claim, with what it says beside whom it concerns."""

    event_id: str
    kind: str
    occurred_at_ms: int = Field(description="when it happened")
    known_at_ms: int = Field(description="when the service learned of it; entries are in this order")
    details: dict[str, bool | int | str | list[str]]


class CaseAdjudication(_Message):
    """One verdict on the claim."""

    adjudication_id: str
    verdict: str
    merchant_at_fault: bool | None
    source: str
    reviewer_id: str | None
    note: str | None
    known_at_ms: int


class Case(_Message):
    """Why a person has or had to look at the claim."""

    kind: CaseKind | None = Field(description="what the decision asked for; null for neither")
    open: bool = Field(description="whether it still waits for a person")
    since_ms: int | None = Field(description="when the decision asked for it")
    adjudications: list[CaseAdjudication] = Field(description="verdicts, the oldest first")


class OpenAppeal(_Message):
    """An appeal that a person has yet to rule on."""

    kind: AppealKind = Field(description="appeal: another reviewer rules; mediation: a senior one")
    party: Party = Field(description="who appeals")
    since_ms: int


class ClaimAnswer(_Message):
    """How a claim stands, what was decided on it, and all that happened."""

    claim_id: str
    state: ClaimState = Field(description="; ".join(f"{state}: {meaning}" for state, meaning in STATES.items()))
    decision: Answer | None = Field(description="the answer to the claim as it was given; null for an imported claim")
    entitlements: EntitlementsAnswer | None = Field(description="what the decision gave the buyer")
    case: Case | None = Field(description="null where no person had to look at the claim")
    appeal: OpenAppeal | None = Field(default=None, description="null where none is open; the state stays what it was")
    timeline: list[TimelineEntry]
    timeline_complete: bool = Field(description="whether these are all of the claim's events; only the first are shown")
