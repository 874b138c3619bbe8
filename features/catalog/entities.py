"""Whose history is kept."""

from features.definition import Entity

BUYER = Entity("buyer", "b", ("buyer_id",))
MERCHANT = Entity("merchant", "m", ("merchant_id",))
PRODUCT = Entity("product", "p", ("product_id",))
BUYER_MERCHANT = Entity("buyer_merchant", "bm", ("buyer_id", "merchant_id"))

ENTITIES = (BUYER, MERCHANT, PRODUCT, BUYER_MERCHANT)
