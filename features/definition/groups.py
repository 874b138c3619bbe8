"""Features made from measures and from the claim itself. Column names are derived here and typed nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeAlias

from features.definition.entity import Entity
from features.definition.measure import Measure, Text
from features.definition.quantity import Form
from features.definition.ring import Ring
from features.definition.window import Window
from features.events import EVENT_FIELDS


class Direction(IntEnum):
    """The way in which a feature may move the abuse probability as it grows (a monotone constraint)."""

    LOWERS = -1
    EITHER = 0
    RAISES = 1


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code and what it says to a person, per language."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class TotalGroup:
    """Each measure over each window: `buyer_claims_30d`."""

    entity: Entity | Ring
    measures: tuple[Measure, ...]
    windows: tuple[Window, ...]
    reason: Reason
    direction: Direction = Direction.EITHER


@dataclass(frozen=True, slots=True)
class Prior:
    """What a rate is before anything is known, and how much of `per` it takes to be believed as much as that."""

    rate: float
    strength: float

    def __post_init__(self) -> None:
        """Refuse a prior under which an empty history would divide by zero."""
        if self.strength <= 0:
            raise ValueError(f"a prior's strength must be more than 0, so that an empty history has a rate: {self}")


@dataclass(frozen=True, slots=True)
class RateGroup:
    """`(of + rate * strength) / (per + strength)` over each window: `buyer_claim_rate_90d`. A mean is one too."""

    name: str
    entity: Entity | Ring
    of: Measure
    per: Measure
    prior: Prior
    windows: tuple[Window, ...]
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER
    unit: str = "ratio"


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of one entity, to be set against another: `(of + rate * strength) / (per + strength)`."""

    entity: Entity
    of: Measure
    per: Measure
    prior: Prior


@dataclass(frozen=True, slots=True)
class RelativeGroup:
    """One rate over another, over each window: `merchant_claim_rate_to_category_90d`."""

    name: str
    rate: Rate
    to: Rate
    windows: tuple[Window, ...]
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER

    def __post_init__(self) -> None:
        """Refuse a rate to divide by that an empty history would make zero."""
        if self.to.prior.rate <= 0:
            raise ValueError(f"{self.name}: the rate that others are set against needs a prior above 0")


@dataclass(frozen=True, slots=True)
class UsualGroup:
    """A number of the claim over the mean of its kind, over each window: `claim_<name>_90d`.

    The mean is `(of + rate * strength) / (per + strength)`; the prior's rate is what such a number usually is.
    """

    name: str
    field: str
    usual: Rate
    windows: tuple[Window, ...]
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER

    def __post_init__(self) -> None:
        """Refuse a mean that could be zero."""
        if self.usual.prior.rate <= 0:
            raise ValueError(f"{self.name}: a usual number needs a prior above 0")


@dataclass(frozen=True, slots=True)
class SpreadGroup:
    """The standard deviation of a number over each window: `buyer_claimed_spread_90d`; missing below two numbers.

    Made from its count, its sum and the two words of its squares (`squares`), exactly until the last division.
    """

    name: str
    entity: Entity
    count: Measure
    sum: Measure
    squares: tuple[Measure, Measure]
    windows: tuple[Window, ...]
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER

    def __post_init__(self) -> None:
        """Refuse measures that are not of one number over the same events."""
        forms = [measure.of.form if measure.of else None for measure in (self.count, self.sum, *self.squares)]
        if forms != [None, Form.VALUE, Form.SQUARE_HIGH, Form.SQUARE_LOW]:
            raise ValueError(f"spread {self.name}: give a count, a sum, and the two words of its squares")
        over = {(measure.kinds, measure.where) for measure in (self.count, self.sum, *self.squares)}
        of = {measure.of.field for measure in (self.sum, *self.squares) if measure.of}
        if len(over) > 1 or len(of) > 1:
            raise ValueError(f"spread {self.name}: its measures must be of one number over the same events")


@dataclass(frozen=True, slots=True)
class RecencyGroup:
    """Seconds since each measure last rose: `buyer_seconds_since_claims`; missing if it never has."""

    entity: Entity
    measures: tuple[Measure, ...]
    reason: Reason
    direction: Direction = Direction.EITHER


class Link(StrEnum):
    """What is found by following links from the claim to other buyers."""

    RING_SIZE = "ring_size"  # members of the buyer's ring, 0 if there is none
    PICTURES_OF_OTHERS = "claim_pictures_of_others"  # pictures that another buyer showed before, or nearly so
    NEAREST_PICTURE = "claim_nearest_picture_bits"  # in how many bits the nearest of those differs; missing if none


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """One of the numbers found by following links, under its own name."""

    link: Link
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER


@dataclass(frozen=True, slots=True)
class ClaimAmount:
    """A number that the claim carries, as it is: `claim_<name>`."""

    name: str
    field: str
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER


@dataclass(frozen=True, slots=True)
class ClaimShare:
    """One number of the claim over another: `claim_<name>`; missing if either is, or the whole is zero."""

    name: str
    part: str
    whole: str
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER


@dataclass(frozen=True, slots=True)
class ClaimElapsed:
    """Hours from a time that the claim carries to `as_of`: `claim_hours_since_<name>`; missing if it carries none."""

    name: str
    since: str
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER


@dataclass(frozen=True, slots=True)
class ClaimGap:
    """Hours between two times that the claim carries: `claim_<name>_hours`; missing if either is."""

    name: str
    start: str
    end: str
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER


@dataclass(frozen=True, slots=True)
class ClaimCategory:
    """1 for the claim's word in a category field and 0 for the others: `claim_reason_is_damaged`."""

    field: str
    meanings: dict[str, Text]
    reason: Reason

    def __post_init__(self) -> None:
        """Refuse a category with a word that nobody explained."""
        if tuple(self.meanings) != EVENT_FIELDS[self.field].values:
            raise ValueError(f"{self.field}: give each of {', '.join(EVENT_FIELDS[self.field].values)} a meaning")


FeatureGroup: TypeAlias = (
    TotalGroup
    | RateGroup
    | RelativeGroup
    | UsualGroup
    | SpreadGroup
    | RecencyGroup
    | LinkGroup
    | ClaimAmount
    | ClaimShare
    | ClaimElapsed
    | ClaimGap
    | ClaimCategory
)
