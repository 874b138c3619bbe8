"""Freight, labels, numbers and quotas; what rules set; and what holds of every claim's entitlements."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.events import CLAIM_REASONS, CLAIM_TYPES, EARLIEST_MS, LATEST_MS
from features.plan import default_plan
from serving.decision import BuyerHistory, ClaimFacts, Quota
from serving.decision.economics import PREFERENCE, Action
from serving.policy import ENTITLEMENT_SETTINGS, Policy
from tests.unit.serving.entitled import CONSENT, DAY_MS, KNOWN_BUYER, POLICY, RETURN, TRIAL, find, terms


@pytest.mark.parametrize(
    ("change", "history", "payer", "because"),
    [
        ({}, BuyerHistory(20, 6), "buyer", "nothing_agreed"),
        ({}, BuyerHistory(20, 5), "platform", "entitlements.free_returns_per_year"),
        ({"reason": "other"}, BuyerHistory(20, 0), "buyer", "nothing_agreed"),
        ({"claim_type": "exchange"}, BuyerHistory(20, 0), "buyer", "nothing_agreed"),
        ({}, BuyerHistory(1, 6), "platform", "entitlements.first_time_up_to_orders"),
        ({}, BuyerHistory(2, 6), "buyer", "nothing_agreed"),
        ({}, BuyerHistory(0, 6), "buyer", "nothing_agreed"),
        ({}, None, "buyer", "history_missing"),
        ({"reason": "defective", "authority": CONSENT}, None, "merchant", "entitlements.fault_freight_payer"),
        ({"reason": "defective"}, BuyerHistory(20, 6), "platform", "no_authority"),
        ({"claim_type": "repair", "reason": "defective"}, BuyerHistory(20, 6), "platform", "no_authority"),
        ({"claim_type": "refund_only", "reason": "defective", "authority": CONSENT}, KNOWN_BUYER, None, None),
    ],
)
def test_freight_is_paid_by_whom_the_policy_names(
    change: dict[str, Any], history: BuyerHistory | None, payer: str | None, because: str | None
) -> None:
    """Fault first, then the first order, then the quota; else the buyer, as the law has it unless agreed otherwise."""
    found = find(replace(RETURN, **change), history)
    assert (found.freight_payer, found.because.get("freight_payer")) == (payer, because)


def test_freight_at_fault_may_be_the_platforms_by_policy() -> None:
    """A platform may carry it all."""
    found = find(replace(RETURN, reason="damaged", authority=CONSENT), policy=terms(fault_freight_payer="platform"))
    assert (found.freight_payer, found.because["freight_payer"]) == ("platform", "entitlements.fault_freight_payer")


def test_statutory_right_charges_no_freight_to_the_merchant() -> None:
    """The law that lets buyers return lets them pay for it: only an authority on record puts it on the merchant."""
    faulty = replace(RETURN, reason="damaged")
    assert find(faulty).freight_payer == "platform"
    assert find(faulty, freight_payer="merchant").because["freight_payer"] == "no_authority"
    assert find(replace(faulty, authority=CONSENT), freight_payer="merchant").because["freight_payer"] == "rule"
    without = POLICY.model_dump()
    without["authorities"]["kinds"] = ["adjudication"]
    assert find(replace(faulty, authority=CONSENT), policy=Policy.model_validate(without)).freight_payer == "platform"


def test_quota_counts_down_and_never_below_nothing() -> None:
    """What is used is what history counts before this claim; without a history nothing is left."""
    quotas = [find(history=BuyerHistory(9, used)).quota for used in (0, 5, 6, 9)]
    assert quotas == [Quota(6, 0, 6), Quota(6, 5, 1), Quota(6, 6, 0), Quota(6, 9, 0)]
    assert find(history=None).quota == Quota(6, None, 0)
    assert find(replace(RETURN, claim_type="refund_only")).quota is None


def test_label_is_made_where_the_buyer_pays_no_freight() -> None:
    """A label costs what freight costs, so it follows who pays; some goods aren't worth one."""
    free, paid = find(), find(history=BuyerHistory(20, 6))
    assert (free.prepaid_label, free.because["prepaid_label"]) == (True, "entitlements.prepaid_label")
    assert (paid.prepaid_label, paid.because["prepaid_label"]) == (False, "buyer_pays")
    trinket = find(replace(RETURN, category_id="trinkets"))
    assert (trinket.freight_payer, trinket.prepaid_label) == ("platform", False)
    assert trinket.because["prepaid_label"] == "categories.trinkets.entitlements.prepaid_label"


def test_number_and_label_wait_for_the_person_who_decides() -> None:
    """What a person may still refuse isn't sent back yet."""
    reviewed = find(action="manual_review", prepaid_label=True)
    assert (reviewed.prepaid_label, reviewed.because["prepaid_label"]) == (False, "awaits_review")
    assert reviewed.rma_number is None
    assert reviewed.freight_payer == find().freight_payer


def test_number_belongs_to_a_return_and_is_the_claims_own() -> None:
    """Same claim, same number; goods that stay, or a claim without an id, have none."""
    assert find().rma_number == find(action="pre_payment_compensation").rma_number is not None
    assert find(replace(RETURN, claim_id="claim-2")).rma_number != find().rma_number
    assert find(replace(RETURN, claim_type="refund_only")).rma_number is None
    assert find(replace(RETURN, claim_id="")).rma_number is None


def test_refund_only_claim_sends_nothing_back() -> None:
    """No freight, no label, no number, no quota, not by a rule either."""
    found = find(replace(RETURN, claim_type="refund_only"), prepaid_label=True, freight_payer="platform")
    assert (found.freight_payer, found.prepaid_label, found.rma_number, found.quota) == (None, False, None, None)
    assert set(found.because) == {"window", "refund_timing", "refund_routes"}


def test_rule_sets_what_it_names_and_the_answer_says_so() -> None:
    """Settings of rules stand above the policy's terms, one by one."""
    found = find(
        history=BuyerHistory(20, 6),
        p=0.9,
        window_days=60,
        refund_timing="immediate",
        refund_route="bank_transfer",
        freight_payer="platform",
        prepaid_label=False,
    )
    assert found.window.days == 60
    assert (found.refund_timing, found.refund_routes[0]) == ("immediate", "bank_transfer")
    assert (found.freight_payer, found.prepaid_label) == ("platform", False)
    named = ("window", "refund_timing", "refund_routes", "freight_payer", "prepaid_label")
    assert {found.because[name] for name in named} == {"rule"}
    assert find(history=BuyerHistory(20, 6), prepaid_label=True).prepaid_label


def test_every_setting_of_rules_changes_something() -> None:
    """What a rule may name is what is looked at."""
    values = {
        "window_days": 60,
        "refund_timing": "immediate",
        "refund_route": "bank_transfer",
        "freight_payer": "buyer",
        "prepaid_label": False,
    }
    assert set(values) == set(ENTITLEMENT_SETTINGS)
    for name, value in values.items():
        assert find(**{name: value}) != find()


def test_history_is_read_from_the_columns_of_the_catalogue() -> None:
    """The counts come by name from the vector that the service logs; a missing one is no history."""
    names = default_plan().names
    vector = [0.0] * len(names)
    vector[names.index("buyer_orders_ever")] = 3.0
    vector[names.index("buyer_changed_mind_returns_365d")] = 2.0
    assert BuyerHistory.of_vector(names, vector) == BuyerHistory(3, 2)
    vector[names.index("buyer_orders_ever")] = float("nan")
    assert BuyerHistory.of_vector(names, vector) is None


moments = st.none() | st.integers(EARLIEST_MS, LATEST_MS - 1)
any_facts = st.builds(
    ClaimFacts,
    amount_minor=st.integers(0, 10**12),
    claim_type=st.sampled_from([*CLAIM_TYPES, ""]),
    reason=st.sampled_from(CLAIM_REASONS),
    as_of_ms=st.integers(EARLIEST_MS, LATEST_MS - 1),
    claim_id=st.text(max_size=5),
    category_id=st.sampled_from(["", "unheard of", *POLICY.categories]),
    order_paid_at_ms=moments,
    order_delivered_at_ms=moments,
    authority=st.none() | st.just(CONSENT),
)
any_settings = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from(allowed) if isinstance(allowed, tuple) else st.booleans() if allowed is bool else days
        for days in [st.integers(0, 3650)]
        for name, allowed in ENTITLEMENT_SETTINGS.items()
    },
)


@settings(max_examples=60)
@given(
    any_facts,
    st.none() | st.builds(BuyerHistory, st.integers(0, 9), st.integers(0, 9)),
    st.sampled_from([POLICY, TRIAL, POLICY.for_category("fresh_food")]),
    st.none() | st.floats(0, 1),
    st.sampled_from(PREFERENCE),
    any_settings,
)
def test_entitlements_of_any_claim_hold_together(
    facts: ClaimFacts,
    history: BuyerHistory | None,
    policy: Policy,
    p: float | None,
    action: Action,
    settings: dict[str, Any],
) -> None:
    """They are always found; windows close after delivery, and no merchant pays freight without an authority."""
    found = find(facts, history, policy, p=p, action=action, **settings)
    for window in filter(None, (found.window, found.warranty)):
        if window.closes_at_ms is not None and window.opens_at_ms is not None and window.days:
            assert window.closes_at_ms > window.opens_at_ms + (window.days - 1) * DAY_MS
            assert window.within == (facts.as_of_ms < window.closes_at_ms)
        assert window.within or window.days is not None
    assert found.freight_payer != "merchant" or facts.authority is not None
    assert found.rma_number is None or action != "manual_review"
    assert not found.prepaid_label or (found.freight_payer is not None and action != "manual_review")
    if p is None or history is None:
        assert found.refund_timing in ({None, "on_inspection"} if facts.claim_type != "refund_only" else {"immediate"})
    assert all(found.because.values())
