"""Folds say whether the model does as well at other moments, and no more than they can."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.training.evaluated import drawn_evaluation
from training.card.stability import fold_lines


@pytest.fixture
def fold_of(trained):
    """A fold of which only the figures differ."""

    def fold(average_precision=None, **metrics):
        evaluation = None if average_precision is None else drawn_evaluation(average_precision)
        return replace(trained.latest, evaluation=evaluation, metrics=metrics)

    return fold


def test_one_fold_tells_nothing_of_time(fold_of):
    """A single test period is said to be one."""
    assert fold_lines([fold_of(0.6)]) == [
        "One test period alone: whether the model does as well at other times isn't known.",
        "",
    ]


def test_folds_have_a_row_each_with_their_period_and_intervals(fold_of, trained):
    """Latest first, as the folds are."""
    lines = fold_lines([fold_of(0.61), fold_of(0.62)])
    test = trained.latest.dataset.test
    rows = [line for line in lines if line.startswith("| 2024")]
    assert [row.split(" | ")[2] for row in rows] == [f"{test.filings:,}"] * 2
    assert "0.6100 (0.5900 to 0.6300)" in rows[0]
    assert "0.6200 (0.6000 to 0.6400)" in rows[1]
    assert "123,456 (114,456 to 132,456)" in rows[0]


def test_folds_whose_intervals_meet_show_no_change(fold_of):
    """What may be luck isn't called a change."""
    text = "\n".join(fold_lines([fold_of(0.61), fold_of(0.64), fold_of(0.60)]))
    assert "Average precision lies between 0.6000 and 0.6400. All intervals meet the latest's" in text


@pytest.mark.parametrize("earlier", [0.70, 0.50])
def test_folds_whose_intervals_lie_apart_are_a_change(fold_of, earlier):
    """A model that did better or worse before may do so again."""
    text = "\n".join(fold_lines([fold_of(0.61), fold_of(0.62), fold_of(earlier)]))
    assert "Of 2 earlier intervals 1 lie apart from the latest's" in text


def test_folds_without_intervals_say_that_luck_cant_be_told(fold_of):
    """Figures alone are shown, and nothing is concluded."""
    lines = fold_lines([fold_of(model_average_precision=0.6), fold_of(model_average_precision=0.4)])
    assert "without intervals, nothing says how much of that is luck" in "\n".join(lines)
    assert any(line.endswith("| 0.4000 |") for line in lines)
