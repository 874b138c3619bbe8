"""The claims that two models are compared on are those of a training's own test, and none that either learned from."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from features.events import EventKind
from serving.bundle import write_bundle
from serving.decision import Case, ClaimFacts, judge
from serving.decision.outcomes import CODES
from serving.policy import default_policy_path, read_policy
from serving.scorer import Scorer
from training.gate.deciding import decide_duel
from training.gate.duel import GateError
from training.gate.period import Model, draw_period


@pytest.fixture(scope="module")
def model(trained, tmp_path_factory):
    """The shop's model, from its bundle."""
    bundle = write_bundle(tmp_path_factory.mktemp("period") / "bundle", trained.bundle)
    with Scorer(bundle) as scorer:
        yield Model("challenger", bundle, scorer)


@pytest.fixture(scope="module")
def period(shop, table_of, plan, model, trained):
    """The shop's claims from the training's own test on."""
    return draw_period(table_of(shop), plan, [model], int(trained.latest.dataset.test.as_of_ms[0]))


def saying(model, **training):
    """The same model, whose bundle says something else of its training."""
    told = {**model.bundle.contents.training, **training}
    contents = replace(model.bundle.contents, training=told)
    return Model(model.name, replace(model.bundle, contents=contents), model.scorer)


def test_labels_and_weights_are_those_of_the_trainings_own_test(period, trained, model):
    """On the same period: the same claims with the same labels, weights, vectors and probabilities."""
    test = trained.latest.dataset.test
    known = np.isfinite(period.abusive)
    assert period.as_of_ms[known].tolist() == test.as_of_ms.tolist()
    assert period.abusive[known].tolist() == test.abusive.tolist()
    assert period.weight[known] == pytest.approx(test.weights)
    assert period.claim_weight[known] == pytest.approx(test.label_weights)
    assert not period.weight[~known].any()
    duel = decide_duel(period, model, model, read_policy(default_policy_path()))
    assert duel.challenger.probability[known].tolist() == trained.latest.rankings["model"].tolist()


def test_period_begins_when_the_last_of_the_models_has_stopped_to_learn(shop, table_of, plan, model, trained):
    """Nothing else is asked for: all that came after both calibrations, and is old enough for a label."""
    learned_ms = int(trained.latest.dataset.calibration.as_of_ms[-1])
    later = learned_ms + 20 * 86_400_000
    longer = saying(model, periods={"calibration": {"to_ms": later}})
    gap_ms = 45 * 86_400_000
    filed = [each.known_at_ms for each in shop if each.kind is EventKind.CLAIM_FILED]
    end_ms = max(each.known_at_ms for each in shop) + 1
    for models, start_ms in (([model], learned_ms), ([model, longer], later), ([longer, model], later)):
        found = draw_period(table_of(shop), plan, models)
        assert found.as_of_ms.tolist() == [each for each in filed if start_ms < each < end_ms - gap_ms]


@pytest.mark.parametrize(
    ("said", "asked", "complaint"),
    [
        ({}, {"from_ms": 1_700_000_000_000}, "--from 2023-11-14: the challenger learned from claims until 20"),
        ({}, {"to_ms": 1_700_000_000_000}, "no claim was filed from "),
        ({"periods": {"calibration": {"to_ms": 1_725_900_000_000}}}, {}, "no claim was filed from 2024-09-09 on"),
        ({"periods": {}}, {}, "the challenger's bundle doesn't say until when it learned; give --from"),
        ({"label": "hearsay"}, {}, "label 'hearsay', which isn't known here"),
    ],
)
def test_period_that_cannot_be_is_refused(shop, table_of, plan, model, said, asked, complaint):
    """Before the models stopped to learn, after the labels end, or of a model that doesn't say: one line."""
    with pytest.raises(GateError) as refused:
        draw_period(table_of(shop), plan, [saying(model, **said)], **asked)
    assert complaint in str(refused.value)


def test_models_of_different_labels_are_not_compared(shop, table_of, plan, model):
    """One that learned what is verdicts and one that learned a proxy answer different questions."""
    other = replace(saying(model, label="high_refund_proxy"), name="champion")
    with pytest.raises(GateError, match="the challenger from verdict and the champion from high_refund_proxy"):
        draw_period(table_of(shop), plan, [model, other])


def test_decisions_and_costs_are_those_of_the_policy_claim_by_claim(period, model):
    """What the service would decide, priced by what the label says: a loop over claims."""
    policy = read_policy(default_policy_path())
    unlimited = policy.model_copy(update={"review": policy.review.model_copy(update={"capacity_per_day": None})})
    duel = decide_duel(period, model, model, unlimited)
    for row in range(0, len(duel), 7):
        case = Case(
            facts=ClaimFacts.of_event(period.filed[row]),
            vector=period.vectors[row],
            abuse_probability=float(duel.challenger.probability[row]),
        )
        action = judge(case, unlimited).action
        assert duel.challenger.action[row] == CODES[action]
        amount, abusive = period.filed[row].amount_minor, duel.abusive[row]
        if np.isnan(abusive):
            assert duel.challenger.cost_minor[row] == 0
        elif action == "auto_approve":
            assert duel.challenger.cost_minor[row] == abusive * amount
        elif action == "pre_payment_compensation":
            lost = abusive * amount + (1 - abusive) * (1 - policy.recovery.default_probability) * amount
            assert duel.challenger.cost_minor[row] == pytest.approx(lost + policy.costs.advance_fee_minor)


def test_outcomes_are_priced_alike_for_models_that_expect_other_things_of_advances(period, model):
    """Who expects more to come back decides by that, and doesn't pay less for the same action."""

    def expecting(share):
        scorer = SimpleNamespace(
            complete=model.scorer.complete,
            score_many=model.scorer.score_many,
            recovery_probabilities=lambda rows: np.full(len(rows), share),
        )
        return Model("model", model.bundle, scorer)

    policy = read_policy(default_policy_path())
    duel = decide_duel(period, expecting(0.99), expecting(0.01), policy)
    same = duel.challenger.action == duel.champion.action
    assert 0 < same.sum() < len(duel)
    assert duel.challenger.cost_minor[same].tolist() == duel.champion.cost_minor[same].tolist()


def test_slices_cover_every_claim(period, model):
    """Each claim lies in one slice of each kind, by what its event says."""
    duel = decide_duel(period, model, model, read_policy(default_policy_path()))
    by_name = {each.name: each for each in duel.slicings}
    assert set(by_name) == {"category", "amount", "buyer"}
    for each in duel.slicings:
        assert each.code.min() >= 0
        assert each.code.max() < len(each.values)
    assert by_name["category"].values == ("unknown",)
    amounts = np.array([each.amount_minor for each in period.filed])
    for code in range(1, 5):
        edge = float(by_name["amount"].values[code].removeprefix("from ").replace(",", "")) * 100
        assert amounts[by_name["amount"].code == code].min() == edge
    orders = period.vectors[:, period.names.index("buyer_orders_ever")]
    assert (by_name["buyer"].code == (orders > 1)).all()
