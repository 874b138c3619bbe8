"""The words that decision, policy and answers share, and a client too, which needs neither policy nor decision."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Action: TypeAlias = Literal["auto_approve", "manual_review", "pre_payment_compensation"]
Cause: TypeAlias = Literal["least_cost", "human_requested", "rule", "rule_failed", "degraded"]
Why: TypeAlias = Literal[
    "always_available",
    "authority_on_record",
    "platform_bears",
    "no_authority",
    "over_limit",
    "forbidden_by_rule",
    "forced_by_rule",
    "rule_failed",
    "no_probability",
    "forced_human_requested",
]
AuthorityKind: TypeAlias = Literal["consent", "statutory_right", "platform_rule", "adjudication", "merchant_timeout"]
RefundTiming: TypeAlias = Literal["immediate", "on_carrier_scan", "on_inspection"]
FreightPayer: TypeAlias = Literal["buyer", "merchant", "platform"]
RefundRoute: TypeAlias = Literal["original_payment", "bank_transfer"]

FALLBACK_LANGUAGE: Final = "en"
