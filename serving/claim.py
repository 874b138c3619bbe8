"""A claim as the platform sends it: the request of the API, field by field."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from features.events import (
    EARLIEST_MS,
    HASH_PATTERN,
    LARGEST_AMOUNT,
    LATEST_MS,
    LONGEST_ID,
    LONGEST_TEXT,
    MOST_PICTURES,
    RULES,
    Event,
    EventKind,
    FieldType,
)
from serving.words import AuthorityKind

if TYPE_CHECKING:
    from serving.decision import ClaimFacts

# the words of the API; a test holds them against features.events
ClaimType = Literal["refund_only", "return_refund", "exchange", "repair"]
ClaimReason = Literal[
    "not_received",
    "damaged",
    "defective",
    "not_as_described",
    "wrong_item",
    "missing_parts",
    "counterfeit",
    "expired",
    "late_delivery",
    "changed_mind",
    "other",
]
Language = Literal["en", "zh-CN"]

# the events of a claim are called after it, and their names are ids too
LONGEST_CLAIM_ID = LONGEST_ID - len("claim_decided:")


def _printable(value: str) -> str:
    # not a pattern: the event log's own rule is Python's, and the two must agree on every character
    if not value.isprintable():
        raise ValueError(RULES[FieldType.ID])
    return value


def _whole(value: str) -> str:
    if "\0" in value:
        raise ValueError(RULES[FieldType.TEXT])
    return value


ClaimText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_whole)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID), AfterValidator(_printable)]
ClaimId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_CLAIM_ID), AfterValidator(_printable)]
Amount = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT, description="integer minor units (cents, fen)")]
Moment = Annotated[int, Field(ge=EARLIEST_MS, lt=LATEST_MS, description="milliseconds since 1970 UTC")]
PictureHash = Annotated[str, StringConstraints(pattern=f"^{HASH_PATTERN.pattern}$")]
Count = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]


class _Message(BaseModel):
    # what a buyer wrote must not reach a log through the text of an error
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class OrderFacts(_Message):
    """The order line that is claimed: one product at one price."""

    order_id: Id
    buyer_id: Id
    merchant_id: Id
    product_id: Id
    category_id: Id | None = Field(default=None, description="the sort of goods, in the platform's own list")
    address_id: Id | None = Field(default=None, description="where it was delivered; not for places known to be public")
    payment_id: Id | None = Field(default=None, description="the card or account that paid")
    amount_minor: Amount
    paid_at_ms: Moment
    promised_at_ms: Moment | None = Field(default=None, description="when it was promised to arrive")
    delivered_at_ms: Moment | None = Field(default=None, description="missing while it has not arrived")

    @model_validator(mode="after")
    def _in_order(self) -> OrderFacts:
        if self.delivered_at_ms is not None and self.delivered_at_ms < self.paid_at_ms:
            raise ValueError("delivered_at_ms is before paid_at_ms; check both times")
        return self


class AuthorityOnRecord(_Message):
    """What entitles the platform to charge the merchant for this claim, and where that is recorded."""

    kind: AuthorityKind
    reference: Id


class Claim(_Message):
    """One claim with its order's facts."""

    claim_id: ClaimId
    claim_type: ClaimType
    reason: ClaimReason
    amount_minor: Amount
    quantity: Count = 1
    evidence_count: Count = Field(default=0, description="pictures or videos attached")
    evidence_hashes: list[PictureHash] = Field(
        default_factory=list,
        max_length=MOST_PICTURES,
        description="64-bit perceptual hashes of the pictures, 16 lower-case hex digits each, all different",
    )
    device_id: Id | None = Field(default=None, description="the device that the claim came from")
    text: ClaimText | None = Field(default=None, description="what the buyer wrote")
    filed_at_ms: Moment | None = Field(default=None, description="when the buyer filed it; default: now")
    order: OrderFacts
    authority: AuthorityOnRecord | None = None
    human_requested: bool = Field(default=False, description="the buyer asks for a person: always leads to review")
    explain: bool = Field(default=False, description="give reasons even where the claim is approved automatically")
    language: Language | None = Field(default=None, description="of the reasons; default: the policy's")

    @model_validator(mode="after")
    def _different_pictures(self) -> Claim:
        if len(set(self.evidence_hashes)) < len(self.evidence_hashes):
            raise ValueError("evidence_hashes holds one hash more than once; send each picture once")
        return self

    def content_hash(self) -> str:
        """A digest of what is claimed; the language and the wish for reasons don't change a claim.

        Fields at their defaults don't count, so a field that is added later leaves old claims what they were.
        """
        content = self.model_dump_json(exclude={"language", "explain"}, exclude_defaults=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def filed_event(self, known_at_ms: int) -> Event:
        """The claim as an event that the platform learned of at `known_at_ms`."""
        return Event(
            event_id=f"claim_filed:{self.claim_id}",
            kind=EventKind.CLAIM_FILED,
            occurred_at_ms=known_at_ms if self.filed_at_ms is None else self.filed_at_ms,
            known_at_ms=known_at_ms,
            order_id=self.order.order_id,
            claim_id=self.claim_id,
            buyer_id=self.order.buyer_id,
            merchant_id=self.order.merchant_id,
            product_id=self.order.product_id,
            category_id=self.order.category_id,
            device_id=self.device_id,
            address_id=self.order.address_id,
            payment_id=self.order.payment_id,
            amount_minor=self.amount_minor,
            quantity=self.quantity,
            order_amount_minor=self.order.amount_minor,
            order_paid_at_ms=self.order.paid_at_ms,
            order_delivered_at_ms=self.order.delivered_at_ms,
            order_promised_at_ms=self.order.promised_at_ms,
            claim_type=self.claim_type,
            claim_reason=self.reason,
            evidence_count=max(self.evidence_count, len(self.evidence_hashes)),
            evidence_hashes=tuple(self.evidence_hashes) or None,
            claim_text=self.text,
        )

    def facts(self, as_of_ms: int) -> ClaimFacts:
        """What the decision needs to know of the claim."""
        return self.facts_of(self.filed_event(as_of_ms))

    def facts_of(self, filed: Event) -> ClaimFacts:
        """The same, of its event that was made before."""
        from serving.decision import ClaimFacts, RecordedAuthority  # noqa: PLC0415 - a client sends claims without it

        recorded = self.authority
        return ClaimFacts.of_event(
            filed,
            authority=None if recorded is None else RecordedAuthority(recorded.kind, recorded.reference),
            human_requested=self.human_requested,
        )
