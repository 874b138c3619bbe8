"""How good the model is: what the evaluation says, and after it the figures that only the metrics have."""

from __future__ import annotations

from collections.abc import Mapping

from training.card.table import number, table, words
from training.evaluation.evaluation import Evaluation
from training.evaluation.text import evaluation_markdown


def figure_lines(evaluation: Evaluation | None, metrics: Mapping[str, float]) -> list[str]:
    """Figures of the model beside its baselines, with intervals, by slice, and those that only `metrics` have."""
    if evaluation is None:
        return _metric_lines(metrics)
    shown = {f"{model}_{figure}" for model, figures in evaluation.figures.items() for figure in figures}
    rest = {each: value for each, value in metrics.items() if each not in shown}
    return [
        *evaluation_markdown(evaluation).splitlines(),
        "",
        *(["Further figures of the same test:", "", *_metric_lines(rest)] if rest else []),
    ]


def _metric_lines(metrics: Mapping[str, float]) -> list[str]:
    return table(("figure", "value"), ((words(each), number(value, each)) for each, value in metrics.items()))
