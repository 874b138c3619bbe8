"""What a product's history says: a bad batch makes honest claims in clusters."""

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog import windows as w
from features.catalog.entities import CATEGORY, PRODUCT
from features.definition import Prior, Rate, RateGroup, RecencyGroup, RelativeGroup, Text, TotalGroup

PRODUCT_GROUPS = (
    TotalGroup(PRODUCT, (m.ORDERS, m.CLAIMS), (w.WEEK, w.MONTH, w.EVER), reasons.PRODUCT_CLAIMS),
    TotalGroup(PRODUCT, m.CLAIMS_BY_REASON, (w.MONTH,), reasons.PRODUCT_CLAIMS),
    TotalGroup(PRODUCT, (m.ABUSIVE_VERDICTS, m.LEGITIMATE_VERDICTS), w.QUARTER_AND_EVER, reasons.PRODUCT_VERDICTS),
    RateGroup(
        "claim_rate",
        PRODUCT,
        of=m.CLAIMS,
        per=m.ORDERS,
        prior=Prior(0.1, 10),
        windows=(w.WEEK, w.MONTH, w.EVER),
        meaning=Text("claims per order", "每单申请率"),
        reason=reasons.PRODUCT_CLAIMS,
    ),
    RateGroup(
        "refunded_share",
        PRODUCT,
        of=m.REFUNDED,
        per=m.SPEND,
        prior=Prior(0.1, 100_000),
        windows=(w.QUARTER,),
        meaning=Text("share of sales that was refunded", "退款金额占销售额的比例"),
        reason=reasons.PRODUCT_CLAIMS,
    ),
    RateGroup(
        "fault_share",
        PRODUCT,
        of=m.FAULT_VERDICTS,
        per=m.VERDICTS,
        prior=Prior(0.2, 5),
        windows=(w.QUARTER,),
        meaning=Text("share of verdicts that found the merchant at fault", "裁定商家有责的比例"),
        reason=reasons.PRODUCT_VERDICTS,
    ),
    RelativeGroup(
        "claim_rate_to_category",
        Rate(PRODUCT, m.CLAIMS, m.ORDERS, Prior(0.1, 10)),
        to=Rate(CATEGORY, m.CLAIMS, m.ORDERS, Prior(0.1, 100)),
        windows=(w.MONTH,),
        meaning=Text("claims per order against the category's", "每单申请率与所属品类之比"),
        reason=reasons.PRODUCT_CLAIMS,
    ),
    RateGroup(
        "claim_rate",
        CATEGORY,
        of=m.CLAIMS,
        per=m.ORDERS,
        prior=Prior(0.1, 100),
        windows=(w.MONTH,),
        meaning=Text("claims per order", "每单申请率"),
        reason=reasons.CATEGORY_CLAIMS,
    ),
    RecencyGroup(PRODUCT, (m.CLAIMS,), reasons.PRODUCT_CLAIMS),
)
