"""The columns whose missing values say that what the platform sends has changed: a time that isn't sent any more, a
history that nobody fills. Few, since each is a series of its own.
"""

from __future__ import annotations

from typing import Final

WATCHED_COLUMNS: Final = (
    "claim_share_of_order",
    "claim_hours_since_payment",
    "claim_hours_since_delivery",
    "claim_hours_since_promised_delivery",
    "claim_amount_to_usual_claim_365d",
    "claim_amount_to_usual_order_365d",
    "claim_nearest_picture_bits",
    "buyer_mean_rating_ever",
    "buyer_seconds_since_orders",
    "buyer_seconds_since_devices",
    "buyer_seconds_since_payments",
    "merchant_mean_shipping_seconds_30d",
    "merchant_mean_response_seconds_30d",
    "merchant_seconds_since_claims",
    "product_seconds_since_claims",
    "buyer_merchant_seconds_since_orders",
)
