"""The guard: what entitles the platform to charge a merchant without asking. Nothing is charged without it."""

from __future__ import annotations

from dataclasses import dataclass

from serving.decision.calendar import end_of_day_ms
from serving.decision.facts import ClaimFacts
from serving.policy import Policy
from serving.words import AuthorityKind


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that counts under the policy. Only `find_authority` makes one."""

    kind: AuthorityKind
    reference: str


def recorded_authority(facts: ClaimFacts, policy: Policy) -> Authority | None:
    """The authority on record for this very claim, if there is one whose kind the policy takes."""
    if facts.authority is None or facts.authority.kind not in policy.authorities.kinds:
        return None
    return Authority(facts.authority.kind, facts.authority.reference)


def find_authority(facts: ClaimFacts, policy: Policy) -> Authority | None:
    """What entitles the platform to charge the merchant for this claim without asking, or None.

    A recorded authority counts if the policy takes its kind. Otherwise a return within the statutory window has the law
    itself (Consumer Protection Law, article 25), if the policy takes that and the law covers the category. The law
    counts whole days from the day after delivery, so the last one ends at midnight in the policy's zone.
    """
    recorded = recorded_authority(facts, policy)
    if recorded is not None:
        return recorded
    authorities = policy.for_category(facts.category_id).authorities
    days, delivered_at_ms = authorities.statutory_return_days, facts.order_delivered_at_ms
    if "statutory_right" not in authorities.kinds or facts.claim_type != "return_refund" or not days:
        return None
    if delivered_at_ms is None or facts.as_of_ms < delivered_at_ms:
        return None
    if facts.as_of_ms < end_of_day_ms(delivered_at_ms, policy.zone, days_after=days):
        return Authority("statutory_right", authorities.statutory_return_reference)
    return None
