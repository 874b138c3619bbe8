"""What a policy comes to on past claims."""

import json
from dataclasses import replace

import numpy as np
import pytest

from serving.decision import judge
from serving.decision.outcomes import APPROVE, REVIEW
from serving.policy import Policy
from serving.policy_compare.backtest import QUANTITIES, Backtest, backtest
from serving.policy_compare.backtest_text import backtest_json, backtest_lines
from serving.policy_compare.judged import days, judge_all
from serving.policy_compare.past import PastCase
from tests.unit.serving.policy_compare.past_claims import CONSENT, DAY_MS, START_MS, changed, past

LATER_MS = START_MS + 100 * DAY_MS


def run(cases: list[PastCase], policy: Policy, now_ms: int = LATER_MS) -> Backtest:
    claims, judged = judge_all(cases, policy, lambda one: judge(one.case, policy))
    return backtest(claims, judged, policy, now_ms=now_ms)


@pytest.fixture
def plain(policy: Policy) -> Policy:
    """A policy whose amounts are easy to add up."""
    return changed(
        policy,
        costs={
            "review_cost_minor": 100,
            "delay_cost_minor": 0,
            "advance_fee_minor": 0,
            "wrongful_denial_cost_minor": 1_000,
            "merchant_loss_weight": 2.0,
        },
        actions={"platform_bears_up_to_minor": 0, "pre_payment_compensation_up_to_minor": 0},
        review={"sensitivity": 1.0, "specificity": 0.9, "capacity_per_day": 1},
    )


# of the merchant's money, so a review costs 100 + 100 (1 - p), an approval p * amount * 2
APPROVED = {"authority": CONSENT, "then": "auto_approve"}
REVIEWED = {"authority": CONSENT, "then": "manual_review"}
FOUR = [
    past(1, amount_minor=1_000, probability=0.05, audit_chance=0.5, audited=True, abusive=True, **APPROVED),
    past(2, amount_minor=1_000, probability=0.05, audit_chance=0.5, audited=False, **APPROVED),
    past(3, amount_minor=2_000, probability=0.5, abusive=False, **REVIEWED),
    past(4, amount_minor=4_000, probability=0.5, abusive=True, **REVIEWED),
]


def test_figures_by_the_model_are_what_a_hand_computes(plain: Policy) -> None:
    """Two approvals lose 5 % of 10.00 each; two reviews cost 1.00 each, and refuse half an honest claim in ten each."""
    figures = run(FOUR, plain).policy
    assert (figures.approved, figures.reviewed, figures.advanced, figures.approved_own) == (2, 2, 0, 0)
    assert {name: cost for name, cost in figures.parts.items() if cost} == pytest.approx(
        {"abuse_charged": 100, "reviews": 200, "wrongful_denials": 100}
    )
    assert figures.weighed_minor == pytest.approx(2 * 100 + 200 + 100)
    assert figures.refused == pytest.approx(0.1)
    assert (figures.party("buyer"), figures.party("merchant"), figures.party("platform")) == pytest.approx(
        (100, 100, 200)
    )
    assert (figures.most_reviews, figures.days_over) == (2, 1)
    assert run(FOUR, changed(plain, review={"capacity_per_day": 2})).policy.days_over == 0


def test_figures_by_findings_are_what_a_hand_computes(plain: Policy) -> None:
    """The audited approval stands for two: 2 x 10.00 lost. Of the two reviews the honest one costs 1.00 + 1.00."""
    found = run(FOUR, plain).by_findings
    assert found is not None
    total = dict(zip(QUANTITIES, found.policy.total.tolist(), strict=True))
    assert total == pytest.approx(
        {"buyer": 100, "merchant": 2_000, "platform": 200, "open": 0, "weighed": 4_300, "refused": 0.1, "abusive": 3}
    )
    assert found.policy.mean[QUANTITIES.index("weighed")] == pytest.approx(4_300 / 4)
    assert found.saved.total.tolist() == [0.0] * len(QUANTITIES)  # what was decided then is what is decided now


def test_findings_price_another_policy_on_the_same_truths(plain: Policy) -> None:
    """With reviews of everything, the two lies that the audit stood for cost a review each instead of the money."""
    all_reviewed = changed(plain, actions={"auto_approve_up_to_minor": 0})
    found = run(FOUR, all_reviewed).by_findings
    assert found is not None
    total = dict(zip(QUANTITIES, found.policy.total.tolist(), strict=True))
    assert (total["merchant"], total["platform"]) == (0, 400)
    assert found.saved.total[QUANTITIES.index("weighed")] == pytest.approx(4_000 - 200)


def test_review_without_a_verdict_makes_others_stand_for_it(plain: Policy) -> None:
    """Of four reviewed claims one has no finding: the other three count for four thirds each."""
    cases = [past(n, amount_minor=3_000, probability=0.5, abusive=n == 0, **REVIEWED) for n in range(3)]
    found = run([*cases, past(9, amount_minor=3_000, probability=0.5, **REVIEWED)], plain).by_findings
    assert found is not None
    assert found.policy.total[QUANTITIES.index("abusive")] == pytest.approx(4 / 3)


def test_finding_that_came_by_no_known_chance_is_not_used(plain: Policy) -> None:
    """An appeal against an approval that no audit drew says nothing of the others: it came because it was special."""
    appealed = past(5, amount_minor=1_000, probability=0.05, audit_chance=0.5, audited=False, abusive=True, **APPROVED)
    assert np.array_equal(run([*FOUR, appealed], plain).chances.looked_at, [True, False, True, True, False])


@pytest.mark.parametrize(
    ("cases", "now_ms", "says"),
    [
        ([past(1, abusive=True, **REVIEWED)], START_MS + DAY_MS, "no claim is 30 days old yet"),
        ([past(1, abusive=True, **REVIEWED), past(2, **APPROVED)], LATER_MS, "turn audits on"),
        ([past(1, **REVIEWED)], LATER_MS, "has a verdict; report verdicts"),
        ([past(1, abusive=True, **REVIEWED), past(2, audit_chance=0.1, **APPROVED)], LATER_MS, "none has a finding"),
    ],
    ids=["young", "no audits", "no verdicts", "no findings"],
)
def test_backtest_without_known_chances_refuses_to_estimate_and_says_what_to_do(
    plain: Policy, cases: list[PastCase], now_ms: int, says: str
) -> None:
    """The figures by the model are there all the same."""
    done = run(cases, plain, now_ms)
    assert done.by_findings is None
    assert done.chances.refusal is not None
    assert says in done.chances.refusal
    assert f"  no estimate: {done.chances.refusal}" in list(backtest_lines(done, plain))


def test_automatic_decisions_that_no_audit_could_reach_are_left_out_and_told(plain: Policy) -> None:
    """An estimate says of which claims it speaks."""
    done = run([*FOUR, past(5, amount_minor=1_000, probability=0.05, **APPROVED)], plain)
    assert done.by_findings is not None
    assert done.by_findings.claims == 4
    assert any("leaves out 1 that no audit could reach" in line for line in backtest_lines(done, plain))


def test_claim_of_unknown_probability_counts_as_a_review_and_in_no_cost(plain: Policy) -> None:
    """A cost of nobody knows what would spoil the sum of all others."""
    done = run([*FOUR, past(5, probability=None, **REVIEWED)], plain)
    assert (done.unknown, done.policy.reviewed) == (1, 3)
    assert done.policy.weighed_minor == pytest.approx(500)
    assert done.policy.parts["reviews"] == pytest.approx(200)
    assert done.by_findings is not None
    assert np.isfinite(done.by_findings.model).all()


def test_backtest_of_no_claims_says_so(plain: Policy) -> None:
    """An empty store is no error."""
    assert list(backtest_lines(run([], plain), plain)) == ["no past decision to judge again"]


def test_backtest_is_the_same_as_a_page_and_as_json(plain: Policy) -> None:
    """Another program reads what a person does, and every number in it is one that JSON has."""
    done = run(FOUR, plain)
    told = json.loads(json.dumps(backtest_json(done), allow_nan=False))
    assert told["policy"]["weighed_minor"] == pytest.approx(500)
    assert told["by_findings"]["policy"]["weighed"]["total"] == pytest.approx(4_300)
    assert any("this policy" in line for line in backtest_lines(done, plain))


def test_days_are_those_of_the_policys_zone(policy: Policy) -> None:
    """A minute before midnight in Shanghai is another day than a minute after."""
    before, after = days(np.array([START_MS - 60_000, START_MS + 60_000]), policy.zone)
    assert after - before == 1


def test_estimate_by_findings_is_right_on_average_over_many_draws(policy: Policy) -> None:
    """Abuse is rare where people look and frequent where audits do: drawn again and again, with four in ten of the
    audits' findings missing, the estimate leans to neither side, though a plain mean of them would say half as much.
    """
    random, count = np.random.default_rng(8), 600
    cheap = np.arange(count) % 2 == 0
    truth = random.random(count) < np.where(cheap, 0.4, 0.05)
    cases = [past(number, authority=CONSENT) for number in range(count)]
    claims, judged = judge_all(cases, policy, lambda one: judge(one.case, policy))
    claims = replace(claims, then=np.where(cheap, APPROVE, REVIEW), audit_chance=np.where(cheap, 0.2, np.nan))
    place, told, plain = QUANTITIES.index("abusive"), [], []
    for _ in range(25):
        drawn = cheap & (random.random(count) < 0.2)
        found = (drawn | ~cheap) & (random.random(count) < np.where(cheap, 0.6, 0.95))
        draw = replace(claims, audited=drawn, abusive=np.where(found, truth.astype(float), np.nan))
        done = backtest(draw, judged, policy, now_ms=LATER_MS).by_findings
        assert done is not None
        told.append(done.policy.mean[place])
        plain.append(truth[found].mean())
    assert np.mean(told) == pytest.approx(truth.mean(), abs=0.015)
    assert np.mean(plain) < 0.6 * truth.mean()


def test_claims_of_a_category_are_priced_by_its_own_costs(plain: Policy) -> None:
    """By the model and by findings alike: three reviews, of which the jewels' costs four times as much."""
    own = {"jewels": {"costs": {"review_cost_minor": 400}}}
    special = Policy.model_validate({**plain.model_dump(), "categories": own})
    cases = [
        past(number, amount_minor=9_000, probability=0.5, abusive=True, category_id=category, **REVIEWED)
        for number, category in enumerate(["", "jewels", "books"])
    ]
    done = run(cases, special)
    assert done.policy.parts["reviews"] == pytest.approx(600)
    assert done.by_findings is not None
    assert done.by_findings.policy.total[QUANTITIES.index("platform")] == pytest.approx(600)
