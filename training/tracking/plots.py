"""Which plots belong to a training, under the names that they have in its run."""

from __future__ import annotations

from collections.abc import Mapping

import mlflow
import numpy as np
from matplotlib.figure import Figure

from training.evaluation.plots import calibration_plot, importance_plot, precision_recall_plot
from training.plots.maturity import maturity_plot
from training.plots.shap_summary import contributions, shap_summary_plot
from training.train import Trained


def draw_plots(trained: Trained) -> dict[str, Figure]:
    """Each plot by name; labels that come from no verdicts have no maturity."""
    latest, dataset = trained.latest, trained.latest.dataset
    test, booster = dataset.test, latest.fitted.booster
    gains = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
    explained = contributions(booster, dataset.columns, test.vectors, trained.config.boosting.seed)
    plots = {
        "precision_recall": precision_recall_plot(test.abusive, test.weights, latest.rankings),
        "calibration": calibration_plot(test.abusive, test.weights, latest.rankings["model"]),
        "importance": importance_plot(dataset.columns, gains),
        "shap_summary": shap_summary_plot(explained),
    }
    labelling = dataset.labelling
    if labelling is not None and labelling.final.ledger is not None:
        plots["maturity"] = maturity_plot(labelling.final.ledger.maturity, labelling.gap.days)
    return plots


def log_plots(plots: Mapping[str, Figure]) -> None:
    """Log drawn plots to the active run."""
    for name, figure in plots.items():
        mlflow.log_figure(figure, f"plots/{name}.png")
