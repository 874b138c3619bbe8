"""Features made from measures and from the claim itself. Column names are derived here and typed nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from features.definition.entity import Entity
from features.definition.measure import Measure, Text
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

    entity: Entity
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
    """`(of + rate * strength) / (per + strength)` over each window: `buyer_claim_rate_90d`."""

    name: str
    entity: Entity
    of: Measure
    per: Measure
    prior: Prior
    windows: tuple[Window, ...]
    meaning: Text
    reason: Reason
    direction: Direction = Direction.EITHER


@dataclass(frozen=True, slots=True)
class RecencyGroup:
    """Seconds since each measure last rose: `buyer_seconds_since_claims`; missing if it never has."""

    entity: Entity
    measures: tuple[Measure, ...]
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
    TotalGroup | RateGroup | RecencyGroup | ClaimAmount | ClaimShare | ClaimElapsed | ClaimCategory
)
