"""Plots of one model, for its MLflow run. Figures are made without any window system."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve

from features.arrays import Floats
from training.evaluation.metrics import calibration_curve, rank_metrics

Outcomes = npt.NDArray[np.int8]


def precision_recall_plot(abusive: Outcomes, weights: Floats, rankings: Mapping[str, Floats]) -> Figure:
    """Precision over recall, a line for the model and one for each baseline."""
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    for name, ranking in rankings.items():
        precision, recall, _ = precision_recall_curve(abusive, ranking, sample_weight=weights)
        score = rank_metrics(abusive, ranking, weights).average_precision
        axes.plot(recall, precision, label=f"{name.replace('_', ' ')} ({score:.3f})")
    chance = float(np.average(abusive, weights=weights))
    axes.axhline(chance, color="grey", linestyle=":", label=f"chance ({chance:.3f})")
    axes.set(
        xlabel="recall: share of abusive claims found",
        ylabel="precision: share of found claims that are abusive",
        title="Precision and recall on the test period (average precision)",
        xlim=(0, 1),
        ylim=(0, 1.02),
    )
    axes.legend(loc="upper right")
    return figure


def calibration_plot(abusive: Outcomes, weights: Floats, probabilities: Floats) -> Figure:
    """Share found abusive over the probability that was given, with two standard errors."""
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    curve = calibration_curve(abusive, probabilities, weights)
    predicted, observed = curve.predicted, curve.observed
    error = 2 * np.sqrt(np.maximum(observed * (1 - observed), 1e-9) / curve.weight)
    axes.errorbar(predicted, observed, yerr=error, fmt="o", capsize=3, label="a tenth of the claims each")
    end = float(max(predicted.max(), observed.max())) * 1.1 + 0.01
    axes.plot([0, end], [0, end], color="grey", linestyle=":", label="means what it says")
    axes.set(
        xlabel="abuse probability given",
        ylabel="share labelled abusive",
        title="Calibration on the test period",
        xlim=(0, end),
        ylim=(0, None),
    )
    axes.legend(loc="upper left")
    return figure


def importance_plot(columns: tuple[str, ...], gains: Floats, most: int = 20) -> Figure:
    """The columns that the trees gained most from."""
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.subplots()
    top = np.argsort(gains)[::-1][:most][::-1]
    total = float(gains.sum()) or 1.0
    axes.barh([columns[index] for index in top], gains[top] / total)
    axes.set(xlabel="share of all gain", title=f"The {len(top)} columns with the largest gain")
    return figure
