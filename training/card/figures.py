"""How good the model is: with intervals, beside what it must beat, and by slice of the claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from training.card.table import interval, name, number, table, words
from training.evaluation.evaluation import Evaluation, Interval

MODEL: Final = "model"
# what a reader asks first of a slice; every figure of it stands in MLflow
OF_SLICES: Final = ("average_precision", "recall_at_5_fpr", "calibration_error", "reviewed_honest_share")


def figure_lines(evaluation: Evaluation | None, metrics: Mapping[str, float]) -> list[str]:
    """Figures of the model and its baselines, then those that only `metrics` have."""
    if evaluation is None:
        return _metric_lines(metrics)
    shown = {f"{model}_{figure}" for model, figures in evaluation.figures.items() for figure in figures}
    rest = {each: value for each, value in metrics.items() if each not in shown}
    return [
        "In brackets between what a figure lies with 95 % confidence, by drawing buyers anew: how far it may be the",
        f"luck of these buyers. {evaluation.claims:,} claims in {evaluation.filings:,} filings.",
        "",
        *_beside_baselines(evaluation),
        *_gain_lines(evaluation),
        *_money_line(evaluation),
        *(["Further figures of the same test:", "", *_metric_lines(rest)] if rest else []),
    ]


def slice_lines(evaluation: Evaluation) -> list[str]:
    """The model by slice, and how far slices lie apart."""
    if not evaluation.slices:
        return ["No slice has enough claims to tell.", ""]
    occurring = {figure for each in evaluation.slices for figure in each.figures}
    shown: list[str] = [figure for figure in OF_SLICES if figure in occurring] or sorted(occurring)
    rows = (
        (
            words(each.slicing),
            name(each.value),
            f"{each.filings:,.0f}",
            *(_told(each.figures, figure) for figure in shown),
        )
        for each in evaluation.slices
    )
    return [
        "How the model does on parts of the claims. `reviewed honest share` is the share of honest claims that the",
        "policy sends to a person: the burden that the model puts on the innocent.",
        "",
        *table(("by", "slice", "filings", *(words(figure) for figure in shown)), rows, words=2),
        *_gap_lines(evaluation),
    ]


def _metric_lines(metrics: Mapping[str, float]) -> list[str]:
    return table(("figure", "value"), ((words(each), number(value, each)) for each, value in metrics.items()))


def _beside_baselines(evaluation: Evaluation) -> list[str]:
    models = [MODEL, *(each for each in evaluation.figures if each != MODEL)]
    models = [each for each in models if each in evaluation.figures]
    figures = _in_order(figures for each in models for figures in [evaluation.figures[each]])
    rows = ((words(figure), *(_told(evaluation.figures[each], figure) for each in models)) for figure in figures)
    return table(("figure", *(words(each) for each in models)), rows)


def _gain_lines(evaluation: Evaluation) -> list[str]:
    if not evaluation.gains:
        return []
    figures = _in_order(evaluation.gains.values())
    rows = (
        (words(baseline), *(_told(gains, figure) for figure in figures)) for baseline, gains in evaluation.gains.items()
    )
    return [
        "What the model gains over each baseline, from the same draws; where zero lies between the ends, no gain is",
        "shown:",
        "",
        *table(("over", *(words(figure) for figure in figures)), rows),
    ]


def _money_line(evaluation: Evaluation) -> list[str]:
    if evaluation.policy_version is None:
        return ["No money was counted: there was no policy to count it by.", ""]
    return [
        f"Money is counted by policy {name(evaluation.policy_version)}, in minor units (cents, fen), per 1,000 claims,",
        "against deciding with the base rate alone.",
        "",
    ]


def _gap_lines(evaluation: Evaluation) -> list[str]:
    if not evaluation.gaps:
        return []
    rows = (
        (
            words(gap.slicing),
            words(gap.figure),
            name(gap.highest),
            name(gap.lowest),
            interval(gap.gap, gap.figure),
        )
        for gap in evaluation.gaps
    )
    head = ("by", "figure", "highest in", "lowest in", "gap")
    return [
        "Fairness: how far a figure lies apart between two slices, at the thresholds that the policy decides by. They",
        "were picked for lying furthest apart, so a gap is above 0 even where only chance tells them apart:",
        "",
        *table(head, rows, words=4),
    ]


def _told(figures: Mapping[str, Interval], figure: str) -> str:
    return interval(figures[figure], figure) if figure in figures else ""


def _in_order(several: Iterable[Mapping[str, Interval]]) -> list[str]:
    """The names of figures in the order in which they first occur."""
    return list(dict.fromkeys(figure for figures in several for figure in figures))
