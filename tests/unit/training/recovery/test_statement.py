"""What card, terminal, manifest and MLflow say of the recovery model."""

from __future__ import annotations

import json

import pytest

from tests.unit.training.recovery.lending import advance
from training.recovery.fitting import RecoveryConfig, fit_recovery
from training.recovery.statement import card_lines, recovery_facts, recovery_metrics, summary_lines


@pytest.fixture(scope="module")
def learned(advances, plan):
    return fit_recovery(advances, plan.columns, RecoveryConfig(), 7)


@pytest.fixture(scope="module")
def nothing(draw_all, plan):
    few = [each for number in range(10) for each in advance(number, day=number)]
    return fit_recovery(draw_all(few), plan.columns, RecoveryConfig(), 7)


def test_card_counts_advances_and_puts_figures_beside_the_constant(learned):
    """Whoever reads it learns how many advances, what came back, and how good the model is."""
    card, examples, figures = "\n".join(card_lines(learned)), learned.advances.examples, learned.figures
    assert (
        f"Of {examples.advances:,} advances {len(examples):,} teach; {examples.came_back:.2%} of them came back."
        in card
    )
    assert f"{examples.too_young:,} younger than {examples.settling.days:.1f} days" in card
    assert f"| log loss | {figures['test_log_loss']:.4f} | {figures['test_constant_log_loss']:.4f} |" in card
    assert "There is none" not in card


def test_card_says_why_there_is_no_model(nothing):
    """And that the policy's default is used."""
    card = "\n".join(card_lines(nothing))
    assert "There is none: 10 advances can teach, and it takes 300. The policy's default is used." in card
    assert "log loss" not in card


def test_summary_says_what_was_learned_or_why_nothing_was(learned, nothing):
    """The terminal has the same in few words."""
    first, second = summary_lines(learned)
    assert first.startswith(
        f"recovery model: learned from {len(learned.advances.examples):,} of 900 advances, of which"
    )
    assert f"log loss {learned.figures['test_log_loss']:.4f}" in second
    (only,) = summary_lines(nothing)
    reason = "10 advances can teach, and it takes 300"
    assert only == f"recovery model: none, the policy's default is used: {reason}; 100% came back of 10"


def test_metrics_are_finite_numbers_with_a_prefix(learned, nothing):
    """MLflow and the manifest take numbers only."""
    for recovery, has_model in ((learned, 1.0), (nothing, 0.0)):
        metrics = recovery_metrics(recovery)
        assert all(name.startswith("recovery_") for name in metrics)
        assert metrics["recovery_model"] == has_model
        json.dumps(metrics, allow_nan=False)
    assert recovery_metrics(learned)["recovery_test_auc"] == learned.figures["test_auc"]


def test_facts_say_how_it_came_about(learned, nothing):
    """The manifest can be read by a program."""
    assert recovery_facts(learned, RecoveryConfig())["why_not"] is None
    facts = recovery_facts(nothing, RecoveryConfig())
    assert (facts["advances"], facts["examples"], facts["config"]["rounds"]) == (10, 10, 80)
    assert facts["why_not"] == "10 advances can teach, and it takes 300"
    json.dumps(facts, allow_nan=False)
