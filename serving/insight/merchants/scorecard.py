"""What is kept of a merchant, answered by the API and shown. What too little is known of is None."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from serving.insight.merchants.settings import Component

Trend: TypeAlias = Literal["worse", "better", "unsure"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MerchantRange(_Part):
    """A figure and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


class ClaimRate(_Part):
    """Claims by order against what the merchant's mix of categories would have had.

    A claim counts with its order: orders old enough to have been watched for `watch_days`, and claims within that time.
    """

    claims: int
    rate: float | None = Field(description="claims by order, as they were counted")
    expected: float = Field(description="claims that its orders would have had at the rates of their categories")
    ratio: MerchantRange = Field(description="claims by expected claims, drawn to 1 the more the fewer were expected")
    shrunk_rate: MerchantRange | None = Field(description="the ratio times the rate that was expected")


class MerchantTrend(_Part):
    """The claim rate of the period by that of the time before, each against its categories of that time."""

    trend: Trend
    ratio: MerchantRange | None = Field(description="above 1: more claims than before; exact interval")
    claims_before: int
    orders_before: int


class MerchantCounts(_Part):
    """What was counted in the period. Orders that are too young for their claims to have come aren't among them."""

    orders: int
    claims: int = Field(description="filed in the period, whenever they were paid")
    claims_without_order: int = Field(description="of these, whose order isn't on record; no rate counts them")
    awaiting_verdict: int = Field(description="of these, on which nobody has ruled yet")
    answered: int = Field(description="of these, that the merchant answered")
    timed_out: int = Field(description="of these, that the merchant let the time for an answer pass on")
    answered_in_time: int
    rulings_that_say: int = Field(description="of these, whose verdict says whether the merchant was at fault")
    at_fault: int
    disputed: int = Field(description="refused by the merchant, or appealed against by it, and ruled on")
    disputes_lost: int
    appeals: int = Field(description="of the merchant, ruled on in the period")
    appeals_lost: int
    delivered: int = Field(description="orders with a promise, delivered")
    delivered_late: int
    undelivered: int = Field(description="orders whose promised day is over, without a delivery on record")
    ratings: int


class MerchantMoney(_Part):
    """Advances of the platform's that were settled, in minor units."""

    advances: int
    advanced_minor: int
    recovered_minor: int
    recovered_share: float | None


class MerchantComponent(_Part):
    """One component of the score.

    `figure` is drawn to what is usual, the more the fewer cases there are; `points` is the share of merchants that it
    is better than, by how merchants differ.
    """

    component: Component
    cases: int = Field(description="that the figure is made of")
    raw: float = Field(description="as it was counted, without being drawn to what is usual")
    figure: MerchantRange
    usual: float = Field(description="on the platform")
    points: MerchantRange = Field(description="0 to 1")
    weight: float = Field(description="in the score; all weights of a merchant's components are 1 together")
    moves: float = Field(description="what it moves the score by, from the middle of 3")
    formula: str


class MerchantMonth(_Part):
    """Orders paid in 30 days, and their claims."""

    from_ms: int
    orders: int
    claims: int
    expected: float


class MerchantScorecard(_Part):
    """How a merchant serves, as of a moment."""

    merchant_id: str
    as_of_ms: int
    from_ms: int = Field(description="the period begins; it ends as of the moment")
    orders_from_ms: int = Field(description="orders paid from here ...")
    orders_until_ms: int = Field(description="... until here count: each was watched for the same time")
    place: int | None = Field(description="by score, from 1 for the best; null: too few orders to be ranked")
    of_ranked: int = Field(description="how many merchants are ranked")
    least_orders: int = Field(description="from which on a merchant is ranked")
    score: MerchantRange | None = Field(description="1 to 5; null where no component is known")
    score_formula: str
    left_out: list[Component] = Field(description="components that nothing is known of; the others make up for them")
    components: list[MerchantComponent]
    all_claims: ClaimRate
    quality_claims: ClaimRate = Field(description="whose reason speaks of the goods or the merchant")
    trend: MerchantTrend
    counts: MerchantCounts
    median_answer_hours: float | None
    median_shipping_hours: float | None = Field(description="from payment until the parcel was handed over")
    mean_rating: float | None
    money: MerchantMoney
    months: list[MerchantMonth] = Field(description="in order; the last one ends where orders are too young")
