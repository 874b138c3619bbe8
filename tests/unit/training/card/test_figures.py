"""Figures stand with their intervals beside what they must beat; what only the metrics have follows."""

from __future__ import annotations

import pytest

from tests.unit.training.evaluated import drawn_evaluation
from training.card import card_page
from training.card.figures import figure_lines
from training.evaluation.text import evaluation_markdown

METRICS = {"model_average_precision": 0.61, "model_brier": 0.0987}


@pytest.fixture(scope="module")
def figures():
    return figure_lines(drawn_evaluation(), METRICS)


def test_figures_are_what_the_evaluation_says(figures):
    """Model, baselines, gains, slices and gaps, with their intervals."""
    text = "\n".join(figures)
    assert evaluation_markdown(drawn_evaluation()).strip() in text
    assert "0.610 (0.590 to 0.630)" in text


def test_figures_without_an_interval_follow_and_none_stands_twice(figures):
    """What only a metric tells is kept; what the tables above have isn't repeated."""
    assert "| model brier | 0.0987 |" in figures
    assert not any(line.startswith("| model average precision") for line in figures)


def test_figures_without_an_evaluation_are_the_metrics():
    """An older training, or one without draws, still has its figures."""
    assert figure_lines(None, METRICS)[2:] == [
        "| model average precision | 0.6100 |",
        "| model brier | 0.0987 |",
        "",
    ]


def test_slices_named_by_a_platform_stay_text_on_the_page(figures):
    """A word of somebody's own neither breaks the table nor becomes HTML."""
    page = card_page("\n".join(["# Card", "", "## How good it is", "", *figures]))
    assert "<td>women's|wear &lt;b&gt;</td>" in page.replace("&#x27;", "'")
