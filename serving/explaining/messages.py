"""Explanations as they are sent: a model for each audience."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from serving.answer import Answer, AuthorityAnswer
from serving.claim import Language
from serving.words import Action, FreightPayer

Audience: TypeAlias = Literal["reviewer", "merchant", "buyer"]
ReasonsFrom: TypeAlias = Literal["model", "answer"]
Outcome: TypeAlias = Literal["granted", "with_a_person", "decided_by_a_person"]
ChangeName: TypeAlias = Literal[
    "add_pictures", "return_the_goods", "return_the_goods_with_pictures", "wait_for_the_goods", "ask_for_a_person"
]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class ClaimSaid(_Message):
    """What was claimed, and of which order; times in milliseconds UTC, money in minor units."""

    claim_type: str
    reason: str
    amount_minor: int
    quantity: int
    evidence_count: int
    order_amount_minor: int | None
    order_paid_at_ms: int | None
    order_promised_at_ms: int | None
    order_delivered_at_ms: int | None


class FeatureShare(_Message):
    """One column of the model: what it held, and how far it moved the abuse probability."""

    name: str
    meaning: str
    unit: str
    value: float | None = Field(description="missing where nothing is known")
    direction: Literal["raises", "lowers"]
    share: float = Field(description="of all that moved the probability, 0 to 1; of its reason's share, a part or more")


class ReviewerReason(_Message):
    """A reason with all columns that speak under it."""

    code: str
    text: str
    direction: Literal["raises", "lowers"]
    share: float = Field(description="of all that moved the probability, 0 to 1")
    feature: str = Field(description="the column that speaks loudest")
    value: float | None
    features: list[FeatureShare] = Field(description="the loudest first; empty where the model of then isn't to be had")


class RuleSaid(_Message):
    """A rule of the policy that fired or whose condition could not be told."""

    rule: str
    fired: bool = Field(description="false: its condition could not be told")
    when: str | None = Field(description="its condition; missing where the policy of then isn't to be had")
    note: str


class ReviewerExplanation(_Message):
    """All of a decision."""

    audience: Literal["reviewer"] = "reviewer"
    claim_id: str
    language: Language
    claim: ClaimSaid | None = Field(description="missing for decisions of before facts were kept")
    text: str | None = Field(description="what the buyer wrote")
    answer: Answer = Field(description="as it was given")
    reasons: list[ReviewerReason] = Field(description="all of them, the largest share first")
    reasons_from: ReasonsFrom = Field(description="from the model of then, or only those that were given")
    abuse_probability_again: float | None = Field(description="from the stored vector and the model of then")
    rules: list[RuleSaid]
    lists: list[str] = Field(description="of the policy, that the claim was on then")
    policy_from: Literal["kept", "current", "another"] = Field(
        description="another: the policy of then isn't to be had, and the current one was looked at for rules and lists"
    )
    notes: list[str] = Field(description="what isn't to be had, and why")


class MerchantReason(_Message):
    """A reason that concerns the goods, the merchant or this claim."""

    text: str
    speaks_for: Literal["the_claim", "a_closer_look"]


class MerchantExplanation(_Message):
    """What a merchant is told of a claim on their goods."""

    audience: Literal["merchant"] = "merchant"
    claim_id: str
    language: Language
    decided_at_ms: int
    action: Action
    decision: str
    charged_to: Literal["merchant", "platform"] | None
    authority: AuthorityAnswer | None = Field(description="what entitles the platform to charge the merchant")
    order_id: str | None
    product_id: str | None
    claim: ClaimSaid | None
    freight_payer: FreightPayer | None
    rma_number: str | None
    reasons: list[MerchantReason]
    rights: list[str]


class BuyerChange(_Message):
    """Something that the buyer can do, and what it would have led to."""

    change: ChangeName
    leads_to: Outcome
    text: str


class BuyerExplanation(_Message):
    """What a buyer is told of their claim."""

    audience: Literal["buyer"] = "buyer"
    claim_id: str
    language: Language
    decided_at_ms: int
    outcome: Outcome
    decision: str
    how: str = Field(description="how it was decided, and what was looked at")
    entitlements: list[str]
    changes: list[BuyerChange] = Field(description="what would have led to another outcome")
    changes_note: str
    rights: list[str]


Explanation: TypeAlias = ReviewerExplanation | MerchantExplanation | BuyerExplanation
