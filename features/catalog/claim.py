"""What the claim itself says, with its order's facts."""

from features.catalog import reasons
from features.definition import ClaimAmount, ClaimCategory, ClaimElapsed, ClaimShare, Text

CLAIM_GROUPS = (
    ClaimAmount("amount_minor", "amount_minor", Text("amount claimed", "申请金额"), reasons.CLAIM_MONEY),
    ClaimAmount(
        "order_amount_minor", "order_amount_minor", Text("amount of the order", "订单金额"), reasons.CLAIM_MONEY
    ),
    ClaimShare(
        "share_of_order",
        part="amount_minor",
        whole="order_amount_minor",
        meaning=Text("amount claimed as a share of the order", "申请金额占订单金额的比例"),
        reason=reasons.CLAIM_MONEY,
    ),
    ClaimAmount("quantity", "quantity", Text("units claimed", "申请件数"), reasons.CLAIM_MONEY),
    ClaimAmount("evidence_count", "evidence_count", Text("pictures attached", "附带图片数"), reasons.CLAIM_EVIDENCE),
    ClaimElapsed("payment", "order_paid_at_ms", Text("since payment", "距付款"), reasons.CLAIM_TIMING),
    ClaimElapsed("delivery", "order_delivered_at_ms", Text("since delivery", "距签收"), reasons.CLAIM_TIMING),
    ClaimCategory(
        "claim_type",
        {
            "refund_only": Text("asks for refund-only", "申请仅退款"),
            "return_refund": Text("asks to return for a refund", "申请退货退款"),
            "exchange": Text("asks for an exchange", "申请换货"),
            "repair": Text("asks for a repair", "申请维修"),
        },
        reasons.CLAIM_KIND,
    ),
    ClaimCategory(
        "claim_reason",
        {
            "not_received": Text("says the goods were not received", "理由为未收到货"),
            "damaged": Text("says the goods were damaged", "理由为商品破损"),
            "defective": Text("says the goods are defective", "理由为质量问题"),
            "not_as_described": Text("says the goods are not as described", "理由为与描述不符"),
            "wrong_item": Text("says a wrong item came", "理由为发错货"),
            "missing_parts": Text("says parts are missing", "理由为少件"),
            "counterfeit": Text("says the goods are counterfeit", "理由为假货"),
            "expired": Text("says the goods have expired", "理由为商品过期"),
            "late_delivery": Text("says the goods came late", "理由为延迟到货"),
            "changed_mind": Text("no longer wants the goods", "理由为不想要了"),
            "other": Text("gives another reason", "理由为其他"),
        },
        reasons.CLAIM_KIND,
    ),
)
