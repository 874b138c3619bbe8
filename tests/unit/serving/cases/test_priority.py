"""Who costs more by waiting comes earlier, nobody waits for ever, and arms are drawn as the policy says."""

from collections import Counter
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.cases.priority import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, draw_reasons_arm, find_clocks
from serving.cases.words import CASE_KINDS
from serving.policy import Policy, default_policy_path, read_policy

OPENED = 1_767_225_600_000
BASE = read_policy(default_policy_path())
TARGET = BASE.review.target_minutes * MS_PER_MINUTE
LIMIT = BASE.review.limit_hours * MS_PER_HOUR


def policy_of(delay_minor: int = 400, **review: object) -> Policy:
    """The shipped policy with another delay cost, and one that is four times as much for fresh goods."""
    told = BASE.model_dump()
    return Policy.model_validate(
        {
            **told,
            "costs": {**told["costs"], "delay_cost_minor": delay_minor},
            "review": {**told["review"], **review},
            "categories": {"fresh": {"costs": {"delay_cost_minor": 4 * delay_minor}}},
        }
    )


def due_of(policy: Policy, probability: float | None, category: str | None = None) -> int:
    return find_clocks(policy, "review", category, probability, OPENED).due_ms - OPENED


@pytest.mark.parametrize(
    ("probability", "category", "due"),
    [(None, None, TARGET), (0.0, None, TARGET), (0.5, None, 2 * TARGET), (0.5, "fresh", TARGET // 2)],
)
def test_turn_follows_what_waiting_costs(probability, category, due):
    """Twice the cost is due in half the time; of whom nothing is known, it is believed that they wait in earnest."""
    assert due_of(policy_of(), probability, category) == due


@pytest.mark.parametrize(
    ("probability", "category", "delay_minor", "due"),
    [(0.0, "fresh", 400, TARGET // 4), (0.999, None, 400, LIMIT), (1.0, None, 400, LIMIT), (0.0, None, 0, LIMIT)],
)
def test_turn_stays_between_a_quarter_of_the_target_and_the_limit(probability, category, delay_minor, due):
    """Nothing overtakes for ever, and what costs nothing by waiting is still answered."""
    assert due_of(policy_of(delay_minor), probability, category) == due


def test_audit_keeps_nobody_waiting():
    """It costs nothing by waiting, and is due when the policy wants it answered."""
    clocks = find_clocks(policy_of(), "audit", "fresh", 0.0, OPENED)
    answered = OPENED + BASE.audit.answer_days * MS_PER_DAY
    assert (clocks.waiting_cost_minor, clocks.target_ms, clocks.limit_ms, clocks.due_ms) == (0.0, *[answered] * 3)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=2).map(sorted),
    st.integers(0, 10**9),
    st.sampled_from(["fresh", None]),
    st.sampled_from([kind for kind in CASE_KINDS if kind != "audit"]),
)
def test_less_suspicion_is_never_due_later(probabilities, delay_minor, category, kind):
    """Whatever the costs: who is more likely honest waits no longer, and every turn lies within its bounds."""
    policy = policy_of(delay_minor)
    first, second = (find_clocks(policy, kind, category, each, OPENED) for each in probabilities)
    assert OPENED + TARGET // 4 <= first.due_ms <= second.due_ms <= first.limit_ms == OPENED + LIMIT
    assert first.waiting_cost_minor >= second.waiting_cost_minor >= 0


def test_arms_are_drawn_with_the_policys_shares():
    """Within four standard errors on 20,000 claims, and apart for each kind of case."""
    policy = policy_of(reasons_after_look_share=0.2, reasons_never_share=0.1)
    drawn = 20_000
    arms = {kind: [draw_reasons_arm(policy, f"C{n}", kind) for n in range(drawn)] for kind in ("review", "gold")}
    for of_kind in arms.values():
        counts = Counter(of_kind)
        for arm, share in {"first": 0.7, "after_look": 0.2, "never": 0.1}.items():
            assert abs(counts[arm] / drawn - share) < 4 * sqrt(share * (1 - share) / drawn)
    together = sum(a == b == "never" for a, b in zip(*arms.values(), strict=True)) / drawn
    assert abs(together - 0.01) < 4 * sqrt(0.01 * 0.99 / drawn)


def test_arm_is_the_same_each_time_and_the_seeds_own():
    """A draw can be made again by who has the seed, and another seed draws anew."""
    policy = policy_of(reasons_after_look_share=0.4, reasons_never_share=0.3)
    other = policy.model_copy(update={"audit": policy.audit.model_copy(update={"seed": "another"})})
    claims = [f"C{number}" for number in range(200)]
    draw = [draw_reasons_arm(policy, claim, "review") for claim in claims]
    assert draw == [draw_reasons_arm(policy, claim, "review") for claim in claims]
    assert draw != [draw_reasons_arm(other, claim, "review") for claim in claims]


@pytest.mark.parametrize(
    ("after_look", "never", "arm"), [(0.0, 0.0, "first"), (1.0, 0.0, "after_look"), (0, 1, "never")]
)
def test_share_of_all_or_none_leaves_nothing_to_chance(after_look, never, arm):
    """Without shares all cases show their reasons at once."""
    policy = policy_of(reasons_after_look_share=after_look, reasons_never_share=float(never))
    assert {draw_reasons_arm(policy, f"C{number}", "review") for number in range(500)} == {arm}
