"""What entitlements need to know of a buyer's history: two counts, read out of the feature vector by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

ORDERS_COLUMN: Final = "buyer_orders_ever"
FREE_RETURNS_COLUMN: Final = "buyer_changed_mind_returns_365d"


@dataclass(frozen=True, slots=True)
class BuyerHistory:
    """What was known of a buyer just before the claim.

    Attributes:
        orders_ever: order lines paid, the claimed one among them if the platform reported it.
        changed_mind_returns_365d: returns asked for after a change of mind within the 365 days before.
    """

    orders_ever: int
    changed_mind_returns_365d: int

    @classmethod
    def of_vector(cls, names: Sequence[str], vector: Sequence[float]) -> BuyerHistory | None:
        """The history in a feature vector whose columns have these names; None where a count is missing.

        Raises:
            ValueError: the names don't hold the two columns.

        >>> BuyerHistory.of_vector(["buyer_orders_ever", "buyer_changed_mind_returns_365d"], [4.0, 1.0])
        BuyerHistory(orders_ever=4, changed_mind_returns_365d=1)
        """
        orders, returns = vector[names.index(ORDERS_COLUMN)], vector[names.index(FREE_RETURNS_COLUMN)]
        return cls(int(orders), int(returns)) if isfinite(orders) and isfinite(returns) else None
