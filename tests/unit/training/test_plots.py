"""Plots say what they show, and leave nothing behind."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib import rcParams

from training.evaluation.evaluation import BASE_RATE, CalibrationBand, CostCurve, Interval
from training.evaluation.plots import (
    calibration_band_plot,
    calibration_plot,
    cost_curve_plot,
    importance_plot,
    precision_recall_plot,
)

RANDOM = np.random.default_rng(1)
PROBABILITIES = RANDOM.random(300)
ABUSIVE = (RANDOM.random(300) < PROBABILITIES).astype(np.int8)
WEIGHTS = np.ones(300)
COLUMNS = tuple(f"column_{number}" for number in range(30))
GAINS = np.arange(30, dtype=np.float64)

BAND = CalibrationBand((0.1, 0.4), (Interval(0.12, 0.1, 0.15), Interval(0.3, 0.2, 0.5)), (150.0, 150.0))
CURVES = {
    "model": CostCurve((0.0, 0.5, 1.0), (9_000.0, 4_000.0, 6_000.0), 0.5, 4_000.0),
    BASE_RATE: CostCurve((0.0, 1.0), (9_000.0, 6_000.0), 0.8, 6_600.0),
}

MAKERS = {
    "precision_recall": lambda: precision_recall_plot(
        ABUSIVE, WEIGHTS, {"model": PROBABILITIES, "past_refund_rate": RANDOM.random(300)}
    ),
    "calibration": lambda: calibration_plot(ABUSIVE, WEIGHTS, PROBABILITIES),
    "calibration_band": lambda: calibration_band_plot(BAND),
    "cost_curve": lambda: cost_curve_plot(CURVES, "CNY"),
    "importance": lambda: importance_plot(COLUMNS, GAINS),
}


@pytest.fixture(params=list(MAKERS))
def figure(request: pytest.FixtureRequest):
    return MAKERS[request.param]()


def test_plot_has_a_title_labelled_axes_and_something_drawn(figure):
    """A plot can be read without its code."""
    (axes,) = figure.axes
    assert axes.get_title()
    assert axes.get_xlabel()
    names = {label.get_text() for label in axes.get_yticklabels()}
    assert axes.get_ylabel() or names <= set(COLUMNS), "bars have names in place of a label"
    assert axes.lines or axes.patches


def test_plot_can_be_written_as_a_picture(figure):
    """It can be drawn without any window system."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    assert picture.getvalue().startswith(b"\x89PNG")
    assert len(picture.getvalue()) > 5_000


def test_plots_leave_no_open_figure_and_no_setting_behind():
    """A long-running process that draws a thousand plots keeps none of them."""
    before = dict(rcParams)
    for make in MAKERS.values():
        make()
    assert plt.get_fignums() == []
    assert dict(rcParams) == before


def test_precision_recall_plot_has_a_line_for_each_ranking_and_one_for_chance():
    """The model stands beside its baselines, each with its figure."""
    (axes,) = MAKERS["precision_recall"]().axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert [name.split(" (")[0] for name in names] == ["model", "past refund rate", "chance"]
    assert names[2] == f"chance ({ABUSIVE.mean():.3f})"


def test_calibration_plot_draws_the_ten_parts_at_their_shares():
    """Each dot is a tenth of the claims: what was said, and what was so."""
    (axes,) = MAKERS["calibration"]().axes
    dots = axes.lines[0]
    assert len(dots.get_xdata()) == 10
    lowest = np.argsort(PROBABILITIES)[:30]
    assert dots.get_xdata()[0] == pytest.approx(PROBABILITIES[lowest].mean())
    assert dots.get_ydata()[0] == pytest.approx(ABUSIVE[lowest].mean())


def test_importance_plot_shows_the_largest_gains_largest_on_top():
    """Twenty of thirty columns, as shares of all gain."""
    (axes,) = MAKERS["importance"]().axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [f"column_{number}" for number in range(10, 30)]
    assert axes.patches[-1].get_width() == pytest.approx(29 / GAINS.sum())


def test_importance_plot_of_a_model_without_any_gain_is_drawn():
    """A model of one leaf gained nothing, and nothing is divided by zero."""
    (axes,) = importance_plot(COLUMNS, np.zeros(30)).axes
    assert {patch.get_width() for patch in axes.patches} == {0}


def test_calibration_band_plot_draws_the_curve_and_its_intervals():
    """The line is what was found, the band between what 95 % of draws lie."""
    (axes,) = MAKERS["calibration_band"]().axes
    assert axes.lines[0].get_ydata().tolist() == [0.12, 0.3]
    (band,) = axes.collections
    assert {0.1, 0.15, 0.2, 0.5} <= set(band.get_paths()[0].vertices[:, 1].tolist())


def test_cost_curve_plot_has_a_line_and_the_policys_own_dot_for_each_model():
    """In whole yuan per 1,000 claims, over the share reviewed; deciding without a model is drawn apart."""
    (axes,) = MAKERS["cost_curve"]().axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["model", "base rate alone", "what the policy does"]
    model, dot, base, other = axes.lines[:4]
    assert model.get_ydata().tolist() == [90.0, 40.0, 60.0]
    assert [each.get_xydata().tolist() for each in (dot, other)] == [[[0.5, 40.0]], [[0.8, 66.0]]]
    assert base.get_linestyle() == "--" != model.get_linestyle()
    assert axes.get_ylabel() == "cost per 1,000 claims, CNY"
