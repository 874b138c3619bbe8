"""Figures under the names that MLflow shows them by.

A figure `average_precision` of the model is `model_average_precision`, of a baseline `logistic_regression_...`, what
the model gains over that baseline `gain_over_logistic_regression_...`. Ends of intervals have `_low` and `_high`
behind. Those of slices and gaps stand under `slice/` and `gap/`, which MLflow's page folds together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from training.dataset import Dataset
from training.evaluation.evaluation import Evaluation, Interval

_LONGEST: Final = 200  # MLflow takes 250 characters for a name
_NOT_IN_NAMES: Final = re.compile(r"[^\w.\- ]")  # what MLflow takes beside these, ":" and "/", means something here


def period_metrics(dataset: Dataset) -> dict[str, float]:
    """How many claims and filings each period has, and the share of filings labelled abusive."""
    named: dict[str, float] = {}
    for period in dataset.periods:
        named[f"{period.name}_claims"] = len(period)
        named[f"{period.name}_filings"] = period.filings
        named[f"{period.name}_abusive_share"] = period.abusive_share
    return named


def evaluation_metrics(evaluation: Evaluation | None) -> dict[str, float]:
    """Figures, gains, slices and gaps with their intervals; what can't be told (NaN) is left out."""
    if evaluation is None:
        return {}
    named = model_metrics(evaluation)
    for slice_ in evaluation.slices:
        prefix = f"slice/{_word(slice_.slicing)}/{_word(slice_.value)}"
        named |= {f"{prefix}/filings": slice_.filings, **_named(slice_.figures, f"{prefix}/")}
    for gap in evaluation.gaps:
        named |= _named({gap.figure: gap.gap}, f"gap/{_word(gap.slicing)}/")
    return {name: value for name, value in named.items() if math.isfinite(value)}


def model_metrics(evaluation: Evaluation) -> dict[str, float]:
    """The figures of the model and its baselines, and the model's gains, without those by slice."""
    named: dict[str, float] = {}
    for model, figures in evaluation.figures.items():
        named |= _named(figures, f"{model}_")
    for baseline, gains in evaluation.gains.items():
        named |= _named(gains, f"gain_over_{baseline}_")
    return {name: value for name, value in named.items() if math.isfinite(value)}


def figures_of(model: str, metrics: Mapping[str, float]) -> dict[str, float]:
    """The figures of one model or baseline, without its name: so that runs of several stand in the same columns."""
    prefix = f"{model}_"
    return {name.removeprefix(prefix): value for name, value in metrics.items() if name.startswith(prefix)}


def chunked(metrics: Mapping[str, float], size: int = 500) -> Iterable[dict[str, float]]:
    """The metrics in parts that MLflow takes at once (at most 1,000)."""
    items = list(metrics.items())
    return (dict(items[start : start + size]) for start in range(0, len(items), size))


def _named(figures: Mapping[str, Interval], prefix: str) -> dict[str, float]:
    named: dict[str, float] = {}
    for name, interval in figures.items():
        named[f"{prefix}{name}"] = interval.value
        named[f"{prefix}{name}_low"] = interval.low
        named[f"{prefix}{name}_high"] = interval.high
    return named


def _word(text: str) -> str:
    """A slice's name as a part of a metric's name: platforms choose them, and MLflow doesn't take every character."""
    return _NOT_IN_NAMES.sub("_", text)[: _LONGEST // 2] or "_"
