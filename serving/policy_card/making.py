"""Makes a policy card out of the policy; the words follow from the numbers."""

from __future__ import annotations

from typing import get_args

from serving.claim import ClaimType, Language
from serving.decision.entitlements import WINDOW_KEYS
from serving.policy import EntitlementTerms, Policy, RefundTiming
from serving.policy_card.card import CardFreight, CardRefund, CardWindow, PolicyCard
from serving.policy_card.words import sections_of


def make_card(policy: Policy, category_id: str, language: Language | None = None) -> PolicyCard:
    """The card of a category; in the policy's own language unless another is asked for."""
    resolved = policy.for_category(category_id)
    terms = resolved.entitlements
    card = PolicyCard(
        category_id=category_id,
        own_terms=category_id in policy.categories,
        policy_version=policy.version,
        time_zone=policy.time_zone,
        language=language or policy.reasons.language,
        windows=[_window(resolved, claim_type) for claim_type in get_args(ClaimType)],
        refund=CardRefund(
            timings=_timings(terms),
            due_days=terms.refund_due_days,
            routes=list(terms.refund_routes),
            bank_transfer_after_days=terms.bank_transfer_after_days,
        ),
        freight=CardFreight(
            payer_if_at_fault=terms.fault_freight_payer,
            free_returns_per_year=terms.free_returns_per_year,
            prepaid_label=terms.prepaid_label,
        ),
        warranty_days=terms.warranty_days,
        fault_reasons=list(terms.fault_reasons),
        sections=[],
    )
    return card.model_copy(update={"sections": sections_of(card)})


def _window(policy: Policy, claim_type: ClaimType) -> CardWindow:
    terms = policy.entitlements
    lawful = policy.authorities.statutory_return_days if claim_type == "return_refund" else 0
    days: int | None = getattr(terms, WINDOW_KEYS[claim_type])
    at_fault = days if claim_type == "repair" else _longer(days, terms.quality_window_days or 0)
    return CardWindow(
        claim_type=claim_type,
        days=_longer(days, lawful),
        days_if_at_fault=_longer(at_fault, lawful),
        statutory_days=lawful,
    )


def _longer(days: int | None, other: int) -> int | None:
    return None if days is None else max(days, other)


def _timings(terms: EntitlementTerms) -> list[RefundTiming]:
    timings: list[RefundTiming] = []
    if terms.refund_immediately_below > 0:
        timings.append("immediate")
    if terms.refund_on_carrier_scan_below > terms.refund_immediately_below:
        timings.append("on_carrier_scan")
    return [*timings, "on_inspection"]
