"""Each harm is refused for what it is, and only for that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.parity import Parity
from serving.decision.outcomes import REVIEW
from tests.unit.training.gate.duels import AMOUNT, challenged, compared, drawn_duel, truth_of
from training.gate.checks import (
    refusals_of_calibration,
    refusals_of_gain,
    refusals_of_parity,
    refusals_of_slices,
    refusals_of_speed,
)
from training.gate.config import GateConfig
from training.gate.duel import Duel
from training.gate.speed import Speed

CONFIG = GateConfig()


def refused(duel: Duel, config: GateConfig = CONFIG):
    """What the figures speak against the challenger."""
    comparison = compared(duel)
    return [
        *refusals_of_gain(comparison, config, duel.currency),
        *refusals_of_calibration(duel, comparison, config, beside_champion=True),
        *refusals_of_slices(comparison, config, duel.currency),
    ]


def checks(duel: Duel, config: GateConfig = CONFIG) -> list[str]:
    return [each.check for each in refused(duel, config)]


def acting_as_champion(duel: Duel, probability) -> Duel:
    """A challenger with its own probabilities that does and costs what the champion does."""
    return replace(duel, challenger=replace(duel.champion, name="challenger", probability=probability))


def costing(duel: Duel, extra) -> Duel:
    """A challenger that costs more, or less, on each claim."""
    return replace(
        duel, challenger=replace(duel.champion, name="challenger", cost_minor=duel.champion.cost_minor + extra)
    )


def test_gate_lets_an_equal_challenger_pass_as_not_inferior():
    """Nothing speaks against it; where better is demanded, equal isn't enough."""
    assert refused(drawn_duel()) == []
    (refusal,) = refused(drawn_duel(), GateConfig(demand="better"))
    assert refusal.check == "gain"
    assert "+0.00 EUR per 1,000 claims (+0.00 to +0.00); the upper end must be below 0" in refusal.says


def test_gate_lets_a_better_challenger_pass():
    """One that costs less on every claim, also where better is demanded."""
    assert checks(costing(drawn_duel(), -50.0), GateConfig(demand="better")) == []


def test_gate_refuses_a_worse_challenger_for_its_gain():
    """One that knows the truth in three coarse steps only, and is calibrated: money is lost, and no more is said."""
    truth = truth_of()
    wide = replace(drawn_duel(), slicings=())
    steps = np.digitize(truth, [0.02, 0.5])
    means = np.array([truth[steps == step].mean() for step in range(3)])
    (refusal,) = refused(challenged(wide, means[steps]))
    assert refusal.check == "gain"
    assert "it loses money" in refusal.says
    assert refusal.figure > refusal.limit > 0


def test_gate_refuses_what_might_be_worse_as_not_shown():
    """Costs that go up and down by chance: no loss is shown, and none is ruled out."""
    chance = np.random.default_rng(2).normal(0, 0.5 * AMOUNT, len(drawn_duel()))
    (refusal,) = refused(costing(replace(drawn_duel(), slicings=()), chance - chance.mean()))
    assert refusal.check == "gain"
    assert "a loss isn't ruled out" in refusal.says
    assert (
        checks(costing(replace(drawn_duel(), slicings=()), chance - chance.mean()), GateConfig(money_margin=2.0)) == []
    )


def test_gate_refuses_a_miscalibrated_challenger_for_its_calibration():
    """Log-odds raised by a half: the ranking and, here, the actions are the champion's, the probabilities aren't."""
    truth = truth_of()
    raised = truth * np.exp(0.5) / (1 - truth + truth * np.exp(0.5))
    found = refused(acting_as_champion(drawn_duel(), raised))
    assert {each.check for each in found} == {"calibration"}
    assert "a model that is off by 0.0100 shows at most" in found[0].says
    assert "above the champion's" in found[1].says
    for each in found:
        assert each.figure > each.limit


def test_gate_refuses_a_challenger_that_harms_one_slice_by_money():
    """A tenth of the claims cost half as much again, and all others a little less: only that slice is named."""
    duel = drawn_duel()
    narrow = duel.slicings[0].code == 1
    worse = np.where(narrow, 0.5 * duel.champion.cost_minor.mean(), -0.1 * duel.champion.cost_minor.mean())
    (refusal,) = refused(costing(duel, worse))
    assert refusal.check == "slice"
    assert refusal.says.startswith("category narrow: costs ")
    assert refusal.figure > refusal.limit > 0


def test_gate_refuses_a_challenger_that_burdens_the_honest_of_one_slice():
    """At no cost to the platform: more of that slice's honest claims go to a person, and that is said."""
    duel = replace(drawn_duel(), slicings=drawn_duel().slicings[:1])
    narrow = duel.slicings[0].code == 1
    action = np.where(narrow, REVIEW, duel.champion.action)
    (refusal,) = refused(replace(duel, challenger=replace(duel.champion, name="challenger", action=action)))
    assert refusal.check == "slice"
    assert refusal.says.startswith("category narrow: ")
    assert "more of the honest claims go to a person" in refusal.says
    assert refusal.limit == CONFIG.slice_review_margin


@pytest.mark.parametrize(
    ("speed", "check", "says"),
    [
        (Speed(9.0, 1.0, 10, 100), "latency", "scoring a claim takes 9.000 ms here (median); the budget is 2 ms"),
        (
            Speed(0.1, 190.0, 10, 100),
            "latency",
            "explaining a claim takes 190.000 ms here (median); the budget is 100 ms",
        ),
        (Speed(0.1, 1.0, 9_000, 300_000), "size", "9,000 trees have 300,000 leaves in all; the budget is 200,000"),
    ],
)
def test_gate_refuses_a_slow_or_large_model_with_its_figure(speed, check, says):
    """Each budget is its own reason."""
    (refusal,) = refusals_of_speed(speed, CONFIG)
    assert (refusal.check, refusal.says) == (check, says)


def test_gate_has_nothing_against_a_quick_and_small_model():
    """Exactly on budget is within it."""
    assert list(refusals_of_speed(Speed(2.0, 100.0, 600, 200_000), CONFIG)) == []


def test_gate_refuses_where_served_vectors_differ():
    """One value of a million is one too many; its column is named, and so is a claim that the log doesn't have."""
    (refusal,) = refusals_of_parity(Parity(9, 1_000_000, {"buyer_orders_1d": 1}, ("claim-1", "claim-2")))
    assert (refusal.check, refusal.figure, refusal.limit) == ("parity", 3.0, 0.0)
    assert "1 of 1,000,000 values" in refusal.says
    assert "1 in buyer_orders_1d, 2 claims without their event" in refusal.says


def test_gate_refuses_a_model_that_learned_beside_differing_vectors():
    """What the bundle states of its own training counts, too."""
    (refusal,) = refusals_of_parity(None, {"claims": 10, "differing": 4, "missing_claims": 1})
    assert (refusal.check, refusal.figure) == ("parity", 5.0)
    assert "train again" in refusal.says


@pytest.mark.parametrize("trained", [None, {"claims": 9, "differing": 0, "missing_claims": 0}, {}])
def test_gate_has_nothing_against_parity_that_holds_or_cannot_be_known(trained):
    """A file has no served vectors, and says nothing against a model."""
    assert list(refusals_of_parity(None, trained)) == []
    assert list(refusals_of_parity(Parity(9, 100, {}, ()), trained)) == []
