"""Rules fire on the claims that they are about, and say what they ask for, in order of priority."""

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest

from features.arrays import Floats
from features.plan import default_plan
from serving.decision import (
    NO_EFFECTS,
    ActionCosts,
    ClaimFacts,
    RecordedAuthority,
    RuleEffects,
    RuleReason,
    before_models,
    compile_rules,
    decide,
    fire,
)
from serving.policy import Policy, default_policy_path, read_policy
from serving.policy.vocabulary import vocabulary
from tests.unit.serving.claims import DAY_MS, NOW_MS
from tests.unit.serving.policies import LISTS, policy_with, rule

COSTS: ActionCosts = {"manual_review": 900.0, "pre_payment_compensation": 1200.0, "auto_approve": 600.0}
TEXTS = {"en": "why", "zh-CN": "为何"}


def facts_of(**changes: Any) -> ClaimFacts:
    """A refund-only claim of 50 yuan, three days after delivery."""
    facts = {
        "amount_minor": 5_000,
        "claim_type": "refund_only",
        "as_of_ms": NOW_MS,
        "claim_id": "C1",
        "reason": "damaged",
        "buyer_id": "B1",
        "merchant_id": "M1",
        "product_id": "P1",
        "order_id": "O1",
        "category_id": "toys",
        "order_amount_minor": 8_000,
        "order_paid_at_ms": NOW_MS - 6 * DAY_MS,
        "order_delivered_at_ms": NOW_MS - 3 * DAY_MS,
    }
    return ClaimFacts(**{**facts, **changes})


def vector_of(**columns: float) -> Floats:
    """A feature vector of missing values but for these columns."""
    names = default_plan().names
    vector = np.full(len(names), math.nan)
    for name, value in columns.items():
        vector[names.index(name)] = value
    return vector


def fired(policy: Policy, facts: ClaimFacts | None = None, **changes: Any) -> RuleEffects:
    asked = {
        "vector": vector_of(),
        "abuse_probability": 0.3,
        "recovery_probability": 0.8,
        "costs": COSTS,
        "lists": frozenset(),
        **changes,
    }
    return fire(compile_rules(policy), facts or facts_of(), **asked)


HOLD = {
    "claim.id": "claim.id == 'C1'",
    "claim.type": "claim.type == 'refund_only'",
    "claim.reason": "claim.reason == 'damaged'",
    "claim.authority": "claim.authority == 'consent'",
    "claim.amount_minor": "claim.amount_minor == 5000",
    "claim.quantity": "claim.quantity == 1",
    "claim.evidence_count": "claim.evidence_count == 0",
    "claim.hour_of_day": "claim.hour_of_day == 8",  # midnight UTC in Shanghai
    "order.id": "order.id == 'O1'",
    "order.category_id": "order.category_id == 'toys'",
    "order.amount_minor": "order.amount_minor == 8000",
    "order.delivered": "order.delivered",
    "order.paid_at_ms": f"order.paid_at_ms == {NOW_MS - 6 * DAY_MS}",
    "order.promised_at_ms": "!has(order.promised_at_ms)",
    "order.delivered_at_ms": f"order.delivered_at_ms == {NOW_MS - 3 * DAY_MS}",
    "order.days_since_payment": "order.days_since_payment == 6.0",
    "order.days_since_delivery": "order.days_since_delivery == 3.0",
    "buyer.id": "buyer.id == 'B1'",
    "merchant.id": "merchant.id == 'M1'",
    "product.id": "product.id == 'P1'",
    "probabilities.abuse": "probabilities.abuse == 0.3",
    "probabilities.recovery": "probabilities.recovery == 0.8",
    "costs.auto_approve": "costs.auto_approve == 600.0",
    "costs.manual_review": "costs.manual_review == 900.0",
    "costs.pre_payment_compensation": "costs.pre_payment_compensation == 1200.0",
    "lists.vip_buyers": "lists.vip_buyers && !lists.bad_goods",
}


@pytest.mark.parametrize("key", HOLD)
def test_field_is_read_from_its_claim(key: str) -> None:
    """Each field has the value that its name says."""
    facts = facts_of(authority=RecordedAuthority("consent", "agreement 7"))
    assert fired(policy_with(rule("it", HOLD[key])), facts, lists=frozenset({"vip_buyers"})).fired == ("it",)


def test_every_field_is_among_those_that_are_read() -> None:
    """No word of the vocabulary is left without a value; the catalogue's are its columns."""
    stated = {key for key, field in vocabulary({}).items() if field.column is None}
    assert stated == {key for key in HOLD if not key.startswith("lists.")}


def test_columns_are_read_under_the_name_of_whom_they_are_about() -> None:
    """What the feature vector holds is what the rule sees; a missing one meets no comparison."""
    policy = policy_with(
        rule("many", "buyer.orders_365d > 10"),
        rule("few", "buyer.orders_365d <= 10"),
        rule("late", "merchant.late_share_30d > 0.5 && has(merchant.claim_rate_30d)"),
        rule("unknown", "!has(buyer.orders_365d)"),
    )
    vector = vector_of(buyer_orders_365d=11, merchant_late_share_30d=0.75, merchant_claim_rate_30d=0.1)
    assert fired(policy, vector=vector).fired == ("many", "late")
    assert fired(policy, vector=vector_of(buyer_orders_365d=10)).fired == ("few",)
    assert fired(policy).fired == ("unknown",)


def test_rule_that_asks_history_fails_where_history_cant_be_reached() -> None:
    """Then a person decides; rules that need none fire all the same."""
    policy = policy_with(rule("known", "claim.quantity == 1"), rule("asks", "buyer.claims_ever > 3 || true"))
    effects = fired(policy, vector=None)
    assert (effects.fired, effects.failed) == (("known",), ("asks",))
    assert decide(facts_of(), 0.0, policy, effects=effects).cause == "rule_failed"


def test_rule_that_cant_be_computed_fails() -> None:
    """A division by nothing is no answer, and no answer leads to a person."""
    policy = policy_with(rule("each", "claim.amount_minor / claim.quantity > 100", platform_bears=True))
    assert fired(policy).fired == ("each",)
    broken = fired(policy, facts_of(quantity=0))
    assert (broken.fired, broken.failed, broken.borne_by) == ((), ("each",), None)


def test_nothing_fires_where_the_probability_is_unknown() -> None:
    """A degraded service sends all to a person; no rule has a say."""
    assert fired(policy_with(rule("all", "true", force="auto_approve")), abuse_probability=None) == NO_EFFECTS


@pytest.mark.parametrize(("zone", "begin"), [("Asia/Shanghai", "2024-12-31T16:00Z"), ("UTC", "2025-01-01T00:00Z")])
def test_rule_holds_from_the_beginning_of_its_day_in_the_policys_zone(zone: str, begin: str) -> None:
    """A rule of the first of January begins at midnight where the policy is."""
    begin_ms = int(dt.datetime.fromisoformat(begin).timestamp() * 1000)
    policy = policy_with(rule("new", "true", date="2025-01-01"), time_zone=zone)
    assert fired(policy, facts_of(as_of_ms=begin_ms - 1)).fired == ()
    assert fired(policy, facts_of(as_of_ms=begin_ms)).fired == ("new",)


def test_first_force_wins_and_forbids_add_up() -> None:
    """Of two forced actions the higher priority's; each forbidden one with the first rule that says so."""
    policy = policy_with(
        rule("approve", "true", force="auto_approve", priority=1),
        rule("review", "true", force="manual_review", priority=2),
        rule("no_advance", "true", forbid="pre_payment_compensation", priority=3),
        rule("no_machine", "true", forbid=["pre_payment_compensation", "auto_approve"], priority=0),
    )
    effects = fired(policy)
    assert effects.fired == ("no_advance", "review", "approve", "no_machine")
    assert effects.forced == ("manual_review", "review")
    assert effects.forbidden == {"pre_payment_compensation": "no_advance", "auto_approve": "no_machine"}


def test_forced_action_is_not_forbidden_by_a_lower_rule() -> None:
    """Priority counts between forcing and forbidding too, both ways."""
    force, forbid = {"force": "pre_payment_compensation"}, {"forbid": "pre_payment_compensation"}
    above = fired(policy_with(rule("a", "true", priority=2, **force), rule("b", "true", priority=1, **forbid)))
    assert (above.forced, above.forbidden) == (("pre_payment_compensation", "a"), {})
    below = fired(
        policy_with(
            rule("a", "true", priority=2, **forbid),
            rule("b", "true", priority=1, **force),
            rule("c", "true", priority=0, force="manual_review"),
        )
    )
    assert (below.forced, below.forbidden) == (("manual_review", "c"), {"pre_payment_compensation": "a"})


def test_reasons_add_up_and_of_entitlements_the_first_wins() -> None:
    """What several rules say is all told; what they set is set once."""
    policy = policy_with(
        rule("one", "true", reason=TEXTS, entitlements={"prepaid_label": True}, priority=2),
        rule("two", "true", reason=TEXTS, entitlements={"prepaid_label": False, "window_days": 30}, priority=1),
    )
    effects = fired(policy)
    assert effects.reasons == (RuleReason("one", TEXTS), RuleReason("two", TEXTS))
    assert effects.entitlements == {"prepaid_label": True, "window_days": 30}


def test_compiled_rules_say_what_must_be_found_out_for_them() -> None:
    """Costs, lists and history are looked up only where a rule asks."""
    plain = compile_rules(policy_with(rule("plain", "claim.quantity > 1")))
    assert (plain.asks_costs, plain.asks_history, plain.lists) == (False, False, {})
    curious = compile_rules(policy_with(rule("all", "lists.bad_goods && ring.size > 2 && costs.auto_approve > 1.0")))
    assert (curious.asks_costs, curious.asks_history, curious.lists) == (True, True, {"bad_goods": "product"})


def test_rules_are_compiled_once_for_a_policy() -> None:
    """Two policies never share what was compiled, even where one replaces the other."""
    policy = policy_with(rule("one", "claim.quantity == 1"))
    assert compile_rules(policy) is compile_rules(policy)
    other = policy.model_copy(update={"rules": policy_with(rule("two", "claim.quantity == 1")).rules})
    assert fired(other).fired == ("two",)
    assert fired(policy).fired == ("one",)


def test_list_counts_only_under_its_name() -> None:
    """A claim that is on one list is on no other."""
    policy = policy_with(*(rule(name, f"lists.{name}") for name in LISTS))
    assert fired(policy, lists=frozenset({"bad_goods"})).fired == ("bad_goods",)


# --- the shipped policy

SHIPPED = {
    "blocked_evidence": ({}, {}, {"blocked_evidence"}, 0.0, "manual_review"),
    "unsafe_goods": ({"reason": "counterfeit", "amount_minor": 5_001}, {}, set(), 0.0, "manual_review"),
    "picture_of_another_buyer": ({}, {"claim_pictures_of_others": 1}, set(), 0.0, "manual_review"),
    "new_account_large_claim": (
        {"amount_minor": 30_001},
        {"buyer_claims_ever": 0, "buyer_orders_ever": 1},
        set(),
        0.0,
        "manual_review",
    ),
    "high_standing_negotiates": ({}, {"merchant_mean_rating_90d": 4.9}, set(), 0.0, "manual_review"),
    "trusted_merchant_advance": ({}, {}, {"trusted_merchants"}, 0.05, "pre_payment_compensation"),
    "vip_small_claims": ({}, {}, {"vip_buyers"}, 0.0, "auto_approve"),
}


@pytest.mark.parametrize("number", SHIPPED)
def test_rule_of_the_shipped_policy_fires_on_its_claim(number: str) -> None:
    """Each of the shipped rules does what its comment says, on a claim without an authority."""
    changes, columns, lists, abuse, action = SHIPPED[number]
    policy = read_policy(default_policy_path())
    facts = facts_of(as_of_ms=NOW_MS + 500 * DAY_MS, order_delivered_at_ms=NOW_MS + 498 * DAY_MS, **changes)
    effects = fired(policy, facts, vector=vector_of(**columns), lists=frozenset(lists), abuse_probability=abuse)
    assert effects.fired == (number,)
    decision = decide(facts, abuse, policy, effects=effects)
    assert decision.action == action
    assert decision.charged_to != "merchant"


def test_shipped_policy_is_all_tried() -> None:
    """No rule comes with the package that no test has seen at work."""
    assert {each.id for each in read_policy(default_policy_path()).rules} == set(SHIPPED)


@pytest.mark.parametrize(
    ("when", "hangs"),
    [
        ("claim.amount_minor > 10", False),
        ("claim.amount_minor > 10 && probabilities.abuse < 0.2", True),
        ("claim.amount_minor > 9000 && probabilities.abuse < 0.2", False),
        ("probabilities.abuse < 0.2 && claim.amount_minor > 9000", False),
        ("claim.amount_minor > 10 || costs.auto_approve > 5.0", False),
        ("claim.amount_minor > 9000 || costs.auto_approve > 5.0", True),
        ("probabilities.recovery < 0.5", True),
        ("has(probabilities.abuse)", True),
        ("buyer.mean_rating_ever > 3.0 || probabilities.abuse > 0.2", True),
        ("probabilities.abuse > 0.2 || buyer.mean_rating_ever > 3.0", True),
        ("lists.vip_buyers && probabilities.abuse < 0.2", False),
    ],
)
def test_rules_before_models_say_what_they_do_whatever_a_model_says_or_that_they_cannot_tell(when: str, hangs: bool):
    """Effects of which none failed are the same under every probability; where a rule hangs on one, it has failed."""
    policy = policy_with(rule("r", when, platform_bears=True), rule("s", "claim.amount_minor > 10", priority=-1))
    before = fire(
        before_models(compile_rules(policy)),
        facts_of(),
        vector_of(),
        abuse_probability=0.0,
        recovery_probability=0.0,
        costs={},
    )
    assert bool(before.failed) == hangs
    if not hangs:
        for probability in (0.0, 0.1, 0.3, 1.0):
            assert fired(policy, abuse_probability=probability, recovery_probability=1 - probability) == before
