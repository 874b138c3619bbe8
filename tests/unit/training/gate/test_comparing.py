"""What a comparison says of two models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.training.gate.duels import AMOUNT, REVIEW_COST, challenged, compared, drawn_duel, truth_of
from training.evaluation.metrics import rank_metrics
from training.gate.comparing import COST, FIGURES, REVIEWED
from training.gate.duel import GateError


@pytest.fixture(scope="module")
def blunt():
    """A challenger that can't tell claims apart as well: the truth in three coarse steps."""
    truth = truth_of()
    steps = np.digitize(truth, [0.02, 0.5])
    means = np.array([truth[steps == step].mean() for step in range(3)])
    return challenged(drawn_duel(), means[steps])


def test_compare_of_a_model_with_itself_finds_no_difference():
    """To the last bit, overall and in each slice."""
    found = compared(drawn_duel())
    differences = [pair.difference for pair in found.figures.values()]
    differences += [pair.difference for each in found.slices for pair in each.figures.values()]
    assert len(differences) == len(FIGURES) + 2 * 4
    assert {(each.low, each.value, each.high) for each in differences} == {(0.0, 0.0, 0.0)}
    assert found.other_action_share == 0


def test_compare_counts_money_and_burden_by_hand(blunt):
    """Costs per 1,000 claims, and the share of honest claims that a person looks at, by a plain loop."""
    found = compared(blunt)
    for name, side in (("challenger", blunt.challenger), ("champion", blunt.champion)):
        paid = sum(
            REVIEW_COST if looked else AMOUNT * abusive
            for looked, abusive in zip(side.reviewed, blunt.abusive, strict=True)
        )
        assert getattr(found.figures[COST], name).value == pytest.approx(1_000 * paid / len(blunt))
        burden = side.reviewed[blunt.abusive == 0].mean()
        assert getattr(found.figures[REVIEWED], name).value == pytest.approx(burden)
        ranks = rank_metrics(blunt.abusive.astype(np.int8), side.probability)
        assert getattr(found.figures["average_precision"], name).value == pytest.approx(ranks.average_precision)
    assert found.other_action_share == (blunt.challenger.action != blunt.champion.action).mean()


def test_compare_finds_the_better_model(blunt):
    """The truth beats three steps of it, in ranking and in money, and the intervals say so."""
    found = compared(blunt)
    assert found.figures["average_precision"].difference.high < 0
    assert found.figures["auc"].difference.high < 0
    assert found.figures["log_loss"].difference.low > 0
    assert found.figures[COST].difference.low > 0


def test_compare_weighs_labels_and_leaves_out_claims_without_one(blunt):
    """A label of weight 3 counts as three claims of the same kind; one without a label counts for actions only."""
    silent = np.arange(len(blunt)) % 2 == 0
    heavy = np.where(silent, 0.0, 3.0)
    abusive = np.where(silent, np.nan, blunt.abusive)
    found = compared(replace(blunt, abusive=abusive, weight=heavy, claim_weight=heavy))
    kept = ~silent
    assert found.labels == kept.sum()
    assert found.claims == len(blunt)
    assert found.figures[COST].champion.value == pytest.approx(1_000 * blunt.champion.cost_minor[kept].mean())
    twice = np.where(blunt.champion.reviewed, 2.0, 1.0)
    weighed = compared(replace(blunt, claim_weight=twice))
    expected = np.average(blunt.champion.cost_minor, weights=twice)
    assert weighed.figures[COST].champion.value == pytest.approx(1_000 * expected)


def test_compare_judges_no_slice_with_too_few_labels():
    """It is named, with the number of its labels, and has no figure."""
    (rare,) = [each for each in compared(drawn_duel()).slices if each.value == "rare"]
    assert 0 < rare.labels < 100
    assert rare.figures == {}


def test_compare_on_too_few_labels_is_refused():
    """The line says how many there are, how many it takes, and what to do."""
    duel = drawn_duel(claims=60)
    with pytest.raises(GateError, match=r"\d+ abusive and \d+ honest claims .* needs 20 of each: give later events"):
        compared(duel)
