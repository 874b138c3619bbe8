"""What a buyer's own history says."""

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog import windows as w
from features.catalog.entities import BUYER
from features.definition import Direction, Prior, RateGroup, RecencyGroup, Text, TotalGroup

BUYER_GROUPS = (
    TotalGroup(BUYER, (m.ORDERS, m.SPEND), w.BURST_TO_EVER, reasons.BUYER_ORDERS),
    TotalGroup(BUYER, (m.CLAIMS,), w.ALL, reasons.BUYER_CLAIMS),
    TotalGroup(BUYER, (m.CLAIMED,), w.MONTH_TO_EVER, reasons.BUYER_CLAIMS),
    TotalGroup(BUYER, (m.REFUND_ONLY_CLAIMS,), w.ALL, reasons.BUYER_REFUND_ONLY),
    TotalGroup(BUYER, m.CLAIMS_BY_REASON, w.QUARTER_AND_EVER, reasons.BUYER_REASONS),
    TotalGroup(BUYER, (m.REFUNDED,), w.MONTH_TO_EVER, reasons.BUYER_REFUNDS),
    TotalGroup(BUYER, (m.AUTO_APPROVALS,), w.MONTH_TO_EVER, reasons.BUYER_REFUNDS),
    TotalGroup(BUYER, (m.ABUSIVE_VERDICTS,), w.MONTH_TO_EVER, reasons.BUYER_VERDICTS, Direction.RAISES),
    TotalGroup(BUYER, (m.LEGITIMATE_VERDICTS,), w.MONTH_TO_EVER, reasons.BUYER_VERDICTS),
    RateGroup(
        "claim_rate",
        BUYER,
        of=m.CLAIMS,
        per=m.ORDERS,
        prior=Prior(0.1, 5),
        windows=w.MONTH_TO_EVER,
        meaning=Text("claims per order", "每单申请率"),
        reason=reasons.BUYER_CLAIMS,
    ),
    RateGroup(
        "refund_only_share",
        BUYER,
        of=m.REFUND_ONLY_CLAIMS,
        per=m.CLAIMS,
        prior=Prior(0.4, 3),
        windows=w.QUARTER_AND_EVER,
        meaning=Text("share of claims that ask for refund-only", "仅退款申请占比"),
        reason=reasons.BUYER_REFUND_ONLY,
    ),
    RateGroup(
        "refunded_share",
        BUYER,
        of=m.REFUNDED,
        per=m.SPEND,
        prior=Prior(0.1, 20_000),
        windows=w.MONTH_TO_EVER,
        meaning=Text("share of spend that was refunded", "退款金额占消费金额的比例"),
        reason=reasons.BUYER_REFUNDS,
    ),
    RateGroup(
        "abusive_share",
        BUYER,
        of=m.ABUSIVE_VERDICTS,
        per=m.VERDICTS,
        prior=Prior(0.1, 3),
        windows=w.QUARTER_AND_EVER,
        meaning=Text("share of verdicts that found abuse", "裁定为滥用的比例"),
        reason=reasons.BUYER_VERDICTS,
        direction=Direction.RAISES,
    ),
    RecencyGroup(BUYER, (m.ORDERS,), reasons.BUYER_ORDERS),
    RecencyGroup(BUYER, (m.CLAIMS,), reasons.BUYER_CLAIMS),
    RecencyGroup(BUYER, (m.REFUND_ONLY_CLAIMS,), reasons.BUYER_REFUND_ONLY),
    RecencyGroup(BUYER, (m.ABUSIVE_VERDICTS,), reasons.BUYER_VERDICTS),
)
