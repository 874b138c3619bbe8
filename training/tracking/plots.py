"""Which plots belong to a training, under the names that they have in its run."""

from __future__ import annotations

from collections.abc import Mapping

import mlflow
import numpy as np
from matplotlib.figure import Figure

from training.evaluation.plots import (
    calibration_band_plot,
    calibration_plot,
    cost_curve_plot,
    importance_plot,
    precision_recall_plot,
)
from training.plots.maturity import maturity_plot
from training.plots.shap_summary import contributions, shap_summary_plot
from training.train import Fold, Trained


def draw_plots(trained: Trained) -> dict[str, Figure]:
    """Each plot by name; labels that come from no verdicts have no maturity."""
    latest, dataset = trained.latest, trained.latest.dataset
    test, booster = dataset.test, latest.fitted.booster
    gains = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
    explained = contributions(booster, dataset.columns, test.vectors, trained.config.boosting.seed)
    plots = {
        "precision_recall": precision_recall_plot(test.abusive, test.weights, latest.rankings),
        "calibration": _calibration(latest),
        "importance": importance_plot(dataset.columns, gains),
        "shap_summary": shap_summary_plot(explained),
    }
    evaluation = latest.evaluation
    if evaluation is not None and evaluation.cost_curves:
        plots["cost_curve"] = cost_curve_plot(evaluation.cost_curves, evaluation.currency)
    labelling = dataset.labelling
    if labelling is not None and labelling.final.ledger is not None:
        plots["maturity"] = maturity_plot(labelling.final.ledger.maturity, labelling.gap.days)
    return plots


def _calibration(fold: Fold) -> Figure:
    """With intervals by buyer where they were drawn."""
    if fold.evaluation is not None and fold.evaluation.calibration is not None:
        return calibration_band_plot(fold.evaluation.calibration)
    test = fold.dataset.test
    return calibration_plot(test.abusive, test.weights, fold.rankings["model"])


def log_plots(plots: Mapping[str, Figure]) -> None:
    """Log drawn plots to the active run."""
    for name, figure in plots.items():
        mlflow.log_figure(figure, f"plots/{name}.png")
