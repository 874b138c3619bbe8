"""Money by a docket is what the service's own decisions, one by one, come to by labels."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from serving.decision import PREFERENCE, Case, judge
from serving.decision.outcomes import REVIEW, Goods, cost_parts, weighed
from tests.unit.serving.policies import policy_with, rule
from training.dataset import Period, cut_dataset
from training.evaluation.money import PER, Docket, make_docket

RULES = [
    rule("few", "claim.amount_minor < 1480 && probabilities.abuse < 0.3", platform_bears=True, priority=5),
    rule("look", "claim.amount_minor > 1560 && costs.auto_approve > 900.0", priority=4),
    rule("never", "claim.type == 'refund_only'", forbid="pre_payment_compensation", priority=3),
    rule("pay", "claim.amount_minor > 1499 && claim.amount_minor < 1520", force="pre_payment_compensation", priority=9),
]
POLICY = policy_with(*RULES)


@pytest.fixture(scope="module")
def period(gathered, quick) -> Period:
    return cut_dataset(gathered, quick.split).test


@pytest.fixture(scope="module")
def probability(period):
    return np.random.default_rng(2).beta(0.5, 1.5, len(period))


@pytest.fixture(scope="module")
def docket(gathered, period) -> Docket:
    return make_docket(gathered, period, np.ones(len(period)), POLICY)


def one_by_one(docket: Docket, probability) -> Iterator[tuple[bool, float]]:
    """Whether each claim is reviewed and what it comes to cost, by the service's own function."""
    for row, case in enumerate(docket.cases):
        told = Case(facts=case.facts, vector=case.vector, abuse_probability=float(probability[row]))
        decision = judge(told, POLICY)
        goods = Goods.of([case.facts.category_id])
        parts = cost_parts(
            POLICY,
            goods=goods,
            action=np.array([PREFERENCE.index(decision.action)]),
            charged=np.array([decision.charged_to == "merchant"]),
            amount_minor=np.array([case.facts.amount_minor]),
            abusive=docket.claims.abusive[[row]],
            back=np.array([POLICY.recovery.default_probability]),
        )
        yield decision.action == PREFERENCE[REVIEW], float(weighed(parts, POLICY, goods)[0])


def test_docket_decides_and_costs_as_the_service_would_one_by_one(docket, probability):
    """Rules that hang on probabilities and on costs included."""
    assert 0 < len(docket.hanging) < len(docket.cases)
    decided = docket.decide(probability)
    reviewed, costs = zip(*one_by_one(docket, probability), strict=True)
    assert decided.reviewed.tolist() == list(map(float, reviewed))
    assert 0 < sum(reviewed) < len(reviewed)
    assert decided.cost_minor.tolist() == pytest.approx(list(costs))


def test_cost_curve_passes_the_policys_own_point(docket, probability):
    """At the share that the policy reviews, the curve costs what the policy costs; it ends where no more may be."""
    decided = docket.decide(probability)
    curve = decided.curve
    assert curve.policy_cost_minor == pytest.approx(PER * decided.cost_minor.mean())
    assert curve.policy_share == pytest.approx(decided.reviewed.mean())
    assert np.interp(curve.policy_share, curve.reviewed_share, curve.cost_minor) == pytest.approx(
        curve.policy_cost_minor, rel=0.01
    )
    paid = np.mean([1499 < case.facts.amount_minor < 1520 for case in docket.cases])
    assert 0 < paid < 0.5
    assert curve.reviewed_share[-1] == pytest.approx(1 - paid), "whoever must be paid can't be reviewed"
    assert curve.reviewed_share[0] < curve.policy_share < curve.reviewed_share[-1]


def test_docket_with_recovery_probabilities_counts_advances_by_them(gathered, period, docket, probability):
    """Where advances always come back, more claims are paid first."""
    sure = make_docket(gathered, period, np.ones(len(period)), POLICY, np.ones(len(period)))
    assert sure.decide(probability).reviewed.sum() < docket.decide(probability).reviewed.sum()


def test_docket_of_a_period_without_rows_is_refused(gathered, period):
    """A period that was made by hand leads back to no events."""
    with pytest.raises(ValueError, match="the test period has no rows; cut it from gathered events"):
        make_docket(gathered, replace(period, rows=None), np.ones(len(period)), POLICY)
