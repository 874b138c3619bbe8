"""What a model is for and where it ends is said for each kind of label; the command makes the model again."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from training.card.use import Recipe, command, limit_lines, reproduce_lines, use_lines
from training.cli import main
from training.dataset import LABELS, SplitConfig
from training.model.gradient_boosting import BoostingConfig


def test_use_says_what_it_is_for_and_what_not():
    """Misuse is named as plainly as use."""
    text = "\n".join(use_lines())
    assert "only a person does" in text
    assert "**Not for**" in text
    for misuse in ("blocking a buyer", "judging buyers", "evidence in a dispute"):
        assert misuse in text


@pytest.mark.parametrize(
    ("label", "word"),
    [
        ("verdict", "by weights"),
        ("verdict_unweighted", "verdicts err"),
        ("verdict_or_silence", "Silence counts as clean"),
        ("high_refund_proxy", "Labels are a proxy"),
    ],
)
def test_limits_follow_from_the_label(trained, label, word):
    """What a label can't tell, its model can't either."""
    assert label in LABELS
    dataset = replace(trained.latest.dataset, label=label)
    assert word in "\n".join(limit_lines(dataset, 1, has_intervals=False))


def test_limits_tell_of_folds_and_of_luck(trained):
    """How much was tested, and what intervals don't cover."""
    dataset = trained.latest.dataset
    assert limit_lines(dataset, 1, has_intervals=False)[0] == (
        "**Limits.** One test period. No intervals: nothing says how far a figure is luck."
    )
    head = limit_lines(dataset, 3, has_intervals=True)[0]
    assert "3 test periods" in head
    assert "not of wrong labels" in head


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(SplitConfig(), BoostingConfig()),
        Recipe(SplitConfig(label="verdict_unweighted", gap_days=31.5), BoostingConfig(rounds=12, seed=3)),
    ],
)
def test_command_is_one_that_the_command_line_takes(recipe):
    """Its options are parsed back to the settings that they stand for."""
    program, name, *arguments = shlex.split(command(recipe, "my data/events.parquet"))
    assert program == "clearclaim-train"
    given = main.commands[name].make_context(name, arguments).params
    assert given["events"] == "my data/events.parquet"
    assert (given["label"], given["gap_days"]) == (recipe.split.label, recipe.split.gap_days)
    assert (given["seed"], given["rounds"]) == (recipe.boosting.seed, recipe.boosting.rounds)


def test_settings_that_no_option_sets_are_named(trained):
    """A tuned model can be made again too."""
    dataset = trained.latest.dataset
    tuned = Recipe(SplitConfig(test_share=0.3), BoostingConfig(max_bin=5000, rounds=12), folds=3)
    lines = reproduce_lines(tuned, dataset)
    assert "`test_share = 0.3, max_bin = 5000`" in lines[-1]
    assert any("--rounds 12 --folds 3" in line for line in lines)
    assert "otherwise" not in "\n".join(reproduce_lines(Recipe(SplitConfig(), BoostingConfig()), dataset))
