"""How urgent a case is, how many people it takes, and when its reasons are shown.

Functions of the policy and of what is known of the claim.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from serving.cases.words import CaseKind, ReasonsArm
from serving.policy import Policy

MS_PER_MINUTE: Final = 60_000
MS_PER_HOUR: Final = 60 * MS_PER_MINUTE
MS_PER_DAY: Final = 24 * MS_PER_HOUR
SHARE_OF_TARGET: Final = 4  # what costs most is due in a quarter of the target, and no sooner
_DRAW_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Clocks:
    """What a case costs by waiting, and its moments in milliseconds UTC.

    Attributes:
        waiting_cost_minor: what its waiting costs, in minor units.
        target_ms: when it should be answered.
        limit_ms: when it must be.
        due_ms: its turn: the queue is in this order.
    """

    waiting_cost_minor: float
    target_ms: int
    limit_ms: int
    due_ms: int


def find_clocks(
    policy: Policy, kind: CaseKind, category_id: str | None, abuse_probability: float | None, opened_at_ms: int
) -> Clocks:
    """The clocks of a case that is opened now.

    A turn never changes once it is given, so an index holds the order: what costs twice as much by waiting as the
    general delay does is due in half the target, and what costs half as much in twice of it. It stays between a quarter
    of the target and the limit, so that nothing overtakes for ever. For an audit nobody waits.

    Args:
        policy: the whole policy.
        kind: what kind of case it is.
        category_id: of the goods; None where it isn't known.
        abuse_probability: that the claim is abusive; None where it isn't known, and then the buyer counts as honest.
        opened_at_ms: when the case is opened.
    """
    if kind == "audit":
        limit_ms = opened_at_ms + policy.audit.answer_days * MS_PER_DAY
        return Clocks(0.0, limit_ms, limit_ms, limit_ms)
    target = policy.review.target_minutes * MS_PER_MINUTE
    limit = policy.review.limit_hours * MS_PER_HOUR
    delay_minor = policy.for_category(category_id or "").costs.delay_cost_minor
    cost = (1.0 - (abuse_probability or 0.0)) * delay_minor
    general_minor = policy.for_category("").costs.delay_cost_minor
    # divided last: next to no cost would make more than a number can hold, and is due at the limit anyway
    wait = limit if cost * limit <= target * general_minor else target * general_minor / cost
    due = round(min(max(wait, target / SHARE_OF_TARGET), limit))
    return Clocks(cost, opened_at_ms + target, opened_at_ms + limit, opened_at_ms + due)


def takes_two(policy: Policy, amount_minor: int) -> bool:
    """Whether two people rule on a claim that asks for so much: a part or nothing for much may be a mistake, too."""
    above_minor = policy.review.second_person_above_minor
    return above_minor is not None and amount_minor > above_minor


def draw_reasons_arm(policy: Policy, claim_id: str, kind: CaseKind) -> ReasonsArm:
    """When a case shows the model's reasons: at random with the policy's shares, and the same each time.

    The draw is a hash of the claim's id and the case's kind, keyed by the seed of the policy's audits under a word of
    its own, so it says nothing of the audits' draws, nor do they of it.

    >>> from serving.policy import default_policy_path, read_policy
    >>> draw_reasons_arm(read_policy(default_policy_path()), "C1", "review")
    'first'
    """
    digest = hmac.digest(policy.audit.seed.encode(), f"reasons:{kind}:{claim_id}".encode(), "sha256")
    number = int.from_bytes(digest[: _DRAW_BITS // 8], "big") / 2**_DRAW_BITS
    review = policy.review
    if number < review.reasons_never_share:
        return "never"
    if number < review.reasons_never_share + review.reasons_after_look_share:
        return "after_look"
    return "first"
