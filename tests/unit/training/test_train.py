"""One training: honest about the test, the same each time, and its bundle is the model that was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.events import EventKind
from serving.bundle import write_bundle
from serving.scorer import Scorer
from tests.unit.training.recovery.lending import nine_merchants
from training.card import write_card
from training.evaluation.metrics import rank_metrics
from training.recovery.fitting import LOOKED_AT
from training.summary import summary
from training.train import TrainingConfig, train

pytestmark = pytest.mark.slow

FLIP = {"abusive": "legitimate", "legitimate": "abusive"}


def test_train_again_gives_the_same_bundle(trained, shop, table_of, plan, quick, tmp_path):
    """The same events and configuration make the same model, by its version and its figures."""
    again = train(table_of(shop), plan, quick)
    first, second = (write_bundle(tmp_path / name, one.bundle) for name, one in (("a", trained), ("b", again)))
    assert first.model_version == second.model_version
    assert again.latest.metrics == trained.latest.metrics


def test_train_with_another_seed_gives_another_model(trained, shop, table_of, plan, quick):
    """The seed reaches the model."""
    other = train(table_of(shop), plan, replace(quick, boosting=replace(quick.boosting, seed=8)))
    assert other.bundle.model_text != trained.bundle.model_text


def test_train_never_learns_from_what_became_known_after_the_test_began(trained, shop, table_of, plan, quick):
    """With all later verdicts turned round, the model is the same to the byte; only its figures change."""
    test_start_ms, _ = trained.latest.dataset.label_drawn_at_ms
    turned = [
        replace(event, verdict=FLIP[event.verdict]) if event.verdict and event.known_at_ms >= test_start_ms else event
        for event in shop
    ]
    other = train(table_of(turned), plan, quick)
    assert other.bundle.model_text == trained.bundle.model_text
    assert other.bundle.calibration == trained.bundle.calibration
    assert other.latest.metrics["model_average_precision"] != trained.latest.metrics["model_average_precision"]


def test_bundle_scores_the_test_as_the_training_did(trained, tmp_path):
    """What was measured is what a service answers, bit for bit."""
    with Scorer(write_bundle(tmp_path / "bundle", trained.bundle)) as scorer:
        assert (
            scorer.score_many(trained.latest.dataset.test.vectors).tolist() == trained.latest.rankings["model"].tolist()
        )


def test_bundle_carries_probes_that_are_nobodys_claim(trained):
    """Rows with what LightGBM's own predict made of them; no row is one of the data, though each value is."""
    probes, vectors = trained.bundle.probes, trained.latest.dataset.test.vectors
    assert len(set(probes.abuse.raw_scores)) > 4
    assert probes.abuse.raw_scores == tuple(
        trained.latest.fitted.booster.predict(probes.matrix, raw_score=True).tolist()
    )
    for row in probes.matrix[1:]:
        assert not (np.isclose(vectors, row, rtol=0, atol=0, equal_nan=True)).all(axis=1).any()
        known = [np.isnan(vectors[:, column]).any() or value in vectors[:, column] for column, value in enumerate(row)]
        assert all(known)


def test_bundle_holds_the_catalogues_columns_and_reasons(trained, plan):
    """Each column with the code under which it speaks, and each code's words in both languages."""
    bundle = trained.bundle
    assert [(column.name, column.reason) for column in bundle.columns] == [
        (column.name, column.reason.code) for column in plan.columns
    ]
    assert bundle.catalog_hash == plan.catalog_hash
    for column in plan.columns:
        texts = {"en": column.reason.text.en, "zh-CN": column.reason.text.zh}
        assert bundle.reason_texts[column.reason.code] == texts


def test_bundle_says_how_it_was_trained(trained, quick):
    """Label, data, configuration and periods are in its manifest."""
    training = trained.bundle.training
    assert (training["label"], training["data_hash"]) == ("verdict", trained.latest.dataset.data_hash)
    assert training["boosting"]["rounds"] == quick.boosting.rounds
    assert [period["claims"] for period in training["periods"].values()] == [
        len(period) for period in trained.latest.dataset.periods
    ]
    assert set(trained.bundle.versions) >= {"lightgbm", "numpy"}


def test_metrics_are_finite_and_of_the_model_and_both_baselines(trained):
    """MLflow and the manifest take numbers only."""
    for name in ("model", "logistic_regression", "past_refund_rate", "unconstrained"):
        for suffix in ("", "_per_claim"):
            assert {f"{name}{suffix}_average_precision", f"{name}{suffix}_auc"} <= set(trained.latest.metrics)
    assert np.isfinite(list(trained.latest.metrics.values())).all()


def test_metrics_are_the_figures_of_the_evaluation(trained):
    """Those of before under the names of before, and money beside them."""
    metrics, figures = trained.latest.metrics, trained.latest.evaluation.figures
    assert set(figures) == set(trained.latest.rankings)
    for name, of in figures.items():
        for figure, interval in of.items():
            assert metrics[f"{name}_{figure}"] == pytest.approx(interval.value)
    assert {"model_saved_minor_per_1000", "model_recall_at_1_fpr", "model_precision_at_capacity"} <= set(metrics)
    assert trained.latest.evaluation.policy_version == trained.config.policy.version
    assert trained.latest.evaluation.replicates == trained.config.evaluation.replicates


def test_train_without_a_policy_counts_no_money(shop, table_of, plan, quick):
    """The rest of the figures is there all the same."""
    metrics = train(table_of(shop), plan, replace(quick, policy=None)).latest.metrics
    assert "model_saved_minor_per_1000" not in metrics
    assert "model_recall_at_1_fpr" in metrics


@pytest.mark.parametrize("period", ["train", "calibration"])
def test_model_and_calibration_learn_from_both_periods_before_the_test(trained, shop, table_of, plan, quick, period):
    """The latest claims are the most like those to come: the model is fitted on them too, once it is calibrated."""
    dataset = trained.latest.dataset
    amounts = getattr(dataset, period).vectors[:, dataset.columns.index("claim_amount_minor")]
    rulings = {f"claim_adjudicated-{int(amount) - 1_000}-0" for amount in amounts[::4]}
    turned = [replace(each, verdict=FLIP[each.verdict]) if each.event_id in rulings else each for each in shop]
    other = train(table_of(turned), plan, quick)
    assert other.bundle.model_text != trained.bundle.model_text
    assert other.bundle.calibration != trained.bundle.calibration


def test_probabilities_promise_as_much_abuse_as_the_calibration_period_had(trained):
    """On that period, by a booster to which it is new, they are right over all claims."""
    period = trained.latest.dataset.calibration
    probabilities = trained.bundle.calibration.probabilities(trained.latest.fitted.later_scores)
    assert np.average(probabilities, weights=period.weights) == pytest.approx(period.abusive_share, abs=0.01)


def test_metrics_count_filings_and_per_claim_figures_count_claims(trained, shop, claim, table_of, plan, quick):
    """A filing of many lines weighs as one in the first figures and as many in the second."""
    dataset = trained.latest.dataset
    at = dataset.test.vectors[10:20, dataset.columns.index("claim_amount_minor")].astype(int) - 1_000
    lines = [event for number in at.tolist() for line in range(1, 6) for event in claim(number, line=line)]
    shared = train(table_of([*shop, *lines]), plan, quick)
    test = shared.latest.dataset.test
    by_filing = rank_metrics(test.abusive, shared.latest.rankings["model"], test.weights)
    by_claim = rank_metrics(test.abusive, shared.latest.rankings["model"], test.label_weights)
    assert by_filing != by_claim
    assert shared.latest.metrics["model_auc"] == by_filing.auc
    assert shared.latest.metrics["model_per_claim_auc"] == by_claim.auc


@pytest.fixture(scope="module")
def lent(shop, table_of, plan, quick):
    """A training on a shop that paid some claims first."""
    end_ms = max(event.known_at_ms for event in shop)
    events = [*shop, *(event for event in nine_merchants(300, 900) if event.known_at_ms < end_ms)]
    return train(table_of(events), plan, quick)


def test_train_on_advances_puts_a_recovery_model_into_the_bundle(lent, tmp_path):
    """What was fitted is what a service answers, from the vectors of the abuse model."""
    assert lent.recovery.why_not is None
    examples = lent.recovery.advances.examples
    columns = [number for number, column in enumerate(lent.bundle.columns) if column.reason in LOOKED_AT]
    blind = np.zeros_like(examples.vectors)
    blind[:, columns] = examples.vectors[:, columns]
    with Scorer(write_bundle(tmp_path / "bundle", lent.bundle)) as scorer:
        probabilities = scorer.recovery_probabilities(examples.vectors)
        assert probabilities.tolist() == scorer.recovery_probabilities(blind).tolist()
    merchant = np.arange(len(examples)) % 9
    assert probabilities[merchant == 0].mean() < 0.35
    assert probabilities[merchant == 8].mean() > 0.75


def test_train_on_advances_says_what_it_learned_in_card_manifest_and_summary(lent):
    """Figures of the recovery model stand under names of their own."""
    figures = lent.recovery.figures
    assert lent.bundle.metrics["recovery_test_log_loss"] == figures["test_log_loss"]
    assert lent.bundle.metrics["recovery_model"] == 1.0
    assert lent.bundle.training["recovery"]["examples"] == len(lent.recovery.advances.examples)
    assert (
        f"| log loss | {figures['test_log_loss']:.4f} | {figures['test_constant_log_loss']:.4f} |" in lent.bundle.card
    )
    assert "recovery model: learned from " in summary(lent)


def test_train_without_advances_gives_a_bundle_without_a_recovery_model_and_says_why(trained):
    """Card, manifest and summary give the reason."""
    reason = "no claim was ever answered with an advance"
    assert (trained.bundle.recovery, trained.recovery.why_not) == (None, reason)
    assert trained.bundle.training["recovery"]["why_not"] == reason
    assert f"There is none: {reason}. The policy's default is used." in trained.bundle.card
    assert f"recovery model: none, the policy's default is used: {reason}" in summary(trained)
    assert "Recovery model" not in write_card(trained.latest.dataset, {}, "f00d")


def test_train_reports_each_step(shop, table_of, plan, quick):
    """Features first, then the model, then what it must beat, and how good it is."""
    steps: list[str] = []
    train(table_of(shop), plan, quick, lambda _done, _total, what: steps.append(what))
    order = list(dict.fromkeys(steps))
    assert order[0].startswith("history")
    assert order[-4:] == ["finding the number of trees", "fitting", "fitting baselines", "evaluating"]


def test_train_on_claims_that_nobody_ruled_on_needs_another_label(shop, table_of, plan):
    """Without verdicts there is nothing to learn under the default label."""
    silent = [event for event in shop if event.kind is not EventKind.CLAIM_ADJUDICATED]
    with pytest.raises(ValueError, match="bring more history"):
        train(table_of(silent), plan, TrainingConfig())
