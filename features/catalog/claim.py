"""What the claim itself says, with its order's facts."""

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog import windows as w
from features.catalog.entities import BUYER
from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimGap,
    ClaimShare,
    Direction,
    Link,
    LinkGroup,
    Prior,
    Rate,
    Text,
    UsualGroup,
)

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
    ClaimElapsed(
        "promised_delivery",
        "order_promised_at_ms",
        Text("since the promised delivery", "距承诺送达时间"),
        reasons.CLAIM_DELIVERY,
    ),
    ClaimGap(
        "delivery_delay",
        start="order_promised_at_ms",
        end="order_delivered_at_ms",
        meaning=Text("from the promised to the actual delivery", "实际送达晚于承诺的时间"),
        reason=reasons.CLAIM_DELIVERY,
    ),
    UsualGroup(
        "amount_to_usual_claim",
        "amount_minor",
        Rate(BUYER, m.CLAIMED, m.CLAIMS, Prior(10_000, 1)),
        (w.YEAR,),
        Text("amount claimed, in terms of the buyer's mean claim", "申请金额与该买家平均申请金额之比"),
        reasons.BUYER_USUAL,
    ),
    UsualGroup(
        "amount_to_usual_order",
        "amount_minor",
        Rate(BUYER, m.SPEND, m.ORDERS, Prior(10_000, 1)),
        (w.YEAR,),
        Text("amount claimed, in terms of the buyer's mean order", "申请金额与该买家平均订单金额之比"),
        reasons.BUYER_USUAL,
    ),
    LinkGroup(
        Link.PICTURES_OF_OTHERS,
        Text(
            "pictures that another buyer showed before, the same or nearly so",
            "曾被其他买家使用过的相同或近似图片数",
        ),
        reasons.EVIDENCE_REUSE,
        Direction.RAISES,
    ),
    LinkGroup(
        Link.NEAREST_PICTURE,
        Text("bits in which a picture differs from the nearest of another buyer", "与其他买家最近似图片相差的位数"),
        reasons.EVIDENCE_REUSE,
    ),
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
