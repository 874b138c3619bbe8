"""What is counted and summed. Every entity counts in the same words."""

from features.definition import Text, carrying, count, distinct, each, later, seconds, squares, total
from features.events import EventKind

ORDERS = count("orders", EventKind.ORDER_PAID, Text("orders paid", "付款订单数"))
SPEND = total("spend_minor", EventKind.ORDER_PAID, Text("money spent on orders", "订单金额"), of="amount_minor")

SPEND_SQUARES = squares(
    "spend_squares", EventKind.ORDER_PAID, Text("squares of order amounts", "订单金额的平方"), of="amount_minor"
)

SHIPMENTS = carrying(
    "shipments",
    EventKind.ORDER_SHIPPED,
    Text("orders shipped", "已发货订单数"),
    field="order_paid_at_ms",
)
SHIPPING_SECONDS = seconds(
    "shipping_seconds",
    EventKind.ORDER_SHIPPED,
    Text("seconds from payment to shipping", "付款到发货的秒数"),
    since="order_paid_at_ms",
)
PROMISED_DELIVERIES = carrying(
    "promised_deliveries",
    EventKind.ORDER_DELIVERED,
    Text("deliveries with a promised time", "有承诺时间的送达数"),
    field="order_promised_at_ms",
)
LATE_DELIVERIES = later(
    "late_deliveries",
    EventKind.ORDER_DELIVERED,
    Text("deliveries later than promised", "晚于承诺时间的送达数"),
    than="order_promised_at_ms",
)

CLAIMS = count("claims", EventKind.CLAIM_FILED, Text("claims filed", "售后申请数"))
CLAIMED = total("claimed_minor", EventKind.CLAIM_FILED, Text("money claimed", "申请退款金额"), of="amount_minor")
CLAIMED_SQUARES = squares(
    "claimed_squares", EventKind.CLAIM_FILED, Text("squares of amounts claimed", "申请金额的平方"), of="amount_minor"
)
REFUND_ONLY_CLAIMS = count(
    "refund_only_claims",
    EventKind.CLAIM_FILED,
    Text("refund-only claims filed", "仅退款申请数"),
    claim_type="refund_only",
)
CLAIMS_BY_REASON = each(
    "claims",
    EventKind.CLAIM_FILED,
    "claim_reason",
    {
        "not_received": Text("claims of goods not received", "未收到货的申请数"),
        "damaged": Text("claims of damaged goods", "商品破损的申请数"),
        "defective": Text("claims of defective goods", "质量问题的申请数"),
        "not_as_described": Text("claims of goods not as described", "与描述不符的申请数"),
        "wrong_item": Text("claims of a wrong item", "发错货的申请数"),
        "missing_parts": Text("claims of missing parts", "少件的申请数"),
        "counterfeit": Text("claims of counterfeit goods", "假货的申请数"),
        "expired": Text("claims of expired goods", "商品过期的申请数"),
        "late_delivery": Text("claims of late delivery", "延迟到货的申请数"),
        "changed_mind": Text("claims after a change of mind", "不想要了的申请数"),
        "other": Text("claims for other reasons", "其他原因的申请数"),
    },
)

CHANGED_MIND_RETURNS = count(
    "changed_mind_returns",
    EventKind.CLAIM_FILED,
    Text("returns asked for after a change of mind", "因不想要了而申请的退货数"),
    claim_type="return_refund",
    claim_reason="changed_mind",
)
NOT_RECEIVED_CLAIMS = next(measure for measure in CLAIMS_BY_REASON if measure.name == "claims_not_received")

REFUNDED = total("refunded_minor", EventKind.CLAIM_DECIDED, Text("money refunded", "已退款金额"), of="amount_minor")
AUTO_APPROVALS = count(
    "auto_approvals",
    EventKind.CLAIM_DECIDED,
    Text("claims approved automatically", "自动通过的申请数"),
    action="auto_approve",
)

VERDICTS = count("verdicts", EventKind.CLAIM_ADJUDICATED, Text("claims ruled on", "已裁定的申请数"))
ABUSIVE_VERDICTS = count(
    "abusive_verdicts",
    EventKind.CLAIM_ADJUDICATED,
    Text("claims found abusive", "被裁定为滥用的申请数"),
    verdict="abusive",
)
LEGITIMATE_VERDICTS = count(
    "legitimate_verdicts",
    EventKind.CLAIM_ADJUDICATED,
    Text("claims found legitimate", "被裁定为正当的申请数"),
    verdict="legitimate",
)
VERDICTS_BY_SOURCE = each(
    "verdicts_by",
    EventKind.CLAIM_ADJUDICATED,
    "verdict_source",
    {
        "reviewer": Text("claims ruled on by a reviewer", "由审核员裁定的申请数"),
        "inspection": Text("claims ruled on by an inspection", "由质检裁定的申请数"),
        "appeal": Text("claims ruled on in an appeal", "经申诉裁定的申请数"),
        "platform": Text("claims ruled on by the platform", "由平台裁定的申请数"),
        "audit": Text("claims ruled on in an audit", "经抽查裁定的申请数"),
    },
)
FAULT_VERDICTS = count(
    "fault_verdicts",
    EventKind.CLAIM_ADJUDICATED,
    Text("claims in which the merchant was found at fault", "裁定商家有责的申请数"),
    merchant_at_fault=True,
)

RESPONSES = carrying(
    "responses",
    EventKind.MERCHANT_RESPONDED,
    Text("claims that the merchant answered", "商家已回应的申请数"),
    field="claim_filed_at_ms",
)
RESPONSE_SECONDS = seconds(
    "response_seconds",
    EventKind.MERCHANT_RESPONDED,
    Text("seconds until the merchant answered", "商家回应所用的秒数"),
    since="claim_filed_at_ms",
)
ANSWERS = count("answers", EventKind.MERCHANT_RESPONDED, Text("answers of the merchant", "商家回应数"))
REFUSALS = count(
    "refusals",
    EventKind.MERCHANT_RESPONDED,
    Text("claims that the merchant refused", "商家拒绝的申请数"),
    merchant_response="refused",
)
TIMEOUTS = count(
    "timeouts",
    EventKind.MERCHANT_RESPONDED,
    Text("claims that the merchant left unanswered", "商家超时未回应的申请数"),
    merchant_response="timed_out",
)

RETURNS = count("returns", EventKind.RETURN_SHIPPED, Text("returns shipped", "已寄回的退货数"))
INSPECTIONS = each(
    "returns",
    EventKind.RETURN_INSPECTED,
    "inspection",
    {
        "as_sent": Text("returns found as they were sent", "验收与发出时一致的退货数"),
        "used": Text("returns found used", "验收为已使用的退货数"),
        "damaged": Text("returns found damaged", "验收为破损的退货数"),
        "swapped": Text("returns found swapped", "验收为调包的退货数"),
        "empty": Text("returns found empty", "验收为空包的退货数"),
    },
)
DECEITFUL_RETURNS = tuple(measure for measure in INSPECTIONS if measure.name in {"returns_swapped", "returns_empty"})
OTHER_RETURNS = tuple(measure for measure in INSPECTIONS if measure not in DECEITFUL_RETURNS)

ADVANCES = count("advances", EventKind.ADVANCE_SETTLED, Text("advances settled", "已结清的先行赔付数"))
ADVANCED = total(
    "advanced_minor",
    EventKind.ADVANCE_SETTLED,
    Text("money advanced", "先行赔付金额"),
    of="amount_minor",
)
RECOVERED = total(
    "recovered_minor",
    EventKind.ADVANCE_SETTLED,
    Text("advances recovered", "已追回的先行赔付金额"),
    of="recovered_minor",
)

FEEDBACK = count("feedback", EventKind.FEEDBACK_GIVEN, Text("ratings given", "评价数"))
RATINGS = total("ratings", EventKind.FEEDBACK_GIVEN, Text("sum of ratings", "评分之和"), of="rating")

# who has met whom, in orders and in claims
MEETS = (EventKind.ORDER_PAID, EventKind.CLAIM_FILED)
BUYERS = distinct("buyers", MEETS, Text("different buyers", "不同买家数"), of="buyer_id")
DEVICES = distinct("devices", MEETS, Text("different devices used", "使用过的不同设备数"), of="device_id")
ADDRESSES = distinct("addresses", MEETS, Text("different addresses used", "使用过的不同地址数"), of="address_id")
PAYMENTS = distinct("payments", MEETS, Text("different payments used", "使用过的不同支付方式数"), of="payment_id")
MERCHANTS = distinct("merchants", MEETS, Text("different merchants", "不同商家数"), of="merchant_id")
CLAIMANTS = distinct(
    "claimants", (EventKind.CLAIM_FILED,), Text("different buyers who claimed", "申请过售后的不同买家数"), of="buyer_id"
)
