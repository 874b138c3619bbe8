from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from serving.policy import Costs
from tests.unit.training.simulate.hand_made import hand_made_answers, hand_made_claims
from training.simulate.aftermath import Settlements
from training.simulate.claims import Claims
from training.simulate.config import HOUR_MS
from training.simulate.life import DayDone
from training.simulate.outcomes import LABELS, OutcomeTotals, Watcher
from training.simulate.rulings import Rulings

COSTS = Costs(
    review_cost_minor=7, delay_cost_minor=3, advance_fee_minor=5, wrongful_denial_cost_minor=1_000,
    merchant_loss_weight=1.5,
)  # fmt: skip
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
        cost_minor=100 + 1_200 + 2 * 7 + 1 * 5 + 1 * 3 + 1 * 1_000,
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


def test_exchange_asks_for_and_pays_no_money():
    """A lie that wants a repair costs nothing that could be avoided here."""
    claims = hand_made_claims("one_off", claim_type="repair", count=3)
    watcher = Watcher(COSTS)
    watcher.watch(a_day(0, claims, [APPROVE] * 3, [False] * 3, [0.0] * 3))
    totals = watcher.totals()
    assert (totals.abusive, totals.abuse_asked_minor, totals.abuse_paid_minor) == (3, 0, 0)
    assert totals.cost_minor == 0


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
