"""Single decisions, each with the rule that it shows."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from features.events import ACTIONS
from serving.decision import (
    PREFERENCE,
    Action,
    ActionCost,
    Authority,
    ClaimFacts,
    Decision,
    RecordedAuthority,
    decide,
    expected_costs,
    find_authority,
)
from serving.policy import Policy, default_policy_path, read_policy

DELIVERED_MS = 1_772_000_000_000
DAY_MS = 86_400_000
POLICY = read_policy(default_policy_path())
CONSENT = RecordedAuthority("consent", "merchant agreement 17")
# 50 yuan, refund-only, a day after delivery: above what the platform bears itself.
CLAIM = ClaimFacts(
    amount_minor=5000,
    claim_type="refund_only",
    as_of_ms=DELIVERED_MS + DAY_MS,
    order_delivered_at_ms=DELIVERED_MS,
)


def changed(table: str, **values: Any) -> Policy:
    """The default policy with some values of one table changed, checked as a file's would be."""
    content = POLICY.model_dump()
    content[table].update(values)
    return Policy.model_validate(content)


def cost_of(decision: Decision, action: Action) -> ActionCost:
    (cost,) = (each for each in decision.costs if each.action == action)
    return cost


def test_actions_are_those_of_the_events() -> None:
    """What is decided is what is recorded."""
    assert set(get_args(Action)) == set(ACTIONS) == set(PREFERENCE)


def test_expected_costs_follow_the_formulas() -> None:
    """Worked by hand from the design's formulas with round numbers."""
    policy = Policy.model_validate(
        {
            **POLICY.model_dump(),
            "costs": {
                "review_cost_minor": 100,
                "delay_cost_minor": 40,
                "advance_fee_minor": 7,
                "wrongful_denial_cost_minor": 1000,
                "merchant_loss_weight": 2.0,
            },
            "review": {"sensitivity": 0.75, "specificity": 0.5},
        }
    )
    costs = expected_costs(
        policy,
        amount_minor=800,
        abuse_probability=0.25,
        recovery_probability=0.5,
        loss_weight=2.0,
        capacity_price_minor=11,
    )
    assert costs == {
        "auto_approve": 0.25 * 800 * 2,
        "pre_payment_compensation": 0.25 * 800 + 0.75 * 0.5 * 800 + 7,
        "manual_review": 100 + 11 + 0.75 * 40 + 0.25 * 0.25 * 800 + 0.75 * 0.5 * 1000,
    }


def test_low_risk_with_authority_is_approved_and_charged_to_the_merchant_under_it() -> None:
    """The merchant is charged, and the decision names what entitles the platform to do so."""
    decision = decide(replace(CLAIM, authority=CONSENT), 0.02, POLICY)
    assert (decision.action, decision.cause) == ("auto_approve", "least_cost")
    assert (decision.charged_to, decision.authority) == ("merchant", Authority("consent", "merchant agreement 17"))
    assert cost_of(decision, "auto_approve") == ActionCost(
        "auto_approve", pytest.approx(0.02 * 5000 * 1.5), True, "authority_on_record"
    )
    assert cost_of(decision, "pre_payment_compensation").why == "authority_on_record"
    assert not cost_of(decision, "pre_payment_compensation").available
    assert decision.runner_up == "manual_review"


def test_low_risk_without_authority_is_never_charged_to_the_merchant() -> None:
    """However low the risk: without authority the platform pays first, or a person decides."""
    decision = decide(CLAIM, 0.0, POLICY, recovery_probability=1.0)
    assert (decision.action, decision.charged_to) == ("pre_payment_compensation", "platform")
    assert decision.authority is None
    auto = cost_of(decision, "auto_approve")
    assert (auto.expected_cost_minor, auto.available, auto.why) == (0.0, False, "no_authority")


def test_high_risk_goes_to_a_person() -> None:
    """No machine refuses a person: risk leads to review."""
    for facts in (CLAIM, replace(CLAIM, authority=CONSENT), replace(CLAIM, amount_minor=900)):
        decision = decide(facts, 0.99, POLICY)
        assert decision.action == "manual_review"
        assert decision.charged_to is None
        assert decision.authority is None


def test_small_claim_without_authority_is_borne_by_the_platform() -> None:
    """Up to the policy's limit the platform pays itself, at the plain weight of its own money."""
    decision = decide(replace(CLAIM, amount_minor=1000), 0.1, POLICY)
    assert (decision.action, decision.charged_to, decision.authority) == ("auto_approve", "platform", None)
    assert cost_of(decision, "auto_approve") == ActionCost("auto_approve", pytest.approx(100.0), True, "platform_bears")
    assert cost_of(decision, "pre_payment_compensation").available


def test_claim_above_the_limit_is_not_borne() -> None:
    """One minor unit more, and it isn't the platform's own choice any more."""
    assert cost_of(decide(replace(CLAIM, amount_minor=1001), 0.1, POLICY), "auto_approve").why == "no_authority"


def test_small_claim_with_authority_is_charged_to_the_merchant() -> None:
    """The platform bears only what nobody else owes."""
    decision = decide(replace(CLAIM, amount_minor=1000, authority=CONSENT), 0.01, POLICY)
    assert decision.charged_to == "merchant"


def test_limit_of_zero_bears_nothing() -> None:
    """A platform that chooses to bear nothing bears no claim of amount zero either."""
    decision = decide(replace(CLAIM, amount_minor=0), 0.1, changed("actions", platform_bears_up_to_minor=0))
    assert cost_of(decision, "auto_approve").why == "no_authority"


def test_amount_of_zero_is_decided() -> None:
    """A repair may cost nothing; approving it costs nothing either."""
    decision = decide(replace(CLAIM, amount_minor=0, authority=CONSENT), 0.7, POLICY)
    assert decision.action == "auto_approve"
    assert cost_of(decision, "auto_approve").expected_cost_minor == 0.0
    assert decision.action_changes_at == (None, None)


def test_unknown_probability_goes_to_a_person_marked_degraded() -> None:
    """Where the service can't judge it never approves, not even what it would bear or may charge."""
    for facts in (CLAIM, replace(CLAIM, amount_minor=0), replace(CLAIM, authority=CONSENT)):
        decision = decide(facts, None, POLICY)
        assert (decision.action, decision.cause, decision.degraded) == ("manual_review", "degraded", True)
        assert [cost.expected_cost_minor for cost in decision.costs] == [None, None, None]
        assert [cost.available for cost in decision.costs if cost.action != "manual_review"] == [False, False]
        assert cost_of(decision, "auto_approve").why == "no_probability"
        assert decision.runner_up is None
        assert decision.action_changes_at == (None, None)


@pytest.mark.parametrize("probability", [0.0, 0.3, None])
def test_buyer_who_asks_for_a_person_gets_one(probability: float | None) -> None:
    """PIPL article 24: a request for a person stands above every cost."""
    decision = decide(replace(CLAIM, authority=CONSENT, human_requested=True), probability, POLICY)
    assert (decision.action, decision.cause) == ("manual_review", "human_requested")
    assert decision.degraded == (probability is None)
    assert cost_of(decision, "auto_approve").why == "forced_human_requested"
    assert not cost_of(decision, "auto_approve").available
    assert (decision.runner_up, decision.action_changes_at) == (None, (None, None))


def test_costs_stand_beside_a_forced_review() -> None:
    """What the actions would have cost stays readable when a person was asked for."""
    forced = decide(replace(CLAIM, amount_minor=900, human_requested=True), 0.1, POLICY)
    free = decide(replace(CLAIM, amount_minor=900), 0.1, POLICY)
    assert [cost.expected_cost_minor for cost in forced.costs] == [cost.expected_cost_minor for cost in free.costs]


def test_recovery_probability_comes_from_the_model_or_the_policy_and_says_which() -> None:
    """A reader can tell a default from a prediction."""
    default, model = decide(CLAIM, 0.1, POLICY), decide(CLAIM, 0.1, POLICY, recovery_probability=0.8)
    assert (default.recovery_probability, default.recovery_source) == (0.8, "policy_default")
    assert (model.recovery_probability, model.recovery_source) == (0.8, "model")
    assert default.costs == model.costs


def test_equal_costs_go_towards_a_person() -> None:
    """Review wins a tie, then paying first, and an approval only by costing less."""
    nothing = {
        "review_cost_minor": 0,
        "delay_cost_minor": 0,
        "advance_fee_minor": 0,
        "wrongful_denial_cost_minor": 0,
        "merchant_loss_weight": 1.0,
    }
    free = changed("costs", **nothing)
    assert decide(replace(CLAIM, amount_minor=0), 0.5, free).action == "manual_review"
    assert decide(replace(CLAIM, amount_minor=0), 0.5, free).runner_up == "pre_payment_compensation"
    dear = changed("costs", **{**nothing, "review_cost_minor": 10_000})
    tie = decide(replace(CLAIM, amount_minor=900), 0.5, dear, recovery_probability=1.0)
    assert (tie.action, tie.runner_up) == ("pre_payment_compensation", "auto_approve")


def test_capacity_price_raises_the_cost_of_a_review() -> None:
    """Where reviewers are scarce a review costs more."""
    busy = cost_of(decide(CLAIM, 0.1, POLICY, capacity_price_minor=250), "manual_review")
    calm = cost_of(decide(CLAIM, 0.1, POLICY), "manual_review")
    assert busy.expected_cost_minor == pytest.approx((calm.expected_cost_minor or 0) + 250)


@pytest.mark.parametrize("probability", [-0.01, 1.01, float("nan"), float("inf")])
def test_number_that_is_no_probability_is_refused(probability: float) -> None:
    """A broken probability is an error of the caller's, and never weighed."""
    with pytest.raises(ValueError, match="from 0 to 1"):
        decide(CLAIM, probability, POLICY)
    with pytest.raises(ValueError, match="from 0 to 1"):
        decide(CLAIM, 0.5, POLICY, recovery_probability=probability)


def test_negative_amount_is_refused() -> None:
    """A claim asks for zero or more."""
    with pytest.raises(ValueError, match="amount_minor"):
        replace(CLAIM, amount_minor=-1)


@pytest.mark.parametrize("kind", ["consent", "statutory_right", "platform_rule", "adjudication"])
def test_recorded_authority_counts_only_if_the_policy_takes_its_kind(kind: Any) -> None:
    """The policy says which authorities count."""
    facts = replace(CLAIM, authority=RecordedAuthority(kind, "record 1"))
    assert find_authority(facts, changed("authorities", kinds=[kind])) == Authority(kind, "record 1")
    others = [other for other in POLICY.authorities.kinds if other != kind]
    assert find_authority(facts, changed("authorities", kinds=others)) is None


RETURN = replace(CLAIM, claim_type="return_refund")
# delivered at 14:13:20 in Shanghai: what is left of that day, and seven more
END_MS = 8 * DAY_MS - (14 * 3600 + 13 * 60 + 20) * 1000


@pytest.mark.parametrize(
    ("elapsed_ms", "covered"),
    [(-1, False), (0, True), (DAY_MS, True), (END_MS - 1, True), (END_MS, False), (90 * DAY_MS, False)],
)
def test_return_within_the_statutory_window_has_the_law(elapsed_ms: int, covered: bool) -> None:
    """Consumer Protection Law, article 25: 7 whole days after the day of delivery, and not before it."""
    found = find_authority(replace(RETURN, as_of_ms=DELIVERED_MS + elapsed_ms), POLICY)
    assert found == (Authority("statutory_right", "Consumer Protection Law, article 25") if covered else None)


@pytest.mark.parametrize("claim_type", ["refund_only", "exchange", "repair"])
def test_statutory_window_covers_returns_only(claim_type: str) -> None:
    """The law gives a right to return, not to keep the goods and the money."""
    assert find_authority(replace(RETURN, claim_type=claim_type), POLICY) is None


def test_return_of_what_never_arrived_has_no_statutory_window() -> None:
    """The window starts with delivery."""
    assert find_authority(replace(RETURN, order_delivered_at_ms=None), POLICY) is None


def test_statutory_window_needs_the_policys_leave() -> None:
    """A platform may ask for a recorded authority instead."""
    assert find_authority(RETURN, changed("authorities", kinds=["consent"])) is None
    at_once = replace(RETURN, as_of_ms=DELIVERED_MS)
    assert find_authority(at_once, changed("authorities", statutory_return_days=0)) is None


@pytest.mark.parametrize("category_id", ["fresh_food", "custom_made", "digital", "periodicals"])
def test_category_that_the_law_leaves_out_has_no_statutory_right(category_id: str) -> None:
    """Article 25 names what it doesn't cover; a recorded authority counts there as anywhere."""
    facts = replace(RETURN, category_id=category_id)
    assert find_authority(facts, POLICY) is None
    assert find_authority(facts, POLICY.for_category(category_id)) is None
    assert find_authority(replace(facts, category_id="apparel"), POLICY.for_category(category_id)) is not None
    assert find_authority(replace(facts, authority=CONSENT), POLICY) == Authority("consent", "merchant agreement 17")


def test_decision_weighs_the_amounts_of_the_claims_category() -> None:
    """A day's wait costs more for fresh food than for anything else, whichever policy of the two is handed on."""
    elsewhere = cost_of(decide(CLAIM, 0.0, POLICY), "manual_review").expected_cost_minor or 0
    food = replace(CLAIM, category_id="fresh_food")
    for policy in (POLICY, POLICY.for_category("fresh_food")):
        assert cost_of(decide(food, 0.0, policy), "manual_review").expected_cost_minor == pytest.approx(elsewhere + 400)


def test_recorded_authority_is_named_before_the_law() -> None:
    """What is on record for this very claim says more than the law for all."""
    assert find_authority(replace(RETURN, authority=CONSENT), POLICY) == Authority("consent", "merchant agreement 17")


def test_recorded_authority_that_doesnt_count_leaves_the_law() -> None:
    """An authority that the policy doesn't take takes nothing away."""
    found = find_authority(replace(RETURN, authority=CONSENT), changed("authorities", kinds=["statutory_right"]))
    assert found is not None
    assert found.kind == "statutory_right"
