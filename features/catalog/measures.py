"""What is counted and summed. Every entity counts in the same words."""

from features.definition import Text, count, each, total
from features.events import EventKind

ORDERS = count("orders", EventKind.ORDER_PAID, Text("orders paid", "付款订单数"))
SPEND = total("spend_minor", EventKind.ORDER_PAID, Text("money spent on orders", "订单金额"), of="amount_minor")

CLAIMS = count("claims", EventKind.CLAIM_FILED, Text("claims filed", "售后申请数"))
CLAIMED = total("claimed_minor", EventKind.CLAIM_FILED, Text("money claimed", "申请退款金额"), of="amount_minor")
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

DECISIONS = count("decisions", EventKind.CLAIM_DECIDED, Text("claims decided", "已处理的申请数"))
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
