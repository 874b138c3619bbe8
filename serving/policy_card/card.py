"""What a policy card looks like in the API."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from serving.claim import ClaimType, Language
from serving.words import FreightPayer, RefundRoute, RefundTiming

Topic: TypeAlias = Literal["windows", "refund", "freight", "warranty", "people"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CardWindow(_Part):
    """How long a sort of claim may be filed: calendar days from the day after delivery."""

    claim_type: ClaimType
    days: int | None = Field(description="0 for no such right; null where nothing closes")
    days_if_at_fault: int | None = Field(description="the same where the goods are at fault")
    statutory_days: int = Field(description="of these, what the law gives without a reason; 0 for none")


class CardRefund(_Part):
    """When and how money goes back."""

    timings: list[RefundTiming] = Field(description="the moments at which a return may be refunded, the earliest first")
    due_days: int | None = Field(description="within how many days after that moment; null where the policy says none")
    routes: list[RefundRoute] = Field(description="in the order in which they are offered")
    bank_transfer_after_days: int | None = Field(description="days after payment from which a transfer comes first")


class CardFreight(_Part):
    """Who pays for sending goods back."""

    payer_if_at_fault: FreightPayer = Field(description="merchant: the platform pays first where nothing is on record")
    free_returns_per_year: int = Field(description="returns after a change of mind that are free within 365 days")
    prepaid_label: bool = Field(description="whether a label is made at once wherever the buyer doesn't pay")


class CardSection(_Part):
    """One topic in words."""

    topic: Topic
    title: str
    text: str


class PolicyCard(_Part):
    """What the policy in force gives buyers of a sort of goods. Nobody is refused by a machine, window or not."""

    category_id: str
    own_terms: bool = Field(description="whether the policy has terms for this category; else those for all goods hold")
    policy_version: str
    time_zone: str = Field(description="in which days begin and end")
    language: Language
    windows: list[CardWindow]
    refund: CardRefund
    freight: CardFreight
    warranty_days: int | None = Field(description="repair or exchange; 0 for none, null where it doesn't end")
    fault_reasons: list[str] = Field(description="reasons of claims by which the goods are at fault")
    ask_for_a_person_with: str = Field(default="human_requested", description="the field of a claim that asks for one")
    sections: list[CardSection]
