"""What was done before from this claim's device, at its address and with its payment."""

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog import windows as w
from features.catalog.entities import ADDRESS, DEVICE, PAYMENT
from features.definition import Direction, Prior, RateGroup, Text, TotalGroup

IDENTITY_GROUPS = (
    TotalGroup(DEVICE, (m.BUYERS,), w.MONTH_AND_EVER, reasons.DEVICE_HISTORY),
    TotalGroup(DEVICE, (m.CLAIMS,), (w.WEEK, w.MONTH, w.EVER), reasons.DEVICE_HISTORY),
    TotalGroup(DEVICE, (m.REFUND_ONLY_CLAIMS,), (w.MONTH,), reasons.DEVICE_HISTORY),
    TotalGroup(DEVICE, (m.ABUSIVE_VERDICTS,), (w.EVER,), reasons.DEVICE_HISTORY, Direction.RAISES),
    RateGroup(
        "claim_rate",
        DEVICE,
        of=m.CLAIMS,
        per=m.ORDERS,
        prior=Prior(0.1, 5),
        windows=(w.MONTH,),
        meaning=Text("claims per order", "每单申请率"),
        reason=reasons.DEVICE_HISTORY,
    ),
    TotalGroup(ADDRESS, (m.BUYERS,), w.MONTH_AND_EVER, reasons.ADDRESS_HISTORY),
    TotalGroup(ADDRESS, (m.CLAIMS,), w.MONTH_AND_EVER, reasons.ADDRESS_HISTORY),
    TotalGroup(ADDRESS, (m.NOT_RECEIVED_CLAIMS,), (w.MONTH,), reasons.ADDRESS_HISTORY),
    TotalGroup(ADDRESS, (m.ABUSIVE_VERDICTS,), (w.EVER,), reasons.ADDRESS_HISTORY),
    TotalGroup(PAYMENT, (m.BUYERS,), w.MONTH_AND_EVER, reasons.PAYMENT_HISTORY),
    TotalGroup(PAYMENT, (m.CLAIMS,), w.MONTH_AND_EVER, reasons.PAYMENT_HISTORY),
    TotalGroup(PAYMENT, (m.ABUSIVE_VERDICTS,), (w.EVER,), reasons.PAYMENT_HISTORY, Direction.RAISES),
)
