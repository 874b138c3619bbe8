"""The tables of a policy: what each says, its units, and the limits of what is taken."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from features.events import LARGEST_AMOUNT
from serving.words import AuthorityKind

Minor: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]
Probability: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class PolicyPart(BaseModel):
    """One table of a policy: frozen, numbers taken strictly, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Costs(PolicyPart):
    """What outcomes cost, in minor units. `merchant_loss_weight` is what a merchant's loss of 1 counts for."""

    review_cost_minor: Minor
    delay_cost_minor: Minor
    advance_fee_minor: Minor
    wrongful_denial_cost_minor: Minor
    merchant_loss_weight: Annotated[float, Field(ge=0, le=1000)]


class Actions(PolicyPart):
    """Up to which amount an action may be taken without a person; 0 for never.

    `platform_bears_up_to_minor`: up to which amount the platform pays an approval from its own pocket where no
    authority to charge the merchant is on record.
    """

    auto_approve_up_to_minor: Minor
    pre_payment_compensation_up_to_minor: Minor
    platform_bears_up_to_minor: Minor


class Review(PolicyPart):
    """How well people find the truth, how many claims they can review in a day, and the bounds of what a review's place
    in the queue may cost. Without a capacity there is no limit, and the price is the lowest one.

    The price is found on the claims of the last `recent_days`, and moves half of its way in `half_life_minutes`. Claims
    that wait beyond what reviewers take in `tolerated_queue_days` use up the places of new ones.

    A reviewed claim should be answered within `target_minutes` and must be within `limit_hours`. Who takes a case has
    it for `lease_minutes` without a sign of life. Claims of more than `second_person_above_minor` need two people. Of
    all cases, `reasons_after_look_share` show the model's reasons only after a first look and `reasons_never_share`
    never, so that the reasons' use can be measured; `gold_share` more are cases whose answer is known, and
    `double_share` of the ruled ones are given to a second person who doesn't know it.
    """

    sensitivity: Probability
    specificity: Probability
    capacity_per_day: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    lowest_price_minor: Minor = 0
    highest_price_minor: Minor = 100_000
    recent_days: Annotated[int, Field(ge=1, le=90)] = 7
    half_life_minutes: Annotated[float, Field(ge=0, le=1440)] = 5.0
    tolerated_queue_days: Annotated[float, Field(ge=0, le=90)] = 1.0
    target_minutes: Annotated[int, Field(ge=1, le=43_200)] = 60
    limit_hours: Annotated[int, Field(ge=1, le=720)] = 24
    lease_minutes: Annotated[int, Field(ge=1, le=1440)] = 20
    second_person_above_minor: Minor | None = None
    reasons_after_look_share: Probability = 0.0
    reasons_never_share: Probability = 0.0
    gold_share: Probability = 0.0
    double_share: Probability = 0.0

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Review:
        if self.lowest_price_minor > self.highest_price_minor:
            raise ValueError("highest_price_minor is below lowest_price_minor; raise it")
        if self.target_minutes > self.limit_hours * 60:
            raise ValueError("target_minutes is more than limit_hours; lower it")
        if self.reasons_after_look_share + self.reasons_never_share > 1:
            raise ValueError("reasons_after_look_share and reasons_never_share are more than 1 together; lower one")
        return self


class Recovery(PolicyPart):
    """What is believed about recovering an advance while no model says it."""

    default_probability: Probability


def _sorted(kinds: tuple[AuthorityKind, ...]) -> tuple[AuthorityKind, ...]:
    return tuple(sorted(set(kinds)))


class Authorities(PolicyPart):
    """Which kinds of authority count, and the statutory return window (days from delivery, 0 for none)."""

    # A file's list is no tuple, which strict mode would refuse; its order says nothing, so it isn't kept.
    kinds: Annotated[tuple[AuthorityKind, ...], Field(strict=False), AfterValidator(_sorted)]
    statutory_return_days: Annotated[int, Field(ge=0, le=3650)]
    statutory_return_reference: Annotated[str, Field(min_length=1)]


class Reasons(PolicyPart):
    """How many reasons to give, from which share of the movement on, and in which language by default."""

    at_most: Annotated[int, Field(ge=0, le=20)] = 3
    least_share: Probability = 0.05
    language: Literal["en", "zh-CN"] = "en"
