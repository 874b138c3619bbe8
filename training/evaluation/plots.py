"""Plots of one model, for its MLflow run. Figures are made without any window system."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter, StrMethodFormatter
from sklearn.metrics import precision_recall_curve

from features.arrays import Floats
from training.evaluation.evaluation import BASE_RATE, CalibrationBand, CostCurve
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


def calibration_band_plot(band: CalibrationBand) -> Figure:
    """Share found abusive over the probability that was given, with 95 % intervals by buyer."""
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    predicted = np.array(band.predicted)
    value, low, high = (np.array([getattr(each, name) for each in band.observed]) for name in ("value", "low", "high"))
    axes.fill_between(predicted, low, high, alpha=0.2, label="95 % of draws of buyers")
    axes.plot(predicted, value, marker="o", label="a tenth of the filings each")
    end = float(np.nanmax([*predicted, *value, *high, 0.0])) * 1.05 + 0.01
    axes.plot([0, end], [0, end], color="grey", linestyle=":", label="means what it says")
    axes.set(
        xlabel="abuse probability given",
        ylabel="share labelled abusive",
        title="Calibration on the test period",
        xlim=(0, end),
        ylim=(0, end),
    )
    axes.legend(loc="upper left")
    return figure


def cost_curve_plot(curves: Mapping[str, CostCurve], currency: str | None = None) -> Figure:
    """What 1,000 claims cost over the share of them that is reviewed, a line for each model.

    The claims whose review is expected to save most come first, and a dot stands where the policy stops by itself. So
    a line tells what more or fewer reviewers would be worth, and the distance between lines what a model is worth.
    """
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    for name, curve in curves.items():
        alone = name == BASE_RATE
        label = "base rate alone" if alone else name.replace("_", " ")
        (line,) = axes.plot(curve.reviewed_share, np.array(curve.cost_minor) / 100, label=label)
        if alone:
            line.set(color="grey", linestyle="--")
        axes.plot([curve.policy_share], [curve.policy_cost_minor / 100], marker="o", color=line.get_color())
    axes.plot([], [], marker="o", linestyle="", color="black", label="what the policy does")
    axes.set(
        xlabel="share of claims that a person reviews",
        ylabel=f"cost per 1,000 claims{f', {currency}' if currency else ''}",
        title="Cost by labels on the test period",
        xlim=(0, 1),
    )
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.legend(loc="best")
    return figure
