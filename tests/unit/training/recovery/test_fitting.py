"""A model where there is something to learn, and where there isn't, none and the reason why."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from serving.text.columns import TEXT_COLUMNS
from tests.unit.training.recovery.lending import advance
from training.recovery.fitting import LEAST_EXAMPLES, LOOKED_AT, RecoveryConfig, fit_recovery

CONFIG = RecoveryConfig()
SEED = 7


@pytest.fixture(scope="module")
def recovery(advances, plan):
    return fit_recovery(advances, plan.columns, CONFIG, SEED)


def told(recovery, vectors):
    """What a model says of some claims."""
    booster = lightgbm.Booster(model_str=recovery.head.model_text)
    return recovery.head.calibration.probabilities(booster.predict(vectors, raw_score=True))


def some(advances, chosen):
    """Those of the examples; there is no rehearsal."""
    examples = advances.examples
    fewer = replace(
        examples,
        vectors=examples.vectors[chosen],
        as_of_ms=examples.as_of_ms[chosen],
        recovered_share=examples.recovered_share[chosen],
    )
    return replace(advances, examples=fewer, rehearsal=None)


def test_model_expects_little_of_a_merchant_that_never_pays_and_much_of_one_that_always_does(recovery, advances):
    """Told from what the merchants did before, for claims of the last fifth."""
    merchant = np.arange(len(advances.examples)) % 9
    last = np.arange(len(advances.examples)) > 0.8 * len(advances.examples)
    probabilities = told(recovery, advances.examples.vectors)
    assert recovery.why_not is None
    assert probabilities[last & (merchant == 0)].mean() < 0.2
    assert probabilities[last & (merchant == 8)].mean() > 0.8
    assert probabilities[last].mean() == pytest.approx(advances.examples.recovered_share[last].mean(), abs=0.1)


def test_probabilities_promise_on_the_later_part_what_came_back_there(recovery, advances):
    """Calibration is made on advances that the trees never saw."""
    later = slice(int(len(advances.examples) * 0.75), None)
    mean = told(recovery, advances.examples.vectors[later]).mean()
    assert mean == pytest.approx(advances.examples.recovered_share[later].mean(), abs=0.01)


def test_figures_are_of_the_rehearsal_and_beat_the_constant(recovery, advances):
    """The test lies after all that the rehearsed model learned from."""
    figures = recovery.figures
    test = advances.examples.since(advances.rehearsal.known_by_ms)
    assert figures["test_examples"] == len(test)
    assert figures["test_came_back"] == pytest.approx(test.recovered_share.mean())
    assert figures["test_log_loss"] < figures["test_constant_log_loss"] - 0.02
    assert figures["test_brier"] < figures["test_constant_brier"]
    assert figures["test_auc"] > 0.65
    assert figures["later_log_loss"] < figures["later_constant_log_loss"] - 0.02
    assert np.isfinite(list(figures.values())).all()


def test_rehearsal_learns_nothing_from_its_test(advances, plan, recovery):
    """With what came back of the test turned round, its model ranks as before: the figures are those of that model."""
    test = advances.examples.as_of_ms >= advances.rehearsal.known_by_ms
    share = advances.examples.recovered_share
    turned = replace(advances.examples, recovered_share=np.where(test, 1 - share, share))
    figures = fit_recovery(replace(advances, examples=turned), plan.columns, CONFIG, SEED).figures
    assert figures["test_auc"] == pytest.approx(1 - recovery.figures["test_auc"])


def test_same_seed_gives_the_same_model_and_another_seed_another(recovery, advances, plan):
    """A training can be made again."""
    again = fit_recovery(advances, plan.columns, CONFIG, SEED)
    assert (again.head, again.figures) == (recovery.head, recovery.figures)
    assert fit_recovery(advances, plan.columns, CONFIG, SEED + 1).head.model_text != recovery.head.model_text


def test_model_looks_at_what_its_reason_codes_speak_of_and_at_nothing_else(recovery, plan):
    """Columns that tell merchants apart would be learned by heart."""
    booster = lightgbm.Booster(model_str=recovery.head.model_text)
    used = {plan.columns[number].reason.code for number in np.flatnonzero(booster.feature_importance())}
    assert used <= LOOKED_AT
    assert "merchant_advances" in used
    assert {column.reason.code for column in plan.columns} >= LOOKED_AT


def test_model_takes_the_columns_of_the_abuse_model_with_those_of_texts(recovery, advances, plan):
    """One vector goes to both models; what a text says changes nothing here."""
    columns = (*plan.columns, *TEXT_COLUMNS)
    with_texts = fit_recovery(advances, columns, CONFIG, SEED)
    assert lightgbm.Booster(model_str=with_texts.head.model_text).feature_name() == [each.name for each in columns]
    vectors = advances.examples.vectors
    silent, loud = (np.pad(vectors, ((0, 0), (0, len(TEXT_COLUMNS))), constant_values=each) for each in (np.nan, 0.9))
    assert told(with_texts, silent).tolist() == told(with_texts, loud).tolist() == told(recovery, vectors).tolist()


def test_partial_recoveries_count_in_part(lending, draw_all, plan):
    """A platform that always gets half of it back expects half."""
    halves = [replace(e, recovered_minor=e.amount_minor // 2) if e.recovered_minor is not None else e for e in lending]
    recovery = fit_recovery(draw_all(halves), plan.columns, CONFIG, SEED)
    assert recovery.advances.examples.came_back == 0.5
    assert "no better than a constant share: log loss 0.6931 against 0.6931" in recovery.why_not


def test_too_few_advances_give_no_model_and_the_reason(advances, plan):
    """The policy's default holds then, and people are told how far off they are."""
    short = some(advances, slice(LEAST_EXAMPLES - 1))
    recovery = fit_recovery(short, plan.columns, CONFIG, SEED)
    assert recovery.head is None
    assert recovery.why_not == "299 advances can teach, and it takes 300"
    assert recovery.figures == {}
    enough = fit_recovery(some(advances, slice(LEAST_EXAMPLES)), plan.columns, CONFIG, SEED)
    assert "can teach" not in str(enough.why_not)


def test_no_advance_at_all_gives_no_model_and_the_reason(draw_all, plan):
    """A platform that never pays first is no error."""
    none = draw_all(advance(0, action="manual_review", back=None))
    assert fit_recovery(none, plan.columns, CONFIG, SEED).why_not == "no claim was ever answered with an advance"


@pytest.mark.parametrize("turn", [False, True])
def test_too_few_of_either_side_give_no_model_and_the_reason(advances, plan, turn):
    """Where nearly everything comes back, or nothing, there is nothing to tell apart."""
    share = np.zeros(len(advances.examples))
    share[::20] = 1
    one_sided = replace(advances.examples, recovered_share=1 - share if turn else share)
    recovery = fit_recovery(replace(advances, examples=one_sided, rehearsal=None), plan.columns, CONFIG, SEED)
    assert recovery.head is None
    assert "it takes 50 of each" in recovery.why_not


def test_merchants_who_are_all_alike_mostly_give_no_model_and_the_reason(advances, plan):
    """Where the columns say nothing of what comes back, a constant does as well; chance passes now and then."""
    reasons = []
    for seed in range(10):
        chance = np.random.default_rng(seed).random(len(advances.examples)) < 0.6
        drawn = replace(advances.examples, recovered_share=chance.astype(np.float64))
        recovery = fit_recovery(replace(advances, examples=drawn, rehearsal=None), plan.columns, CONFIG, SEED)
        reasons += [] if recovery.head is not None else [recovery.why_not]
    assert len(reasons) >= 6
    assert all("on later advances it did no better than a constant share: log loss 0." in each for each in reasons)


def test_many_open_advances_give_no_model_and_the_reason(lending, draw_all, plan):
    """A platform that reports no write-offs would have them all open: it is told what to report."""
    open_ones = [event for event in lending if event.recovered_minor != 0]
    recovery = fit_recovery(draw_all(open_ones), plan.columns, CONFIG, SEED)
    assert recovery.head is None
    assert "nothing is on record of 4" in recovery.why_not
    assert "report what came back of each in an advance_settled event" in recovery.why_not
