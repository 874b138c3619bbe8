"""The features that there are. One file an entity; order here is the order of the model's columns.

Read `measures` first: what is counted. `entities` says whose history there is and `reasons` what a group of
features says to a person. Add a feature by adding to a group; its column's name follows from the group.
"""

from features.catalog.buyer import BUYER_GROUPS
from features.catalog.buyer_merchant import BUYER_MERCHANT_GROUPS
from features.catalog.claim import CLAIM_GROUPS
from features.catalog.entities import ENTITIES, RINGS
from features.catalog.evidence import EVIDENCE_GROUPS
from features.catalog.identity import IDENTITY_GROUPS
from features.catalog.merchant import MERCHANT_GROUPS
from features.catalog.product import PRODUCT_GROUPS
from features.catalog.ring import RING_GROUPS

CATALOG = (
    *CLAIM_GROUPS,
    *BUYER_GROUPS,
    *MERCHANT_GROUPS,
    *PRODUCT_GROUPS,
    *BUYER_MERCHANT_GROUPS,
    *IDENTITY_GROUPS,
    *EVIDENCE_GROUPS,
    *RING_GROUPS,
)

__all__ = ["CATALOG", "ENTITIES", "RINGS"]
