"""The guard: what entitles the platform to charge a merchant without asking. Nothing is charged without it."""

from __future__ import annotations

from dataclasses import dataclass

from features.definition.window import MS_PER_DAY
from serving.decision.facts import ClaimFacts
from serving.policy import AuthorityKind, Policy


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that counts under the policy. Only `find_authority` makes one."""

    kind: AuthorityKind
    reference: str


def find_authority(facts: ClaimFacts, policy: Policy) -> Authority | None:
    """What entitles the platform to charge the merchant for this claim without asking, or None.

    A recorded authority counts if the policy takes its kind. Otherwise a return within the statutory window from
    delivery has the law itself (Consumer Protection Law, article 25), if the policy takes that. The law counts whole
    days from the day after delivery; counting from the minute of delivery is never longer than that.
    """
    kinds = policy.authorities.kinds
    if facts.authority is not None and facts.authority.kind in kinds:
        return Authority(facts.authority.kind, facts.authority.reference)
    if "statutory_right" not in kinds or facts.claim_type != "return_refund" or facts.order_delivered_at_ms is None:
        return None
    elapsed_ms = facts.as_of_ms - facts.order_delivered_at_ms
    if 0 <= elapsed_ms < policy.authorities.statutory_return_days * MS_PER_DAY:
        return Authority("statutory_right", policy.authorities.statutory_return_reference)
    return None
