"""Whose history is kept, and what joins buyers into rings."""

from features.catalog import measures as m
from features.definition import Entity, Ring, Shared

BUYER = Entity("buyer", "b", ("buyer_id",))
MERCHANT = Entity("merchant", "m", ("merchant_id",))
PRODUCT = Entity("product", "p", ("product_id",))
CATEGORY = Entity("category", "c", ("category_id",))
BUYER_MERCHANT = Entity("buyer_merchant", "bm", ("buyer_id", "merchant_id"))
DEVICE = Entity("device", "d", ("device_id",))
ADDRESS = Entity("address", "a", ("address_id",))
PAYMENT = Entity("payment", "y", ("payment_id",))
EVIDENCE = Entity("evidence", "e", ("evidence_hashes",), many=True)

ENTITIES = (BUYER, MERCHANT, PRODUCT, CATEGORY, BUYER_MERCHANT, DEVICE, ADDRESS, PAYMENT, EVIDENCE)

# A family shares an address, and a phone-repair shop a device; past these numbers it is a public place.
RING = Ring(
    "ring",
    BUYER,
    (Shared(DEVICE, m.BUYERS, most=20), Shared(ADDRESS, m.BUYERS, most=6), Shared(PAYMENT, m.BUYERS, most=20)),
    most_things=50,
    largest=50,
)
RINGS = (RING,)
