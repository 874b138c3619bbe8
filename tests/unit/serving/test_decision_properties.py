"""What holds of every decision, whatever the claim and the policy."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.decision import (
    NO_EFFECTS,
    PREFERENCE,
    ActionCosts,
    ClaimFacts,
    Decision,
    RecordedAuthority,
    RuleEffects,
    compile_rules,
    decide,
    expected_costs,
    find_authority,
    fire,
)
from serving.policy import Policy

# no calibration claims more certainty than 1 in 10^9; closer to the ends, rounding alone would decide
probabilities = st.floats(0, 1).map(lambda probability: round(probability, 9))
amounts = st.integers(0, 200) | st.integers(0, 100_000) | st.integers(0, 10**12)
KINDS = ("consent", "statutory_right", "platform_rule", "adjudication")
DAY_MS = 86_400_000
GRID = [step / 200 for step in range(201)]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    costs = {key: draw(amounts) for key in ("review_cost_minor", "delay_cost_minor", "advance_fee_minor")}
    content: dict[str, Any] = {
        "currency": "CNY",
        "time_zone": "Asia/Shanghai",
        "costs": {
            **costs,
            "wrongful_denial_cost_minor": draw(amounts),
            "merchant_loss_weight": draw(st.sampled_from([0.0, 1.0, 1.5]) | st.floats(0, 1000)),
        },
        "review": {
            "sensitivity": draw(probabilities),
            "specificity": draw(probabilities),
        },
        "recovery": {"default_probability": draw(probabilities)},
        "authorities": {
            "kinds": draw(st.lists(st.sampled_from(KINDS))),
            "statutory_return_days": draw(st.integers(0, 30)),
            "statutory_return_reference": "the law",
        },
        "actions": {
            "auto_approve_up_to_minor": draw(amounts),
            "pre_payment_compensation_up_to_minor": draw(amounts),
            "platform_bears_up_to_minor": draw(amounts),
        },
    }
    return Policy.model_validate(content)


@st.composite
def claims(draw: st.DrawFn) -> ClaimFacts:
    as_of_ms = 1_772_000_000_000
    recorded = st.builds(RecordedAuthority, st.sampled_from(KINDS), st.just("a record"))
    return ClaimFacts(
        amount_minor=draw(amounts),
        claim_type=draw(st.sampled_from(["refund_only", "return_refund", "exchange", "repair"])),
        as_of_ms=as_of_ms,
        order_delivered_at_ms=draw(st.none() | st.integers(-1, 40 * DAY_MS).map(lambda ago: as_of_ms - ago)),
        authority=draw(st.none() | recorded),
        human_requested=draw(st.sampled_from([False, False, False, True])),
    )


maybe = st.none() | probabilities
free_claims = claims().filter(lambda facts: not facts.human_requested)


@given(claims(), maybe, policies(), maybe)
def test_merchant_is_never_charged_without_an_authority(
    facts: ClaimFacts, abuse: float | None, policy: Policy, recovery: float | None
) -> None:
    """The authority guard: who charges a merchant names what entitles them, and the policy takes it."""
    decision = decide(facts, abuse, policy, recovery)
    assert (decision.charged_to == "merchant") == (decision.authority is not None)
    if decision.authority is not None:
        assert decision.authority == find_authority(facts, policy)
        assert decision.authority.kind in policy.authorities.kinds
    if decision.action == "auto_approve" and decision.charged_to == "platform":
        assert facts.amount_minor <= policy.actions.platform_bears_up_to_minor


@given(claims(), maybe, policies(), maybe)
def test_person_is_always_available(
    facts: ClaimFacts, abuse: float | None, policy: Policy, recovery: float | None
) -> None:
    """Whatever the claim and the policy, it may go to a person; and what was chosen was available."""
    decision = decide(facts, abuse, policy, recovery)
    available = {cost.action for cost in decision.costs if cost.available}
    assert "manual_review" in available
    assert decision.action in available
    assert decision.runner_up in {None} | (available - {decision.action})
    assert [cost.action for cost in decision.costs] == list(PREFERENCE)


@given(free_claims, probabilities, policies(), maybe)
def test_action_is_the_cheapest_available(
    facts: ClaimFacts, abuse: float, policy: Policy, recovery: float | None
) -> None:
    """Unless forced, the least expected cost wins, ties towards a person; the runner-up is the next."""
    decision = decide(facts, abuse, policy, recovery)
    costs = [cost for cost in decision.costs if cost.available]
    ranked = sorted(costs, key=lambda cost: (cost.expected_cost_minor, PREFERENCE.index(cost.action)))
    assert decision.action == ranked[0].action
    assert decision.runner_up == (ranked[1].action if len(ranked) > 1 else None)
    assert (decision.cause, decision.degraded) == ("least_cost", False)


@given(claims(), maybe, policies(), maybe)
def test_forced_claims_go_to_a_person(
    facts: ClaimFacts, abuse: float | None, policy: Policy, recovery: float | None
) -> None:
    """Asked for, or not to be judged: a person decides."""
    decision = decide(facts, abuse, policy, recovery)
    if facts.human_requested or abuse is None:
        assert decision.action == "manual_review"
        assert decision.cause != "least_cost"


@st.composite
def effects_of_rules(draw: st.DrawFn) -> RuleEffects:
    """Whatever rules could ask for, sensible or not."""
    forced = draw(st.none() | st.sampled_from(PREFERENCE))
    return RuleEffects(
        fired=("a",),
        failed=draw(st.sampled_from([(), (), (), ("b",)])),
        forced=None if forced is None else (forced, "a"),
        forbidden=dict.fromkeys(draw(st.sets(st.sampled_from(["auto_approve", "pre_payment_compensation"]))), "a"),
        borne_by=draw(st.none() | st.just("a")),
    )


def assert_nobody_is_wronged(
    facts: ClaimFacts, abuse: float | None, policy: Policy, effects: RuleEffects, decision: Decision
) -> None:
    """What stands above every rule."""
    if decision.charged_to == "merchant":
        assert decision.authority is not None
        assert decision.authority == find_authority(facts, policy)
    if facts.human_requested or abuse is None or effects.failed:
        assert decision.action == "manual_review"
        assert [cost.action for cost in decision.costs if cost.available] == ["manual_review"]
        assert decision.charged_to is None
    limits = policy.actions
    if decision.action == "auto_approve":
        assert facts.amount_minor <= limits.auto_approve_up_to_minor
    if decision.action == "pre_payment_compensation":
        assert facts.amount_minor <= limits.pre_payment_compensation_up_to_minor
    assert decision.action not in effects.forbidden


@given(claims(), maybe, policies(), maybe, effects_of_rules())
def test_no_rule_charges_a_merchant_nor_keeps_a_claim_from_a_person(
    facts: ClaimFacts, abuse: float | None, policy: Policy, recovery: float | None, effects: RuleEffects
) -> None:
    """Whatever rules ask for: no charge without an authority, and a person where one is asked for or nobody knows."""
    decision = decide(facts, abuse, policy, recovery, effects=effects)
    assert_nobody_is_wronged(facts, abuse, policy, effects, decision)


CONDITIONS = (
    "true",
    "claim.amount_minor > 1000",
    "order.delivered && order.days_since_delivery < 7.0",
    "1000 / claim.amount_minor > 3",
    "buyer.claims_ever > 2",
    "probabilities.abuse < 0.5",
    "costs.auto_approve < costs.manual_review",
    "lists.vip",
)
thens = st.fixed_dictionaries(
    {"platform_bears": st.just(value=True)},
    optional={
        "force": st.sampled_from(PREFERENCE),
        "forbid": st.sets(st.sampled_from(["auto_approve", "pre_payment_compensation"])).map(sorted),
    },
).filter(lambda then: then.get("force") not in then.get("forbid", []))
rules = st.lists(st.tuples(st.sampled_from(CONDITIONS), thens, st.integers(0, 2)), max_size=4)


def with_rules(policy: Policy, drawn: list[tuple[str, dict[str, Any], int]]) -> Policy:
    written = [
        {"id": f"rule_{number}", "date": "2026-01-01", "priority": priority, "when": when, "then": then}
        for number, (when, then, priority) in enumerate(drawn)
    ]
    return Policy.model_validate({**policy.model_dump(), "lists": {"vip": "buyer"}, "rules": written})


@given(claims(), maybe, policies(), rules, st.booleans(), st.booleans())
def test_rules_that_fire_leave_the_guard_as_it_is(
    facts: ClaimFacts,
    abuse: float | None,
    policy: Policy,
    drawn: list[tuple[str, dict[str, Any], int]],
    listed: bool,
    history: bool,
) -> None:
    """The same with rules from a policy, fired on the claim; a forced action is taken or wasn't possible."""
    policy = with_rules(policy, drawn)
    recovery = policy.recovery.default_probability
    costs = expected_costs(
        policy,
        amount_minor=facts.amount_minor,
        abuse_probability=abuse or 0.0,
        recovery_probability=recovery,
        loss_weight=policy.costs.merchant_loss_weight,
    )
    effects = fire(
        compile_rules(policy),
        facts,
        np.arange(300.0) if history else None,
        abuse_probability=abuse,
        recovery_probability=recovery,
        costs=costs,
        lists=frozenset({"vip"} if listed else ()),
    )
    decision = decide(facts, abuse, policy, effects=effects)
    assert_nobody_is_wronged(facts, abuse, policy, effects, decision)
    assert abuse is not None or effects == NO_EFFECTS
    assert set(effects.forbidden).isdisjoint({effects.forced[0]} if effects.forced else ())
    if effects.forced is not None and decision.action != effects.forced[0]:
        assert not next(cost for cost in decision.costs if cost.action == effects.forced[0]).available


def costs_at(facts: ClaimFacts, policy: Policy, recovery: float | None, abuse: float) -> tuple[Decision, ActionCosts]:
    decision = decide(facts, abuse, policy, recovery)
    costs = {cost.action: cost.expected_cost_minor for cost in decision.costs if cost.available}
    return decision, {action: cost for action, cost in costs.items() if cost is not None}


@given(free_claims, probabilities, policies(), maybe)
def test_action_changes_where_it_says_and_nowhere_nearer(
    facts: ClaimFacts, abuse: float, policy: Policy, recovery: float | None
) -> None:
    """Against a fine grid: between the two points the action is the cheapest, beyond them another one is."""
    decision = decide(facts, abuse, policy, recovery)
    below, above = decision.action_changes_at
    assert below is None or 0 <= below <= abuse
    assert above is None or abuse <= above <= 1
    for step in GRID:
        _, costs = costs_at(facts, policy, recovery, step)
        slack = 1e-9 * (1 + max(costs.values()))
        others = [cost for action, cost in costs.items() if action != decision.action]
        own = costs[decision.action]
        if (below is not None and step < below) or (above is not None and step > above):
            assert min(others) <= own + slack
        else:
            assert all(own <= other + slack for other in others)


@given(free_claims, probabilities, policies(), maybe)
def test_action_at_a_change_costs_as_much_as_another(
    facts: ClaimFacts, abuse: float, policy: Policy, recovery: float | None
) -> None:
    """A change is a crossing: there, the action and another one cost the same."""
    decision = decide(facts, abuse, policy, recovery)
    for change in decision.action_changes_at:
        if change is None:
            continue
        _, costs = costs_at(facts, policy, recovery, change)
        own = costs.pop(decision.action)
        # a crossing is as exact as the ends of the lines that cross, however low they are where they meet
        ends = [cost for end in (0.0, 1.0) for cost in costs_at(facts, policy, recovery, end)[1].values()]
        assert min(abs(own - other) for other in costs.values()) <= 1e-9 * (1 + max(ends))
