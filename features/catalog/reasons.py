"""Reason codes: what a group of features says to a person when it moves the abuse probability."""

from features.definition import Reason, Text

CLAIM_MONEY = Reason("claim_amount", Text("The amount of this claim against its order", "本次申请金额与订单金额的关系"))
CLAIM_TIMING = Reason(
    "claim_timing", Text("When this claim was filed after payment and delivery", "本次申请距付款、签收的时间")
)
CLAIM_KIND = Reason("claim_kind", Text("What this claim asks for and the reason it gives", "本次申请的类型与理由"))
CLAIM_EVIDENCE = Reason("claim_evidence", Text("How much evidence came with this claim", "本次申请附带的凭证数量"))

BUYER_ORDERS = Reason("buyer_orders", Text("How much this buyer has ordered before", "该买家以往的下单情况"))
BUYER_CLAIMS = Reason("buyer_claims", Text("How often this buyer claims", "该买家申请售后的频率"))
BUYER_REFUND_ONLY = Reason(
    "buyer_refund_only", Text("How often this buyer asks for refund-only", "该买家申请仅退款的频率")
)
BUYER_REASONS = Reason(
    "buyer_reasons", Text("The reasons that this buyer has given before", "该买家以往填写的申请理由")
)
BUYER_REFUNDS = Reason("buyer_refunds", Text("How much has been refunded to this buyer", "该买家以往获得的退款"))
BUYER_VERDICTS = Reason(
    "buyer_verdicts", Text("How earlier claims of this buyer were ruled", "该买家以往申请的裁定结果")
)

MERCHANT_CLAIMS = Reason(
    "merchant_claims", Text("How often customers of this merchant claim", "该商家的顾客申请售后的频率")
)
MERCHANT_VERDICTS = Reason(
    "merchant_verdicts", Text("How earlier claims against this merchant were ruled", "针对该商家的以往申请的裁定结果")
)
PRODUCT_CLAIMS = Reason("product_claims", Text("How often this product is claimed", "该商品被申请售后的频率"))
PRODUCT_VERDICTS = Reason(
    "product_verdicts", Text("How earlier claims about this product were ruled", "针对该商品的以往申请的裁定结果")
)
BUYER_AT_MERCHANT = Reason("buyer_at_merchant", Text("This buyer's history with this merchant", "该买家在该商家的历史"))
