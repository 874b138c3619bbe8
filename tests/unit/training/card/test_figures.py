"""Figures stand with their intervals beside what they must beat, and slices beside one another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.training.evaluated import drawn_evaluation
from training.card.figures import figure_lines, slice_lines

METRICS = {"model_average_precision": 0.61, "model_brier": 0.0987}


@pytest.fixture(scope="module")
def figures():
    return figure_lines(drawn_evaluation(), METRICS)


@pytest.fixture(scope="module")
def slices():
    return slice_lines(drawn_evaluation())


def test_figures_stand_beside_those_of_the_baselines_with_their_ends(figures):
    """A gain can be seen in one row; money is in whole minor units, and what can't be told is no number."""
    assert "| figure | model | logistic regression | past refund rate |" in figures
    row = "| average precision | 0.6100 (0.5900 to 0.6300) | 0.5500 (0.5300 to 0.5700) | 0.2000 (0.1800 to 0.2200) |"
    assert row in figures
    assert "| saved minor per 1000 | 123,456 (114,456 to 132,456) |  |  |" in figures
    assert "| auc | 0.9000 (0.8800 to 0.9200) | 0.8800 (0.8600 to 0.9000) | – |" in figures


def test_gains_are_told_with_what_would_be_none(figures):
    """Whether the model is better than a baseline is a row of its own."""
    assert "| logistic regression | 0.0600 (-0.0100 to 0.1300) |" in figures
    assert any("where zero lies between the ends, no gain" in line for line in figures)


def test_figures_without_an_interval_follow_and_none_stands_twice(figures):
    """What only a metric tells is kept; what the table above has isn't repeated."""
    assert "| model brier | 0.0987 |" in figures
    assert not any(line.startswith("| model average precision") for line in figures)


def test_figures_name_the_policy_that_counts_money(figures):
    """Money means something under a policy only; without one the card says so."""
    assert any("policy 0123456789abcdef" in line for line in figures)
    without = figure_lines(replace(drawn_evaluation(), policy_version=None), {})
    assert "No money was counted: there was no policy to count it by." in without


def test_figures_without_an_evaluation_are_the_metrics():
    """An older training, or one without draws, still has its figures."""
    assert figure_lines(None, METRICS)[2:] == [
        "| model average precision | 0.6100 |",
        "| model brier | 0.0987 |",
        "",
    ]


def test_slices_have_a_row_each_and_names_from_data_stay_text(slices):
    """A platform's own words can't break the table, nor become HTML."""
    assert "| by | slice | filings | average precision | reviewed honest share |" in slices
    (row,) = [line for line in slices if line.startswith("| category | women")]
    assert row.startswith(r"| category | women's\|wear \<b\> | 812 | 0.5800 (0.5600 to 0.6000) | 0.1100")
    assert "| buyer | new | 96 | – | 0.2000 (0.1800 to 0.2200) |" in slices


def test_gaps_stand_with_both_slices_and_what_they_dont_prove(slices):
    """The two furthest apart always lie apart somewhat."""
    assert "| buyer | reviewed honest share | new | known | 0.0900 (0.0300 to 0.1500) |" in slices
    assert "| category | reviewed honest share | phones | toys | 0.0100 (-0.0200 to 0.0400) |" in slices
    assert "a gap is above 0 even where only chance tells them apart" in " ".join(slices)


def test_evaluation_without_slices_says_so():
    """Silence about slices would look like none being worse."""
    assert slice_lines(replace(drawn_evaluation(), slices=(), gaps=())) == ["No slice has enough claims to tell.", ""]
