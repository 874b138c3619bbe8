"""Reason codes: what a group of features says to a person when it moves the abuse probability."""

from features.definition import Reason, Text

CLAIM_MONEY = Reason("claim_amount", Text("The amount of this claim against its order", "本次申请金额与订单金额的关系"))
CLAIM_TIMING = Reason(
    "claim_timing", Text("When this claim was filed after payment and delivery", "本次申请距付款、签收的时间")
)
CLAIM_KIND = Reason("claim_kind", Text("What this claim asks for and the reason it gives", "本次申请的类型与理由"))
CLAIM_DELIVERY = Reason(
    "claim_delivery", Text("When this order was delivered, against the promise", "本订单的送达时间与承诺的比较")
)
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
BUYER_RETURNS = Reason(
    "buyer_returns", Text("How earlier returns of this buyer were found", "该买家以往退货的验收结果")
)
BUYER_IDENTITY = Reason(
    "buyer_identity",
    Text("How many devices, addresses and payments this buyer uses", "该买家使用的设备、地址与支付方式的数量"),
)
BUYER_USUAL = Reason(
    "buyer_usual", Text("This claim against what is usual for this buyer", "本次申请与该买家通常情况的比较")
)

MERCHANT_CLAIMS = Reason(
    "merchant_claims", Text("How often customers of this merchant claim", "该商家的顾客申请售后的频率")
)
MERCHANT_VERDICTS = Reason(
    "merchant_verdicts", Text("How earlier claims against this merchant were ruled", "针对该商家的以往申请的裁定结果")
)
MERCHANT_SERVICE = Reason(
    "merchant_service", Text("How this merchant ships, delivers and answers", "该商家的发货、送达与回应情况")
)
MERCHANT_ADVANCES = Reason(
    "merchant_advances",
    Text("Advances paid for this merchant, and what came back", "为该商家先行赔付的款项及其追回情况"),
)
PRODUCT_CLAIMS = Reason("product_claims", Text("How often this product is claimed", "该商品被申请售后的频率"))
PRODUCT_VERDICTS = Reason(
    "product_verdicts", Text("How earlier claims about this product were ruled", "针对该商品的以往申请的裁定结果")
)
CATEGORY_CLAIMS = Reason(
    "category_claims", Text("How often goods of this category are claimed", "该品类商品被申请售后的频率")
)
BUYER_AT_MERCHANT = Reason("buyer_at_merchant", Text("This buyer's history with this merchant", "该买家在该商家的历史"))

DEVICE_HISTORY = Reason("device_history", Text("What else was done from this device", "该设备上的其他行为"))
ADDRESS_HISTORY = Reason("address_history", Text("What else was claimed at this address", "该地址上的其他申请"))
PAYMENT_HISTORY = Reason("payment_history", Text("What else was paid with this payment", "该支付方式的其他使用情况"))
EVIDENCE_REUSE = Reason("evidence_reuse", Text("Whether these pictures were shown before", "所附图片是否曾被使用过"))
RING_CLAIMS = Reason(
    "ring_claims",
    Text(
        "What buyers who share devices, addresses or payments with this one have claimed",
        "与该买家共用设备、地址或支付方式的买家的申请情况",
    ),
)
