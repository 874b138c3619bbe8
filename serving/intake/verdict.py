"""A person's verdict as it is sent, and as it is on record: the messages of the API."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from features.events import EVENT_FIELDS, LONGEST_ID, EventKind
from serving.claim import ClaimText, Id

Verdict: TypeAlias = Literal["legitimate", "abusive", "undetermined"]
PersonalSource: TypeAlias = Literal["reviewer", "appeal", "audit"]
ADJUDICATED_ID: Final = f"{EventKind.CLAIM_ADJUDICATED}:"  # what an event is called, before the caller's own id
LONGEST_ADJUDICATION_ID: Final = LONGEST_ID - len(ADJUDICATED_ID)


def _printable(word: str) -> str:
    if not word.isprintable():
        raise ValueError(f"an id is 1 to {LONGEST_ADJUDICATION_ID} printable characters")
    return word


class Adjudication(BaseModel):
    """What a person found on a claim. Who it was is known from the key."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    adjudication_id: Annotated[
        str,
        StringConstraints(min_length=1, max_length=LONGEST_ADJUDICATION_ID),
        AfterValidator(_printable),
        Field(description="the caller's own; the same verdict under the same id is recorded once"),
    ]
    claim_id: Id
    verdict: Verdict
    merchant_at_fault: bool | None = Field(default=None, description=EVENT_FIELDS["merchant_at_fault"].meaning)
    source: PersonalSource = Field(default="reviewer", description="in what kind of case the person ruled")
    note: ClaimText | None = Field(default=None, description="the reviewer's own words; kept, and read by people only")


class RecordedAdjudication(Adjudication):
    """A verdict as it is on record."""

    reviewer_id: str | None = Field(description="who ruled")
    known_at_ms: int = Field(description="when it was recorded")
    replayed: bool = Field(default=False, description="whether it was on record before this request")
