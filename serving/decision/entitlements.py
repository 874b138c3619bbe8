"""What the policy gives the buyer of a claim: all that the platform's form needs beside the action.

Two rules stand above the policy's terms here too. No freight is charged to a merchant without an authority on record:
the platform pays first. And nobody is refused: a claim outside of its window has `within` false, and nothing else
changes, since a rule or a person decides what follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from serving.decision.authority import recorded_authority
from serving.decision.buyer_history import BuyerHistory
from serving.decision.calendar import end_of_day_ms
from serving.decision.effects import Setting
from serving.decision.facts import ClaimFacts
from serving.decision.return_authorisation import rma_number
from serving.policy import EntitlementTerms, Policy
from serving.words import Action, FreightPayer, RefundRoute, RefundTiming

REFUNDING: Final = frozenset({"refund_only", "return_refund"})
SENDING_BACK: Final = frozenset({"return_refund", "exchange", "repair"})
UNDER_WARRANTY: Final = frozenset({"exchange", "repair"})
WINDOW_KEYS: Final = {
    "return_refund": "return_window_days",
    "exchange": "exchange_window_days",
    "refund_only": "refund_only_window_days",
    "repair": "warranty_days",
}
_NO_SETTINGS: Final[Mapping[str, Setting]] = {}


@dataclass(frozen=True, slots=True)
class Window:
    """Until when something may be asked for.

    Attributes:
        days: calendar days from the day after delivery; 0 for no such right, None where nothing closes.
        opens_at_ms: when the goods were delivered, None while they were not.
        closes_at_ms: the end, exclusive, None while it isn't known.
        within: whether the claim was filed before it closed.
    """

    days: int | None
    opens_at_ms: int | None
    closes_at_ms: int | None
    within: bool


@dataclass(frozen=True, slots=True)
class Quota:
    """Free returns after a change of mind in 365 days: `used` before this claim, None where the history is missing."""

    limit: int
    used: int | None
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlements:
    """What a buyer is given if the claim is granted, and where that stands. None or empty where a claim has no such
    thing: no refund in an exchange, no freight where the goods are kept.

    Attributes:
        window: in which this claim may be filed.
        refund_timing: when the money is paid; `refund_due_days` within how many days after that moment, and
            `refund_due_at_ms` the moment itself, where it is known and a machine granted the claim.
        refund_routes: how the money may go back, the one to offer first before the others.
        freight_payer: who pays for sending the goods back.
        prepaid_label: whether to make a label now; never while a person has yet to decide.
        rma_number: what to write on the parcel (`serving.decision.return_authorisation`).
        warranty: until when the goods are repaired or exchanged.
        quota: of free returns.
        because: for each of these by name, the policy's key that says so, or one of `rule`, `degraded`,
            `history_missing`, `no_goods_come_back`, `no_authority`, `nothing_agreed`, `buyer_pays`, `awaits_review`.
    """

    window: Window
    refund_timing: RefundTiming | None
    refund_due_days: int | None
    refund_due_at_ms: int | None
    refund_routes: tuple[RefundRoute, ...]
    freight_payer: FreightPayer | None
    prepaid_label: bool
    rma_number: str | None
    warranty: Window | None
    quota: Quota | None
    because: Mapping[str, str]


def find_entitlements(
    facts: ClaimFacts,
    history: BuyerHistory | None,
    policy: Policy,
    *,
    abuse_probability: float | None,
    action: Action,
    settings: Mapping[str, Setting] = _NO_SETTINGS,
) -> Entitlements:
    """What the policy gives the buyer of a claim.

    Args:
        facts: the claim.
        history: what was known of the buyer; None where it can't be read. Then, or without an `abuse_probability`,
            what is safest holds: a refund after inspection, and no free return that history would have to vouch for.
        policy: the terms, of which those for the claim's category count.
        abuse_probability: calibrated, 0 to 1, or None.
        action: what was decided. With `manual_review` there is no label yet: ask again with what the person decides.
        settings: what rules set (`RuleEffects.entitlements`), with names and values of `ENTITLEMENT_SETTINGS`. A rule
            shortens no window below the law's, and what a claim doesn't have it doesn't get.
    """
    found = _Finder(facts, history, policy.for_category(facts.category_id), settings)
    granted = action != "manual_review"
    sends_back = facts.claim_type in SENDING_BACK
    timing = found.refund_timing(abuse_probability)
    immediate = timing == "immediate"
    due_days = None if timing is None else 0 if immediate else found.terms.refund_due_days
    payer = found.freight_payer() if sends_back else None
    return Entitlements(
        window=found.window(),
        refund_timing=timing,
        refund_due_days=due_days,
        refund_due_at_ms=facts.as_of_ms if immediate and granted else None,
        refund_routes=found.refund_routes(),
        freight_payer=payer,
        prepaid_label=payer is not None and found.prepaid_label(payer, granted=granted),
        rma_number=rma_number(facts.claim_id) if sends_back and granted and facts.claim_id else None,
        warranty=found.warranty() if facts.claim_type in UNDER_WARRANTY else None,
        quota=found.quota() if sends_back else None,
        because=found.because,
    )


class _Finder:
    """Finds one entitlement after the other, and notes why."""

    def __init__(
        self, facts: ClaimFacts, history: BuyerHistory | None, policy: Policy, settings: Mapping[str, Setting]
    ) -> None:
        self.facts, self.history, self.policy, self.settings = facts, history, policy, settings
        self.terms: EntitlementTerms = policy.entitlements
        self.fault = facts.reason in self.terms.fault_reasons
        self.because: dict[str, str] = {}

    def _key(self, name: str) -> str:
        return self.policy.origin(self.facts.category_id, f"entitlements.{name}")

    def window(self) -> Window:
        days, because = self._promised_days()
        lawful = self.policy.authorities.statutory_return_days if self.facts.claim_type == "return_refund" else 0
        if days is not None and lawful > days:
            days, because = lawful, "authorities.statutory_return_days"
        self.because["window"] = because
        return _window(self.facts, days, self.policy)

    def _promised_days(self) -> tuple[int | None, str]:
        if "window_days" in self.settings:
            return int(self.settings["window_days"]), "rule"
        name = WINDOW_KEYS.get(self.facts.claim_type, "refund_only_window_days")
        days: int | None = getattr(self.terms, name)
        for_fault = self.terms.quality_window_days if self.fault and self.facts.claim_type != "repair" else None
        if days is not None and for_fault is not None and for_fault > days:
            return for_fault, self._key("quality_window_days")
        return days, self._key(name)

    def warranty(self) -> Window:
        self.because["warranty"] = self._key("warranty_days")
        return _window(self.facts, self.terms.warranty_days, self.policy)

    def refund_timing(self, abuse_probability: float | None) -> RefundTiming | None:
        if self.facts.claim_type not in REFUNDING:
            return None
        timing, self.because["refund_timing"] = self._timing(abuse_probability)
        return timing

    def _timing(self, abuse_probability: float | None) -> tuple[RefundTiming, str]:
        if self.facts.claim_type == "refund_only":
            return "immediate", "no_goods_come_back"
        if abuse_probability is None:
            return "on_inspection", "degraded"
        if self.history is None:
            return "on_inspection", "history_missing"
        if "refund_timing" in self.settings:
            return cast("RefundTiming", self.settings["refund_timing"]), "rule"
        if abuse_probability < self.terms.refund_immediately_below:
            return "immediate", self._key("refund_immediately_below")
        if abuse_probability < self.terms.refund_on_carrier_scan_below:
            return "on_carrier_scan", self._key("refund_on_carrier_scan_below")
        return "on_inspection", self._key("refund_on_carrier_scan_below")

    def refund_routes(self) -> tuple[RefundRoute, ...]:
        if self.facts.claim_type not in REFUNDING:
            return ()
        routes = self.terms.refund_routes
        first, self.because["refund_routes"] = self._first_route(routes)
        return (first, *(route for route in routes if route != first))

    def _first_route(self, routes: tuple[RefundRoute, ...]) -> tuple[RefundRoute, str]:
        if "refund_route" in self.settings:
            return cast("RefundRoute", self.settings["refund_route"]), "rule"
        days, paid_at_ms = self.terms.bank_transfer_after_days, self.facts.order_paid_at_ms
        if (
            days is not None
            and paid_at_ms is not None
            and "bank_transfer" in routes
            and self.facts.as_of_ms >= end_of_day_ms(paid_at_ms, self.policy.zone, days_after=days)
        ):
            return "bank_transfer", self._key("bank_transfer_after_days")
        return routes[0], self._key("refund_routes")

    def freight_payer(self) -> FreightPayer:
        payer, because = self._freight_payer()
        if payer == "merchant" and recorded_authority(self.facts, self.policy) is None:
            payer, because = "platform", "no_authority"
        self.because["freight_payer"] = because
        return payer

    def _freight_payer(self) -> tuple[FreightPayer, str]:
        terms, history = self.terms, self.history
        if "freight_payer" in self.settings:
            return cast("FreightPayer", self.settings["freight_payer"]), "rule"
        if self.fault:
            return terms.fault_freight_payer, self._key("fault_freight_payer")
        if history is None:
            return "buyer", "history_missing"
        # no order at all on record: the platform reports none, which says nothing of who buys for the first time
        if 1 <= history.orders_ever <= terms.first_time_up_to_orders:
            return "platform", self._key("first_time_up_to_orders")
        counted = self.facts.claim_type == "return_refund" and self.facts.reason == "changed_mind"
        if counted and history.changed_mind_returns_365d < terms.free_returns_per_year:
            return "platform", self._key("free_returns_per_year")
        return "buyer", "nothing_agreed"

    def prepaid_label(self, payer: FreightPayer, *, granted: bool) -> bool:
        label, self.because["prepaid_label"] = self._label(payer, granted)
        return label

    def _label(self, payer: FreightPayer, granted: bool) -> tuple[bool, str]:
        if not granted:
            return False, "awaits_review"
        if "prepaid_label" in self.settings:
            return bool(self.settings["prepaid_label"]), "rule"
        if payer == "buyer":
            return False, "buyer_pays"
        return self.terms.prepaid_label, self._key("prepaid_label")

    def quota(self) -> Quota:
        limit = self.terms.free_returns_per_year
        self.because["quota"] = self._key("free_returns_per_year")
        if self.history is None:
            return Quota(limit, None, 0)
        used = self.history.changed_mind_returns_365d
        return Quota(limit, used, max(limit - used, 0))


def _window(facts: ClaimFacts, days: int | None, policy: Policy) -> Window:
    delivered_at_ms = facts.order_delivered_at_ms
    if days is None:
        return Window(None, delivered_at_ms, None, True)
    if delivered_at_ms is None:
        return Window(days, None, None, days > 0)
    closes_at_ms = end_of_day_ms(delivered_at_ms, policy.zone, days_after=days) if days else delivered_at_ms
    return Window(days, delivered_at_ms, closes_at_ms, days > 0 and facts.as_of_ms < closes_at_ms)
