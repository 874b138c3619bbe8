from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from features.spans import HOUR_MS
from serving.decision import expected_costs
from serving.policy import Costs, default_policy_path, read_policy
from tests.unit.training.simulate.hand_made import FILED_MS, hand_made_answers, hand_made_claims
from training.simulate.aftermath import Settlements
from training.simulate.claims import Claims
from training.simulate.config import SimulationConfig
from training.simulate.life import DayDone
from training.simulate.outcomes import LABELS, OutcomeTotals, ReviewsPerDay, Watcher
from training.simulate.rulings import Rulings

COSTS = Costs(
    review_cost_minor=7, delay_cost_minor=3, advance_fee_minor=5, wrongful_denial_cost_minor=1_000,
    merchant_loss_weight=1.5,
)  # fmt: skip
POLICY = read_policy(default_policy_path())
APPROVE, REVIEW, ADVANCE = "auto_approve", "manual_review", "pre_payment_compensation"


def a_day(number: int, claims: Claims, actions: list[str], refused: list[bool], hours: list[float]) -> DayDone:
    """A day with these claims, answers and findings."""
    settled_at_ms = claims.filed_at_ms + (np.array(hours) * HOUR_MS).astype(np.int64)
    rulings = Rulings(
        decided_at_ms=settled_at_ms, known_at_ms=settled_at_ms, refused=np.array(refused),
        overturned_at_ms=np.full(len(claims), -1), settled_at_ms=settled_at_ms, verdicts=[],
    )  # fmt: skip
    made = {"number": number, "claims": claims, "answers": hand_made_answers(claims, actions), "rulings": rulings}
    row = np.flatnonzero([action == ADVANCE for action in actions])
    advanced = claims.amount_minor[row]
    made["settlements"] = Settlements(row, settled_at_ms[row], advanced, advanced // 4)
    blank = {field.name: None for field in dataclasses.fields(DayDone) if field.name not in made}
    return DayDone(**made, **blank)


@pytest.fixture
def mixed_day() -> DayDone:
    """A lie that is paid, one that is refused, and honest claims that are paid, refused after a wait, and advanced."""
    stories = ["wardrobing", "serial_refunds", "faulty_goods", "lost_parcel", "wrong_parcel"]
    claims = hand_made_claims(stories, amount_minor=[100, 200, 400, 800, 1_600])
    return a_day(
        4, claims, [APPROVE, REVIEW, APPROVE, REVIEW, ADVANCE], [False, True, False, True, False], [0, 50, 0, 30, 1]
    )


def test_watcher_adds_up_what_a_day_was_worth(mixed_day):
    """Every figure is the sum that its name says."""
    watcher = Watcher(COSTS)
    watcher.watch(mixed_day)
    totals = watcher.totals()
    assert totals == OutcomeTotals(
        days=1, claims=5, automatic=2, advanced=1, reviewed=2, abusive=2, abuse_asked_minor=300, abuse_paid_minor=100,
        advances_lost_minor=1_200, honest_refused=1, honest_waited_hours=10.0,
        cost_minor=1.5 * 100 + 1_200 + 2 * 7 + 1 * 5 + 1 * 3 + 1 * 1_000,
        cost_of_buyers_minor=1 * 3 + 1 * 1_000, cost_of_merchants_minor=1.5 * 100,
        cost_of_platform_minor=1_200 + 2 * 7 + 1 * 5,
    )  # fmt: skip
    assert totals.avoided_share == pytest.approx(2 / 3)


def test_watcher_adds_days_and_keeps_the_wait_a_mean(mixed_day):
    """Two equal days count double, and the mean wait of the honest stays."""
    once, twice = Watcher(COSTS), Watcher(COSTS)
    once.watch(mixed_day)
    for _ in range(2):
        twice.watch(mixed_day)
    one, two = once.totals(), twice.totals()
    assert two.honest_waited_hours == one.honest_waited_hours
    summed = set(one.as_dict()) - {"honest_waited_hours", "avoided_share"}
    assert {name: two.as_dict()[name] for name in summed} == {name: 2 * one.as_dict()[name] for name in summed}


def test_watcher_leaves_out_days_before_the_first(mixed_day):
    """What the old rule did before the policy's first day is not the policy's doing."""
    watcher = Watcher(COSTS, from_day=5)
    watcher.watch(mixed_day)
    assert watcher.totals().claims == 0
    watcher.watch(dataclasses.replace(mixed_day, number=5))
    assert watcher.totals().claims == 5


def test_advance_on_a_lie_is_lost_once():
    """What a lie was paid is abuse, whoever bears it in the end; it isn't counted again as an advance."""
    watcher = Watcher(COSTS)
    watcher.watch(a_day(0, hand_made_claims(["one_off"], amount_minor=[100]), [ADVANCE], [False], [0.0]))
    totals = watcher.totals()
    assert (totals.abuse_paid_minor, totals.advances_lost_minor) == (100, 0)
    assert totals.cost_minor == 100 + 5


def test_exchange_pays_no_money_and_its_goods_are_a_cost():
    """What a lie is sent instead of money is worth its amount to the merchant."""
    claims = hand_made_claims("one_off", claim_type="exchange", count=3, amount_minor=200)
    watcher = Watcher(COSTS)
    watcher.watch(a_day(0, claims, [APPROVE] * 3, [False] * 3, [0.0] * 3))
    totals = watcher.totals()
    assert (totals.abusive, totals.abuse_asked_minor, totals.abuse_paid_minor) == (3, 0, 0)
    assert totals.cost_minor == totals.cost_of_merchants_minor == 3 * 1.5 * 200


@pytest.mark.parametrize(
    ("answers", "refused", "recovered_minor"),
    [
        ([APPROVE, APPROVE], [False, False], 0),
        ([ADVANCE, ADVANCE], [False, False], 200),
        ([REVIEW, REVIEW], [True, True], 0),
        ([REVIEW, REVIEW], [False, False], 0),
    ],
)
@pytest.mark.parametrize("charged", [True, False])
def test_what_happened_is_priced_as_the_decision_prices_it(answers, refused, recovered_minor, charged):
    """The costs of a lie and an honest claim are those expected where all is certain, whatever became of them."""
    day = a_day(0, hand_made_claims(["one_off", "faulty_goods"], amount_minor=800), answers, refused, [0.0, 0.0])
    settled = dataclasses.replace(day.settlements, recovered_minor=np.array([0, recovered_minor])[day.settlements.row])
    taken = dataclasses.replace(day.answers, charges_merchant=day.answers.charges_merchant & charged)
    watcher = Watcher(COSTS)
    watcher.watch(dataclasses.replace(day, settlements=settled, answers=taken))
    certain = POLICY.model_copy(update={
        "costs": COSTS,
        "review": POLICY.review.model_copy(update={"sensitivity": float(refused[0]), "specificity": 1.0 - refused[1]}),
    })  # fmt: skip
    expected = sum(
        expected_costs(
            certain, amount_minor=800, abuse_probability=abusive, recovery_probability=recovered_minor / 800,
            loss_weight=COSTS.merchant_loss_weight if charged else 1.0,
        )[answers[0]]
        for abusive in (1.0, 0.0)
    )  # fmt: skip
    assert watcher.totals().cost_minor == pytest.approx(expected)


def test_costs_of_the_parties_sum_to_all(mixed_day):
    """Nothing is counted twice or left out."""
    watcher = Watcher(COSTS)
    watcher.watch(mixed_day)
    totals = watcher.totals()
    parties = totals.cost_of_buyers_minor + totals.cost_of_merchants_minor + totals.cost_of_platform_minor
    assert parties == totals.cost_minor


def test_lie_whose_approval_the_platform_bears_weighs_what_it_is():
    """The merchant's loss weight is for merchants' losses."""
    day = a_day(0, hand_made_claims(["one_off"], amount_minor=[100]), [APPROVE], [False], [0.0])
    watcher = Watcher(COSTS)
    watcher.watch(
        dataclasses.replace(day, answers=dataclasses.replace(day.answers, charges_merchant=np.array([False])))
    )
    totals = watcher.totals()
    assert totals.cost_minor == totals.cost_of_platform_minor == 100


@pytest.mark.parametrize(("zone", "days"), [("UTC", 2), ("Asia/Shanghai", 1)])
def test_reviews_are_counted_by_whole_days_of_the_policy(zone, days):
    """Claims are filed at midnight UTC of the second day; a policy's day that lies partly outside is left out."""
    config = SimulationConfig(orders=1, days=3, end_ms=FILED_MS + 2 * 24 * HOUR_MS)
    counted = ReviewsPerDay(POLICY.model_copy(update={"time_zone": zone}), config, from_day=1)
    counted.watch(a_day(1, hand_made_claims("one_off", count=3), [REVIEW, APPROVE, REVIEW], [False] * 3, [0.0] * 3))
    counts = counted.counts()
    assert len(counts) == days
    assert sum(counts) == (2 if zone == "UTC" else 0)


def test_totals_of_nothing_are_zero_and_nothing_was_avoidable():
    """Without days all sums are zero, and the avoided share is no number."""
    totals = Watcher(COSTS).totals()
    assert math.isnan(totals.avoided_share)
    assert {value for name, value in totals.as_dict().items() if name != "avoided_share"} == {0}
    assert "nan%" in totals.lines()[-1]


def test_lines_show_every_figure_that_has_a_label(mixed_day):
    """A line for each, money in whole units."""
    watcher = Watcher(COSTS)
    watcher.watch(mixed_day)
    lines = watcher.totals().lines()
    assert len(lines) == len(LABELS) + 1
    assert next(line for line in lines if line.startswith(LABELS["abuse_asked_minor"])).split()[-1] == "3.00"
    assert lines[-1].split()[-1] == "66.7%"
    assert len({len(line) for line in lines}) == 1
