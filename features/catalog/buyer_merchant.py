"""What this buyer's history with this merchant says."""

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog import windows as w
from features.catalog.entities import BUYER_MERCHANT
from features.definition import Direction, Prior, RateGroup, RecencyGroup, Text, TotalGroup

BUYER_MERCHANT_GROUPS = (
    TotalGroup(
        BUYER_MERCHANT,
        (m.ORDERS, m.CLAIMS, m.REFUND_ONLY_CLAIMS, m.CLAIMED, m.REFUNDED),
        w.QUARTER_AND_EVER,
        reasons.BUYER_AT_MERCHANT,
    ),
    TotalGroup(BUYER_MERCHANT, (m.ABUSIVE_VERDICTS,), w.QUARTER_AND_EVER, reasons.BUYER_AT_MERCHANT, Direction.RAISES),
    RateGroup(
        "claim_rate",
        BUYER_MERCHANT,
        of=m.CLAIMS,
        per=m.ORDERS,
        prior=Prior(0.1, 3),
        windows=(w.EVER,),
        meaning=Text("claims per order", "每单申请率"),
        reason=reasons.BUYER_AT_MERCHANT,
    ),
    RecencyGroup(BUYER_MERCHANT, (m.ORDERS, m.CLAIMS), reasons.BUYER_AT_MERCHANT),
)
