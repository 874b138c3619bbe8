"""Every figure of an evaluation has one name in MLflow, and the name says whose it is."""

from __future__ import annotations

import math
import re

import pytest

from tests.unit.training.evaluated import drawn_evaluation
from training.tracking.figures import (
    chunked,
    evaluation_metrics,
    figures_of,
    model_metrics,
    period_metrics,
)

MLFLOW_TAKES = re.compile(r"^[/\w.\- :]{1,250}$")


@pytest.fixture(scope="module")
def metrics():
    return evaluation_metrics(drawn_evaluation())


def test_figure_has_its_value_and_both_ends(metrics):
    """Of the model and of each baseline, and of what the model gains."""
    for name, value, low, high in (
        ("model_average_precision", 0.61, 0.59, 0.63),
        ("logistic_regression_auc", 0.88, 0.86, 0.9),
        ("gain_over_past_refund_rate_average_precision", 0.41, 0.35, 0.47),
        ("slice/buyer/new/reviewed_honest_share", 0.2, 0.18, 0.22),
        ("gap/buyer/reviewed_honest_share", 0.09, 0.03, 0.15),
    ):
        assert [metrics[f"{name}{end}"] for end in ("", "_low", "_high")] == pytest.approx([value, low, high])
    assert metrics["slice/buyer/new/filings"] == 95.5


def test_figure_that_cant_be_told_is_left_out(metrics):
    """A missing figure is no zero, and MLflow draws no NaN."""
    assert all(math.isfinite(value) for value in metrics.values())
    assert "past_refund_rate_auc" not in metrics
    assert "slice/buyer/new/average_precision_low" not in metrics


def test_names_are_such_as_mlflow_takes(metrics):
    """Words of a platform's own become parts of names without their signs."""
    assert [name for name in metrics if not MLFLOW_TAKES.match(name)] == []
    assert "slice/category/women_s_wear _b_/average_precision" in metrics


def test_evaluation_that_isnt_there_has_no_metrics():
    """A training without one logs what it has."""
    assert evaluation_metrics(None) == {}


def test_figures_of_one_model_stand_without_its_name():
    """So that a table compares a baseline's run with a fold's in one column."""
    of_baseline = figures_of("logistic_regression", model_metrics(drawn_evaluation()))
    assert of_baseline["average_precision"] == 0.55
    assert set(of_baseline) == {
        f"{name}{end}" for name in ("average_precision", "auc") for end in ("", "_low", "_high")
    }


def test_periods_have_their_claims_filings_and_abuse(trained):
    """How much each figure rests on."""
    dataset = trained.latest.dataset
    named = period_metrics(dataset)
    assert named["train_claims"] == len(dataset.train)
    assert named["calibration_filings"] == dataset.calibration.filings
    assert named["test_abusive_share"] == dataset.test.abusive_share
    assert len(named) == 9


def test_metrics_in_parts_are_all_there():
    """MLflow takes a thousand at once."""
    many = {str(number): float(number) for number in range(1_234)}
    parts = list(chunked(many))
    assert [len(part) for part in parts] == [500, 500, 234]
    assert {name: value for part in parts for name, value in part.items()} == many
