"""Decisions on many claims at once are the service's own, one by one."""

import numpy as np
import pytest

from serving.decision import (
    NO_EFFECTS,
    PREFERENCE,
    Case,
    ClaimFacts,
    Decision,
    RecordedAuthority,
    RuleEffects,
    decide,
)
from serving.decision.outcomes import ADVANCE, APPROVE, REVIEW
from serving.policy import Policy
from tests.unit.training.tuning.drawn_claims import drawn, policy_with
from training.tuning import claims as claims_module
from training.tuning.claims import TuningClaims, as_claims
from training.tuning.many import decide_many, expected_costs_of

COUNT = 400


def some_effects(random: np.random.Generator) -> RuleEffects:
    """What rules may ask for, mostly nothing."""
    return RuleEffects(
        failed=("f",) if random.random() < 0.05 else (),
        forced=(PREFERENCE[random.integers(3)], "r") if random.random() < 0.2 else None,
        forbidden={PREFERENCE[random.integers(1, 3)]: "r"} if random.random() < 0.2 else {},
        borne_by="r" if random.random() < 0.2 else None,
    )


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Case], dict[str, RuleEffects]]:
    """Claims of all sorts, and what rules ask for each; `judge` finds just these."""
    random = np.random.default_rng(5)
    cases, effects = [], {}
    for number in range(COUNT):
        facts = ClaimFacts(
            claim_id=f"C{number}",
            amount_minor=int(random.integers(0, 40) ** 3),
            claim_type=str(random.choice(["refund_only", "return_refund"])),
            as_of_ms=1_735_689_600_000 + number,
            category_id=str(random.choice(["", "jewels", "food"])),
            order_delivered_at_ms=1_735_000_000_000 if random.random() < 0.5 else None,
            authority=RecordedAuthority("consent", "agreement") if random.random() < 0.4 else None,
            human_requested=bool(random.random() < 0.05),
        )
        probability = None if random.random() < 0.05 else float(random.beta(0.4, 2.0))
        recovery = float(random.random()) if random.random() < 0.5 else None
        cases.append(Case(facts=facts, vector=None, abuse_probability=probability, recovery_probability=recovery))
        effects[facts.claim_id] = some_effects(random)

    def judge(case: Case, policy: Policy) -> Decision:
        return decide_one(case, policy, effects[case.facts.claim_id])

    monkeypatch.setattr(claims_module, "judge", judge)
    return cases, effects


def decide_one(case: Case, policy: Policy, effects: RuleEffects = NO_EFFECTS) -> Decision:
    return decide(case.facts, case.abuse_probability, policy, case.recovery_probability, effects=effects)


def arrays(cases: list[Case], policy: Policy) -> TuningClaims:
    return as_claims(cases, policy, np.arange(len(cases)), np.zeros(len(cases)), np.ones(len(cases)))


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"actions": {"auto_approve_up_to_minor": 4_000, "platform_bears_up_to_minor": 9_000}},
        {"actions": {"pre_payment_compensation_up_to_minor": 500}, "review": {"lowest_price_minor": 700}},
        {"actions": {"platform_bears_up_to_minor": 0}, "costs": {"merchant_loss_weight": 0.2}},
        {
            "categories": {
                "jewels": {"actions": {"auto_approve_up_to_minor": 2_000}, "costs": {"delay_cost_minor": 3_000}},
                "food": {"statutory_return": False, "actions": {"platform_bears_up_to_minor": 30_000}},
            }
        },
        {"authorities": {"kinds": ["statutory_right"]}, "recovery": {"default_probability": 0.1}},
    ],
)
def test_actions_on_many_claims_are_those_on_each(
    judged: tuple[list[Case], dict[str, RuleEffects]], tables: dict
) -> None:
    """With whatever rules ask for, whoever may be charged, and whatever is searched."""
    cases, effects = judged
    policy = policy_with(**tables)
    done = decide_many(arrays(cases, policy), policy)
    each = [decide_one(case, policy, effects[case.facts.claim_id]) for case in cases]
    assert [PREFERENCE[code] for code in done.action] == [decision.action for decision in each]
    charged = (done.action == APPROVE) & done.charged
    assert charged.tolist() == [decision.charged_to == "merchant" for decision in each]
    assert len({decision.action for decision in each}) == 3


def test_expected_costs_of_many_claims_are_those_of_each(judged: tuple[list[Case], dict[str, RuleEffects]]) -> None:
    """To the last bit that matters: they are weighed against one another."""
    cases, effects = judged
    policy = policy_with(review={"lowest_price_minor": 70})
    costs = expected_costs_of(arrays(cases, policy), policy)
    for row, case in enumerate(cases):
        if case.abuse_probability is not None:
            decision = decide_one(case, policy, effects[case.facts.claim_id])
            expected = [cost.expected_cost_minor for cost in decision.costs]
            assert costs[:, row].tolist() == pytest.approx(expected, rel=1e-12, abs=1e-9)


def reviewed(policy: Policy, capacity: str) -> list[int]:
    """Of six claims, all worth a review if it is free, the dearer the more so, those that get one; the last may only be
    decided by a person, and the one before it came another day.
    """
    claims = drawn(
        6,
        day=[0, 0, 0, 0, 1, 0],
        probability=0.5,
        amount_minor=[15_000, 18_000, 27_000, 24_000, 15_000, 3_000],
        only_person=np.array([0, 0, 0, 0, 0, 1], dtype=bool),
    )
    return np.flatnonzero(decide_many(claims, policy, capacity).action == REVIEW).tolist()


def test_capacity_none_reviews_all_that_are_worth_it() -> None:
    """Whoever asks what a policy wants is told, however many that is."""
    assert reviewed(policy_with(review={"capacity_per_day": 3}), "none") == [0, 1, 2, 3, 4, 5]


def test_capacity_by_price_keeps_the_dearest_of_each_day() -> None:
    """Three places: one is the person's own, two go to the largest claims; the other day has room for its one."""
    assert reviewed(policy_with(review={"capacity_per_day": 3}), "price") == [2, 3, 4, 5]


def test_capacity_by_price_reviews_what_is_above_the_highest_whatever_comes() -> None:
    """The queue grows rather than that the dearest mistakes pass."""
    policy = policy_with(review={"capacity_per_day": 1, "highest_price_minor": 0})
    assert reviewed(policy, "price") == [0, 1, 2, 3, 4, 5]


def test_capacity_first_come_keeps_the_first_of_each_day() -> None:
    """And whoever needs a person gets one, even when the day is full."""
    assert reviewed(policy_with(review={"capacity_per_day": 2}), "first_come") == [0, 1, 4, 5]


def test_actions_of_equal_cost_lean_towards_a_person() -> None:
    """As one by one: where a review costs just what an approval does, it is the review."""
    policy = policy_with(
        costs={
            "review_cost_minor": 500,
            "delay_cost_minor": 0,
            "wrongful_denial_cost_minor": 0,
            "merchant_loss_weight": 1,
        },
        review={"sensitivity": 1.0},
    )
    assert decide_many(drawn(1, probability=0.5, amount_minor=1_000), policy).action.tolist() == [REVIEW]


def test_claim_without_a_place_gets_the_next_best_action_that_it_may_have() -> None:
    """Not an approval where nobody may be charged, but an advance."""
    claims = drawn(2, probability=0.5, amount_minor=30_000, authorised=False)
    done = decide_many(claims, policy_with(review={"capacity_per_day": 1}), "first_come")
    assert done.action.tolist() == [REVIEW, ADVANCE]
