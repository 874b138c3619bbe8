"""Every number that decides what is an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

# reasons that speak of the goods; the others speak of the buyer's mind or of the carrier
GOODS_REASONS: Final = (
    "defective",
    "damaged",
    "not_as_described",
    "wrong_item",
    "missing_parts",
    "counterfeit",
    "expired",
)
MOST_AGE_DAYS: Final = 60  # an order that old is claimed no more
LOOK_BACK_DAYS: Final = 90  # a rise may have begun that long before the day on which it is seen
QUIET_DAYS: Final = 30  # an alarm is over after so many days without a claim that is about its orders
KEEPING_ODDS: Final = 10.0  # an alarm goes on while orders of the last QUIET_DAYS have these odds, at least
FEWEST_CLAIMS: Final = 3
FEWEST_PRODUCTS: Final = 3  # of a merchant's alarm: claims of fewer products are those products' own matter

# How products' usual rates scatter about their category's: gamma with mean 1 and this shape; merchants scatter less, as
# each sells many things.
PRODUCT_SHAPE: Final = 1.0
MERCHANT_SHAPE: Final = 5.0
# By how much a rise may multiply the rate; each is as likely as the next.
PRODUCT_RISES: Final = (3.0, 6.0, 12.0, 24.0)
MERCHANT_RISES: Final = (1.5, 2.0, 3.0, 6.0)
# The odds from which on it is an alarm: measured to give at most one false alarm per 1,000 products a month
# (tests/benchmarks/insight/alarms.py).
PRODUCT_ODDS: Final = 120.0
MERCHANT_ODDS: Final = 100.0

# Merchants in decline, by signs that are each too weak to say it alone (`signs`, `declining`).
ANSWER_HOURS: Final = 24  # within which a merchant should answer a claim
USUAL_DAYS: Final = 7  # of all merchants' cases, that say what is usual on a day
DECLINE_WEEKS: Final = 26  # a decline may have begun that long before the day on which it is seen
DECLINE_KEEPING_WEEKS: Final = 8  # an alarm goes on while these have KEEPING_ODDS, at least
# How merchants scatter about what is usual, as above, and by how much a decline may multiply it; 1 is a sign that
# doesn't tell of it.
SIGN_SHAPES: Final[Mapping[str, float]] = MappingProxyType({"late": 3.0, "slow": 2.0, "goods": 5.0})
SIGN_RISES: Final[Mapping[str, Sequence[float]]] = MappingProxyType(
    {"late": (1.0, 2.0, 3.0, 5.0), "slow": (1.0, 1.5, 2.0, 3.0), "goods": (1.0, 1.5, 2.0, 3.0)}
)
SIGN_ODDS: Final = 150.0  # the most that one sign counts for
DECLINE_ODDS: Final = 300.0  # of all together, from which on it is an alarm
