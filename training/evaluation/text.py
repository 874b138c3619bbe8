"""An evaluation in words: tables for the terminal, and for the model's card. Each figure with its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from training.evaluation.evaluation import Evaluation, FairnessGap, Interval

_WORDS: Final[Mapping[str, str]] = {
    "average_precision": "average precision",
    "auc": "AUC",
    "recall_at_1_fpr": "recall at 1 % of false positives",
    "recall_at_5_fpr": "recall at 5 % of false positives",
    "precision_at_capacity": "precision at the day's capacity",
    "calibration_error": "calibration error",
    "log_loss": "log loss",
    "saved_minor_per_1000": "saved per 1,000 claims",
    "abusive_share": "share abusive",
    "reviewed_honest_share": "honest claims sent to a person",
    "missed_abusive_share": "abusive claims let through",
}
_SHARES: Final = frozenset({"abusive_share", "reviewed_honest_share", "missed_abusive_share", "precision_at_capacity"})
_DASH: Final = "-"


def words_of(figure: str) -> str:
    """What a figure is called in texts; its name with blanks where it has no words of its own."""
    return _WORDS.get(figure, figure.replace("_", " "))


def lines(evaluation: Evaluation) -> list[str]:
    """Tables for the terminal: the model beside its baselines, and its gains over them; then gaps between slices."""
    found = [*_aligned(_model_rows(evaluation, "", ""))]
    if evaluation.gains:
        found += ["", *_aligned(_gain_rows(evaluation, "model's gain over", ""))]
    return [*found, "", *_notes(evaluation), *(_gap_sentence(gap) for gap in evaluation.gaps)]


def evaluation_markdown(evaluation: Evaluation) -> str:
    """Sections for a page: figures, gains, slices and gaps, as tables of Markdown."""
    parts = [_table(_model_rows(evaluation, "figure", "")), " ".join(_notes(evaluation))]
    if evaluation.gains:
        parts.append("**Gains** of the model over each baseline, from the same draws of buyers:")
        parts.append(_table(_gain_rows(evaluation, "figure", "over ")))
    if evaluation.slices:
        parts += ["**Slices** of the test, by the model:", _table(_slice_rows(evaluation))]
    if evaluation.gaps:
        parts.append(
            "**Gaps** between slices at the thresholds that the policy decides by. The two slices were picked for "
            "lying furthest apart, so a gap is above 0 even where only chance tells them apart:"
        )
        parts.append(_table(_gap_rows(evaluation)))
    return "\n\n".join(parts) + "\n"


def _model_rows(evaluation: Evaluation, corner: str, before: str) -> list[list[str]]:
    return _rows(evaluation, evaluation.figures, corner, before, signed=False)


def _gain_rows(evaluation: Evaluation, corner: str, before: str) -> list[list[str]]:
    return _rows(evaluation, evaluation.gains, corner, before, signed=True)


def _rows(
    evaluation: Evaluation, of: Mapping[str, Mapping[str, Interval]], corner: str, before: str, *, signed: bool
) -> list[list[str]]:
    """A row for each figure and a column for each model, with a head."""
    rows = [[corner, *(before + _escaped(name.replace("_", " ")) for name in of)]]
    for figure in _figures_of(of.values()):
        cells = (_text(figure, each[figure], signed=signed) if figure in each else _DASH for each in of.values())
        rows.append([_with_unit(figure, evaluation), *cells])
    return rows


def _slice_rows(evaluation: Evaluation) -> list[list[str]]:
    figures = _figures_of(each.figures for each in evaluation.slices)
    rows = [["told apart by", "slice", "filings", *(_with_unit(figure, evaluation) for figure in figures)]]
    for each in evaluation.slices:
        cells = (_text(name, each.figures[name]) if name in each.figures else _DASH for name in figures)
        rows.append([each.slicing, _escaped(each.value), f"{each.filings:,.0f}", *cells])
    return rows


def _gap_rows(evaluation: Evaluation) -> list[list[str]]:
    rows = [["told apart by", "figure", "highest", "lowest", "gap"]]
    for gap in evaluation.gaps:
        between = (_escaped(gap.highest), _escaped(gap.lowest))
        rows.append([gap.slicing, words_of(gap.figure), *between, _text(gap.figure, gap.gap)])
    return rows


def _notes(evaluation: Evaluation) -> Iterator[str]:
    start, end = (_day(moment) for moment in (evaluation.from_ms, evaluation.to_ms))
    yield (
        f"{evaluation.claims:,} labelled claims in {evaluation.filings:,} filings from {start} to {end}; in brackets "
        f"what 95 % of {evaluation.replicates:,} draws of buyers lie between."
    )
    if evaluation.policy_version is not None:
        yield (
            f"Money is what deciding by the model under policy {evaluation.policy_version[:12]} saves against deciding "
            f"by the base rate of {evaluation.base_rate:.2%} alone."
        )
    if math.isfinite(evaluation.capacity_share):
        rest = "" if evaluation.capacity_share < 1 else ", so that its precision is the share abusive of any ranking"
        yield f"Reviewers have time for {evaluation.capacity_share:.1%} of the claims{rest}."


def _gap_sentence(gap: FairnessGap) -> str:
    return (
        f"{words_of(gap.figure)}, by {gap.slicing}: {gap.highest} most, {gap.lowest} least, "
        f"{_text(gap.figure, gap.gap)} apart"
    )


def _figures_of(several: Iterable[Mapping[str, Interval]]) -> list[str]:
    """Names of all figures, in the order of `_WORDS`, others after those."""
    names = dict.fromkeys(name for figures in several for name in figures)
    return sorted(names, key=lambda name: list(_WORDS).index(name) if name in _WORDS else len(_WORDS))


def _with_unit(figure: str, evaluation: Evaluation) -> str:
    if figure.endswith("_minor_per_1000") and evaluation.currency:
        return f"{words_of(figure)}, {evaluation.currency}"
    return words_of(figure)


def _text(figure: str, interval: Interval, *, signed: bool = False) -> str:
    """A figure with its interval: shares in percent, money in major units.

    >>> _text("auc", Interval(0.91234, 0.9, 0.92)), _text("abusive_share", Interval(0.1, 0.09, 0.112))
    ('0.912 (0.900 to 0.920)', '10.0 % (9.0 to 11.2)')
    """
    if not math.isfinite(interval.value):
        return _DASH
    sign, unit, factor = ("+" if signed else ""), "", 1.0
    digits = ".4f" if figure in {"calibration_error", "log_loss"} else ".3f"
    if figure in _SHARES:
        digits, unit, factor = ".1f", " %", 100.0
    if "_minor" in figure:
        digits, factor = ",.0f", 0.01
    places = int(digits[-2])
    value, low, high = (
        format(round(number * factor, places) + 0.0, sign + digits)  # no -0.0
        for number in (interval.value, interval.low, interval.high)
    )
    return f"{value}{unit} ({low} to {high})"


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for first, *rest in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True))
        yield "  ".join([f"{first:<{widths[0]}}", *cells]).rstrip()


def _table(rows: list[list[str]]) -> str:
    head, *rest = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rest])


def _escaped(text: str) -> str:
    """A value from the data, which must not end a cell or begin a tag."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;")


def _day(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date().isoformat()
