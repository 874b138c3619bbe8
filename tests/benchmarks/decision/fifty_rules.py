"""One decision under a policy with 50 rules: what the rules cost, and the decision with them."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from features.arrays import Floats
from features.plan import default_plan
from figures import Figure, at_most, seconds
from serving.decision import Case, ClaimFacts, compile_rules, expected_costs, fire, judge
from serving.policy import Policy, default_policy_path, read_policy

RUNS = 20
CLAIMS = 500
DECISION_MS = 0.3  # one decision, the rules fired and the action chosen
NOW_MS = 1_772_000_000_000

# ten sorts of condition such as platforms have, each with five amounts
CONDITIONS = (
    'claim.type == "refund_only" && claim.amount_minor > {amount} && probabilities.abuse > 0.6',
    'claim.reason in ["counterfeit", "expired"] && claim.amount_minor > {amount}',
    "lists.vip_buyers && claim.amount_minor <= {amount} && probabilities.abuse < 0.2",
    "lists.trusted_merchants && claim.amount_minor <= {amount} && costs.auto_approve < {amount}.0",
    "buyer.claims_ever == 0 && buyer.orders_ever <= 2 && claim.amount_minor > {amount}",
    "buyer.refund_only_claims_30d >= 5 && buyer.claim_rate_90d > 0.4 && claim.amount_minor > {amount}",
    "merchant.claim_rate_30d > 0.2 && merchant.orders_30d > 50 && claim.amount_minor < {amount}",
    'order.category_id in ["fresh", "custom"] && order.days_since_delivery > 2.0 && claim.amount_minor > {amount}',
    "claim.pictures_of_others > 0 && (claim.amount_minor > {amount} || buyer.abusive_verdicts_ever > 0)",
    "has(order.promised_at_ms) && claim.delivery_delay_hours > 48.0 && claim.amount_minor <= {amount}",
)
EFFECTS: tuple[dict[str, Any], ...] = (
    {"force": "manual_review"},
    {"forbid": ["auto_approve"]},
    {"platform_bears": True},
    {"reason": {"en": "A rule of the platform", "zh-CN": "平台规则"}},
    {"entitlements": {"prepaid_label": True}},
)


@cache
def fifty_rules_policy() -> Policy:
    """The shipped policy with 50 rules over claim, order, buyer, merchant, lists, probabilities and costs."""
    rules = [
        {
            "id": f"rule_{number}",
            "date": "2026-01-01",
            "priority": -number,
            "when": CONDITIONS[number % 10].format(amount=1000 * (1 + number // 10) ** 2),
            "then": EFFECTS[(number + number // 10) % 5],
        }
        for number in range(50)
    ]
    return Policy.model_validate({**read_policy(default_policy_path()).model_dump(), "rules": rules})


def figures() -> list[Figure]:
    """The time of one decision with its 50 rules, and of the rules alone; medians of runs over many claims."""
    policy = fifty_rules_policy()
    claims = [_claim(number) for number in range(CLAIMS)]
    compile_rules(policy)
    both = seconds(lambda: [_decide(policy, *claim) for claim in claims], RUNS)
    alone = seconds(lambda: [_fire(policy, *claim) for claim in claims], RUNS)
    each_ms = [1000 * time / CLAIMS for time in both]
    fired = sum(len(_fire(policy, *claim).fired) for claim in claims) / CLAIMS
    detail = {"rules_ms": round(sorted(alone)[RUNS // 2] * 1000 / CLAIMS, 4), "fired_on_average": round(fired, 2)}
    return [at_most("decision/fifty_rules", each_ms, "ms", DECISION_MS, claims=CLAIMS, **detail)]


def _claim(number: int) -> tuple[ClaimFacts, Floats, float, frozenset[str]]:
    chance = np.random.default_rng(number)
    plan = default_plan()
    vector = chance.integers(0, 8, len(plan.names)).astype(np.float64)
    vector[chance.random(len(vector)) < 0.1] = math.nan
    facts = ClaimFacts(
        amount_minor=int(chance.integers(100, 60_000)),
        claim_type=("refund_only", "return_refund")[number % 2],
        as_of_ms=NOW_MS,
        claim_id=f"C{number}",
        reason=("damaged", "expired", "not_received", "counterfeit")[number % 4],
        buyer_id=f"B{number % 50}",
        merchant_id=f"M{number % 20}",
        product_id="P1",
        category_id=("fresh", "toys", "")[number % 3],
        order_amount_minor=60_000,
        order_paid_at_ms=NOW_MS - 9 * 86_400_000,
        order_delivered_at_ms=NOW_MS - 4 * 86_400_000 if number % 5 else None,
    )
    lists = frozenset(("vip_buyers", "trusted_merchants")[: number % 3])
    return facts, vector, float(chance.random()), lists


def _fire(policy: Policy, facts: ClaimFacts, vector: Floats, abuse: float, lists: frozenset[str]) -> Any:
    recovery = policy.recovery.default_probability
    costs = expected_costs(
        policy,
        amount_minor=facts.amount_minor,
        abuse_probability=abuse,
        recovery_probability=recovery,
        loss_weight=policy.costs.merchant_loss_weight,
    )
    return fire(
        compile_rules(policy),
        facts,
        vector,
        abuse_probability=abuse,
        recovery_probability=recovery,
        costs=costs,
        lists=lists,
    )


def _decide(policy: Policy, facts: ClaimFacts, vector: Floats, abuse: float, lists: frozenset[str]) -> Any:
    return judge(Case(facts=facts, vector=vector, abuse_probability=abuse, lists=lists), policy)
