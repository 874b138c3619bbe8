"""What the scorecards are worked out by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Component: TypeAlias = Literal["quality", "response", "fault", "delivery", "rating", "dispute"]

WEIGHTS: Final[Mapping[Component, float]] = MappingProxyType(
    {"quality": 0.35, "fault": 0.2, "delivery": 0.15, "response": 0.1, "rating": 0.1, "dispute": 0.1}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantSettings:
    """The period and the weights; what a platform would have otherwise, it gives to `scorecards`.

    Attributes:
        period_days: how long the period is.
        before_days: how much of the time before it the trend compares it with.
        watch_days: an order's claims count if they came within so many days of its payment. Only orders that were
            paid at least so long before the end count, so that each had the same time for a claim.
        answer_hours: within which a merchant should answer.
        least_orders: a merchant of fewer has too few to be ranked.
        weights: of the components in the score; those that nothing is known of are left out and the others make up
            for them.
    """

    period_days: int = 180
    before_days: int = 90
    watch_days: int = 30
    answer_hours: int = 24
    least_orders: int = 30
    weights: Mapping[Component, float] = field(default_factory=lambda: WEIGHTS)

    def __post_init__(self) -> None:
        days = (self.period_days, self.before_days, self.watch_days, self.answer_hours)
        if min(days) < 1 or self.least_orders < 0:
            raise ValueError("days and hours of merchants' scorecards are at least 1, and orders at least 0")
        if set(self.weights) - set(WEIGHTS) or min(self.weights.values(), default=-1) < 0:
            raise ValueError(f"weights are at least 0, of some of {', '.join(WEIGHTS)}")
        if not sum(self.weights.values()) > 0:
            raise ValueError("no component weighs anything; give one of them a weight above 0")
