"""Every number that decides what is an alarm."""

from __future__ import annotations

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
MERCHANT_ODDS: Final = 50.0
