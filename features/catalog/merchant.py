"""What a merchant's history says: where many honest customers complain, one more complaint is no surprise."""

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog import windows as w
from features.catalog.entities import MERCHANT
from features.definition import Prior, RateGroup, RecencyGroup, Text, TotalGroup

MERCHANT_GROUPS = (
    TotalGroup(MERCHANT, (m.ORDERS, m.CLAIMS), (w.DAY, w.WEEK, w.MONTH, w.EVER), reasons.MERCHANT_CLAIMS),
    TotalGroup(MERCHANT, (m.SPEND, m.REFUNDED), (w.MONTH, w.EVER), reasons.MERCHANT_CLAIMS),
    TotalGroup(MERCHANT, m.CLAIMS_BY_REASON, (w.MONTH,), reasons.MERCHANT_CLAIMS),
    TotalGroup(MERCHANT, (m.ABUSIVE_VERDICTS, m.LEGITIMATE_VERDICTS), w.QUARTER_AND_EVER, reasons.MERCHANT_VERDICTS),
    RateGroup(
        "claim_rate",
        MERCHANT,
        of=m.CLAIMS,
        per=m.ORDERS,
        prior=Prior(0.1, 20),
        windows=(w.WEEK, w.MONTH, w.QUARTER, w.YEAR),
        meaning=Text("claims per order", "每单申请率"),
        reason=reasons.MERCHANT_CLAIMS,
    ),
    RateGroup(
        "refund_only_share",
        MERCHANT,
        of=m.REFUND_ONLY_CLAIMS,
        per=m.CLAIMS,
        prior=Prior(0.4, 5),
        windows=(w.QUARTER,),
        meaning=Text("share of claims that ask for refund-only", "仅退款申请占比"),
        reason=reasons.MERCHANT_CLAIMS,
    ),
    RateGroup(
        "refunded_share",
        MERCHANT,
        of=m.REFUNDED,
        per=m.SPEND,
        prior=Prior(0.1, 200_000),
        windows=(w.MONTH, w.YEAR),
        meaning=Text("share of sales that was refunded", "退款金额占销售额的比例"),
        reason=reasons.MERCHANT_CLAIMS,
    ),
    RateGroup(
        "abusive_share",
        MERCHANT,
        of=m.ABUSIVE_VERDICTS,
        per=m.VERDICTS,
        prior=Prior(0.1, 5),
        windows=(w.QUARTER, w.EVER),
        meaning=Text("share of verdicts that found abuse", "裁定为滥用的比例"),
        reason=reasons.MERCHANT_VERDICTS,
    ),
    RecencyGroup(MERCHANT, (m.CLAIMS,), reasons.MERCHANT_CLAIMS),
)
