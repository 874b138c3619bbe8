"""What the policy gives a buyer: windows, when the refund is paid and how, who pays freight, the warranty.

A policy that says nothing here promises nothing beyond the law: no window closes, refunds wait for an inspection, and
the buyer pays freight.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import AfterValidator, Field, model_validator

from features.events import CLAIM_REASONS
from serving.policy.parts import PolicyPart, Probability
from serving.words import FreightPayer, RefundRoute, RefundTiming

MOST_DAYS: Final = 3650
Days: TypeAlias = Annotated[int, Field(ge=0, le=MOST_DAYS)]


def _claim_reasons(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if word not in CLAIM_REASONS:
            raise ValueError(f"{word!r} is no reason of claims; use some of {', '.join(CLAIM_REASONS)}")
    return tuple(sorted(set(words)))


def _routes_once(routes: tuple[RefundRoute, ...]) -> tuple[RefundRoute, ...]:
    return tuple(dict.fromkeys(routes))


class EntitlementTerms(PolicyPart):
    """The terms. Days are calendar days in the policy's zone, from the day after delivery; 0 for no such right.

    Attributes:
        return_window_days, exchange_window_days, refund_only_window_days: how long a claim of this type may be filed;
            a window that isn't given never closes. The law's days, where they are more, stand above these.
        quality_window_days: the days of these three where the reason is one of `fault_reasons`, if that is more.
        warranty_days: how long goods are repaired or exchanged; it is also the window of a claim for repair.
        refund_immediately_below: the abuse probability below which a return is refunded before it is sent;
            `refund_on_carrier_scan_below`: when the carrier takes the parcel; else when it has been inspected.
        refund_due_days: within how many days after that scan or inspection the money is paid.
        refund_routes: in the order in which they are offered; `bank_transfer_after_days`: from so many days after
            payment a bank transfer comes first, since refunds to old card payments lapse.
        fault_reasons: reasons by which quality is at fault, and `fault_freight_payer` who then pays freight.
        first_time_up_to_orders: a buyer with at most so many order lines on record returns free; 0 for nobody.
        free_returns_per_year: how many returns after a change of mind are free within 365 days.
        prepaid_label: whether a label is made at once wherever the buyer doesn't pay freight.
    """

    return_window_days: Days | None = None
    exchange_window_days: Days | None = None
    refund_only_window_days: Days | None = None
    quality_window_days: Days | None = None
    warranty_days: Days | None = None
    refund_immediately_below: Probability = 0.0
    refund_on_carrier_scan_below: Probability = 0.0
    refund_due_days: Days | None = None
    # a file's lists are no tuples, which strict mode would refuse
    refund_routes: Annotated[
        tuple[RefundRoute, ...], Field(strict=False, min_length=1), AfterValidator(_routes_once)
    ] = ("original_payment",)
    bank_transfer_after_days: Days | None = None
    fault_reasons: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_claim_reasons)] = ()
    fault_freight_payer: Literal["merchant", "platform"] = "platform"
    first_time_up_to_orders: Annotated[int, Field(ge=0, le=100)] = 0
    free_returns_per_year: Annotated[int, Field(ge=0, le=10_000)] = 0
    prepaid_label: bool = False

    @model_validator(mode="after")
    def _thresholds_in_order(self) -> EntitlementTerms:
        if self.refund_immediately_below > self.refund_on_carrier_scan_below:
            raise ValueError("refund_on_carrier_scan_below is below refund_immediately_below; raise it")
        return self


# What a rule may set for a claim (`then.entitlements`): yes or no, a number of days, or one of some words.
ENTITLEMENT_SETTINGS: Final[Mapping[str, type[bool] | type[int] | tuple[str, ...]]] = MappingProxyType(
    {
        "window_days": int,
        "refund_timing": get_args(RefundTiming),
        "refund_route": get_args(RefundRoute),
        "freight_payer": get_args(FreightPayer),
        "prepaid_label": bool,
    }
)


def setting_complaint(name: str, value: object) -> str | None:
    """What is wrong with an entitlement that a rule sets, in words that say what to do; None if nothing is.

    >>> setting_complaint("freight_payer", "nobody")
    "is 'nobody'; use one of buyer, merchant, platform"
    """
    allowed = ENTITLEMENT_SETTINGS.get(name)
    if allowed is None:
        return f"unknown entitlement; use one of {', '.join(ENTITLEMENT_SETTINGS)}"
    if isinstance(allowed, tuple):
        return None if value in allowed else f"is {value!r:.60}; use one of {', '.join(allowed)}"
    if allowed is bool:
        return None if isinstance(value, bool) else f"is {value!r:.60}; use true or false"
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_DAYS:
        return None
    return f"is {value!r:.60}; use whole days from 0 to {MOST_DAYS}"
