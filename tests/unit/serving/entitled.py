"""A return, a buyer and a policy to find entitlements with."""

from datetime import datetime
from typing import Any

from serving.decision import BuyerHistory, ClaimFacts, Entitlements, RecordedAuthority, find_entitlements
from serving.decision.economics import Action
from serving.policy import Policy, default_policy_path, read_policy

POLICY = read_policy(default_policy_path())
TRIAL = read_policy(default_policy_path().parent / "trial_gbp.toml")
DAY_MS = 86_400_000
KNOWN_BUYER = BuyerHistory(orders_ever=20, changed_mind_returns_365d=0)
CONSENT = RecordedAuthority("consent", "merchant agreement 17")


def ms(text: str, policy: Policy = POLICY) -> int:
    """A local time of the policy as milliseconds UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=policy.zone).timestamp() * 1000)


RETURN = ClaimFacts(
    amount_minor=5000,
    claim_type="return_refund",
    reason="changed_mind",
    as_of_ms=ms("2026-03-06T10:00"),
    claim_id="claim-1",
    order_paid_at_ms=ms("2026-03-01T10:00"),
    order_delivered_at_ms=ms("2026-03-04T14:00"),
)


def terms(policy: Policy = POLICY, **values: Any) -> Policy:
    """A policy with some of its terms changed, checked as a file's would be."""
    content = policy.model_dump()
    content["entitlements"].update(values)
    return Policy.model_validate(content)


def find(
    facts: ClaimFacts = RETURN,
    history: BuyerHistory | None = KNOWN_BUYER,
    policy: Policy = POLICY,
    *,
    p: float | None = 0.05,
    action: Action = "auto_approve",
    **settings: Any,
) -> Entitlements:
    return find_entitlements(facts, history, policy, abuse_probability=p, action=action, settings=settings)
