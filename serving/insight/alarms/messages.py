"""Alarms as the API tells them, for clients too."""

from __future__ import annotations

from pydantic import BaseModel, Field

from serving.insight.alarms.alarm import Advice, AlarmKind, AlarmState, SignName


class SignMessage(BaseModel):
    """A sign of a merchant's decline, since it began."""

    name: SignName = Field(
        description="late: parcels that hadn't come by the promised moment; slow: claims answered after more than 24 "
        "hours; goods: claims about the goods"
    )
    seen: int = Field(description="how many there were")
    usual: float = Field(description="how many this merchant would usually have had")


class AlarmMessage(BaseModel):
    """A sudden rise in claims about a product, or about several products of a merchant; or a merchant's decline."""

    id: str = Field(description="stays the same when alarms are worked out anew")
    kind: AlarmKind = Field(
        description="decline: several signs of a merchant's service are worse at once, of which claims may be one"
    )
    entity: str = Field(description="the product's id, or the merchant's")
    category: str | None = Field(description="of a product")
    merchants: list[str] = Field(description="who sells it, most orders first")
    state: AlarmState = Field(description="over: 30 days went by without a sign of it")
    advice: Advice = Field(
        description="stop_sale: stop the sale and inspect the batch; check_stock: it is over, check what is left; "
        "look_at_abuse: few sources, or claims ruled abusive, are behind it; ask_merchant: several products of a "
        "merchant; watch_merchant: the same, and over; ask_service: a merchant declines; watch_service: the same, and "
        "over"
    )
    opened_ms: int = Field(description="when the claim became known that raised it; of a decline, the end of that day")
    last_ms: int
    batch_from_ms: int = Field(description="the claims are about orders paid from here on")
    batch_to_ms: int = Field(description="and before here")
    claims: int = Field(description="that count: one per buyer, device and address")
    expected: float = Field(description="how many would have been usual")
    ratio: float = Field(description="claims over expected; in 95 of 100 cases it lies from ratio_low to ratio_high")
    ratio_low: float
    ratio_high: float
    sold: int = Field(description="orders in the batch")
    unclaimed: int = Field(description="of these, not claimed yet")
    still_expected: float = Field(description="claims that are still to come, about")
    reason: str | None = Field(description="that most claims give; null where there is no claim")
    claim_ids: list[str] = Field(description="the newest 50")
    claimed_minor: int = Field(description="money asked for by now")
    signs: list[SignMessage] = Field(default_factory=list, description="of a decline; else empty")


class AlarmPage(BaseModel):
    """Alarms by the moment at which they were raised, and where to go on."""

    alarms: list[AlarmMessage] = Field(description="empty where there is none yet")
    next: str = Field(description="what to ask after next time; keep it")
    as_of_ms: int | None = Field(
        description="the moment as of which alarms were worked out; null before the first time"
    )
