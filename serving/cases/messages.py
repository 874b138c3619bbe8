"""What parties bring to a claim, as it is sent, and how it is answered: the messages of the API."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from serving.cases.given_ruling import LONGEST_TEXT, SHORTEST_TEXT
from serving.cases.words import AppealKind, Party
from serving.claim import Id


def _readable(text: str) -> str:
    if "\0" in text or len(text.strip()) < SHORTEST_TEXT:
        raise ValueError(f"write {SHORTEST_TEXT} to {LONGEST_TEXT} characters")
    return text


PartysText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_readable)]


class _Message(BaseModel):
    # what a party wrote must not reach a log through the text of an error
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Appeal(_Message):
    """A party doesn't accept what was decided on a claim."""

    appeal_id: Annotated[Id, Field(description="the caller's own; the same appeal under the same id is opened once")]
    party: Party = Field(description="who appeals")
    kind: AppealKind = Field(default="appeal", description="appeal: another reviewer rules; mediation: a senior one")
    text: PartysText = Field(description="why, in the party's own words; reviewers read it")


class OpenedAppeal(_Message):
    """An appeal as it is on record."""

    appeal_id: str
    claim_id: str
    party: Party
    kind: AppealKind
    case_number: int
    opened_at_ms: int
    replayed: bool = Field(default=False, description="whether it was on record before this request")


class Evidence(_Message):
    """What a party brought that was asked for evidence."""

    text: PartysText = Field(description="what was brought, or where it is found; reviewers read it")


class TakenEvidence(_Message):
    """What came of it."""

    claim_id: str
    case_numbers: list[int] = Field(description="cases that waited for it; where none did, nothing was kept")
    replayed: bool = Field(default=False, description="whether it was on record before this request")
