"""The tables of a policy: what each says, its units, and the limits of what is taken."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from features.events import LARGEST_AMOUNT

AuthorityKind: TypeAlias = Literal["consent", "statutory_right", "platform_rule", "adjudication"]
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


class Review(PolicyPart):
    """How well people find the truth, and the shadow price of one review slot."""

    sensitivity: Probability
    specificity: Probability
    capacity_price_minor: Minor = 0


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


class PlatformBears(PolicyPart):
    """Up to which amount the platform pays from its own pocket where no authority is on record; 0 for never."""

    up_to_minor: Minor = 0


class Reasons(PolicyPart):
    """How many reasons to give, from which share of the movement on, and in which language by default."""

    at_most: Annotated[int, Field(ge=0, le=20)] = 3
    least_share: Probability = 0.05
    language: Literal["en", "zh-CN"] = "en"
