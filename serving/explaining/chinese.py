"""What people are told, in Chinese."""

from __future__ import annotations

from typing import Final

from serving.explaining.words import Words

CHINESE: Final = Words(
    date="%Y年%m月%d日",
    granted={
        "refund_only": "您的退款申请已通过，商品无需退回。",
        "return_refund": "您的退货申请已通过。",
        "exchange": "您的换货申请已通过。",
        "repair": "您的维修申请已通过。",
    },
    with_a_person="您的申请将由人工处理并作出决定，目前没有被拒绝。",
    asked="按照您的要求，您的申请将由人工处理并作出决定。",
    decided_by_a_person="您的申请已由人工处理并作出决定。",
    by_machine="本决定由系统自动作出，依据为您的申请内容、订单及其配送情况，以及以往订单和申请的记录。",
    by_nobody_yet=(
        "系统根据您的申请内容、订单及其配送情况，以及以往订单和申请的记录，将申请转交人工处理。系统不会自动拒绝任何申请。"
    ),
    not_checked="您的申请当时无法由系统自动审核，因此转由人工处理，这与申请内容无关。",
    if_granted="如果申请通过：",
    window="您可在{date}之前（含当日）提出此类申请。",
    window_over="此类申请的期限已于{date}届满；仅凭这一点不会拒绝您的申请。",
    refund={
        "immediate": "退款将立即发出。",
        "on_carrier_scan": "快递揽收后退款。",
        "on_inspection": "商品退回并验收后退款。",
    },
    refund_due="最长需要{days}天。",
    route={
        "original_payment": "款项将原路退回。",
        "bank_transfer": "款项将通过银行转账退回。",
    },
    freight={
        "merchant": "退货运费由商家承担。",
        "platform": "退货运费由平台承担。",
        "buyer": "退货运费由您承担。",
    },
    label="我们会为您提供退货面单。",
    parcel_number="请在包裹上注明：{number}。",
    warranty="在{date}之前（含当日），商品可以维修或更换。",
    quota="一年内不想要商品时可免运费退货的次数：{limit}；您还剩：{left}。",
    changes={
        "add_pictures": "如果您附上清晰的商品图片，申请本可立即通过。",
        "return_the_goods": "如果您申请退货退款，申请本可立即通过。",
        "return_the_goods_with_pictures": "如果您申请退货退款并附上清晰的商品图片，申请本可立即通过。",
        "wait_for_the_goods": "如果您等商品送达后再申请退货退款，申请可立即通过。",
        "ask_for_a_person": "如果您提出要求，将由人工复核本决定。",
    },
    no_promise="以上是仅改变这一点、重新作出决定的结果。新的申请会重新审核，因此这不构成承诺。请如实填写。",
    none_helps=(
        "我们按照买家可以采取的其他做法（例如附上图片或退货）重新作出了决定，结果都不会改变：申请仍将由人工处理。"
    ),
    nothing_to_try="在这种情况下，买家没有其他可以采取的做法；申请由人工处理并不意味着您做错了什么。",
    nothing_needed="您的申请已通过，无需再做其他操作。",
    not_worked_out="我们无法得知怎样会有不同的结果：作出决定所依据的资料已不可用。",
    asked_yourself="由人工处理是因为您提出了要求，并不需要其他理由。",
    rights=(
        "您有权要求由人工作出决定、陈述意见、提出异议（《个人信息保护法》第二十四条；欧盟《通用数据保护条例》第二十二条）。",
        "您有权了解使用了哪些个人信息，并要求更正错误。",
    ),
    merchant_charged="申请已通过，费用由您承担，所依据的授权见本页。",
    merchant_not_charged="申请已通过，费用由平台承担，不向您收取。",
    merchant_advanced="平台已先行赔付。未经您同意或裁定，不会向您扣款；平台可能向您追偿。",
    merchant_waits="申请将由人工处理，目前不向您收取费用。",
    merchant_ruled="申请已由人工作出决定，平台会将结果告知您。",
    merchant_rights=(
        "您可以回应申请、提交凭证，并对扣款提出异议，由人工处理。",
        "没有记录在案的授权，不会向您扣款。",
    ),
)
