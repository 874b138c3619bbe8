"""Past claims drawn by hand, for tests to change."""

from __future__ import annotations

from typing import Any

from serving.decision import Action, Case, ClaimFacts, RecordedAuthority
from serving.policy import Policy
from serving.policy_compare.past import PastCase

DAY_MS = 86_400_000
START_MS = 1_735_660_800_000  # midnight of 2025-01-01 in Shanghai
CONSENT = RecordedAuthority("consent", "agreement 7")


def past(
    number: int = 0,
    *,
    amount_minor: int = 5_000,
    probability: float | None = 0.1,
    day: int = 0,
    then: Action = "manual_review",
    buyer: str | None = None,
    authority: RecordedAuthority | None = None,
    price_minor: float | None = None,
    human_requested: bool = False,
    category_id: str = "",
    **found: Any,
) -> PastCase:
    """A refund-only claim on a day, each of a buyer of its own, and what became of it."""
    facts = ClaimFacts(
        claim_id=f"C{number}",
        amount_minor=amount_minor,
        claim_type="refund_only",
        as_of_ms=START_MS + day * DAY_MS + number,
        buyer_id=f"B{number}" if buyer is None else buyer,
        authority=authority,
        category_id=category_id,
        human_requested=human_requested,
    )
    case = Case(facts=facts, vector=None, abuse_probability=probability, capacity_price_minor=price_minor)
    return PastCase(case=case, action=then, **found)


def changed(policy: Policy, **tables: dict[str, Any]) -> Policy:
    """A policy with some settings of its tables changed."""
    content = policy.model_dump()
    for table, settings in tables.items():
        content[table] = {**content[table], **settings}
    return Policy.model_validate(content)
