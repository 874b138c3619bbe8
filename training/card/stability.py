"""Whether the model does as well at other moments: the same training, rehearsed at moments of the past."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from training.card.table import day, interval, number, table, words
from training.dataset import Dataset
from training.evaluation.evaluation import Evaluation, Interval

FIGURES: Final = ("average_precision", "auc", "calibration_error", "saved_minor_per_1000")


class RehearsedFold(Protocol):
    """What the card needs of `training.train.Fold`."""

    @property
    def dataset(self) -> Dataset:
        """What it learned from and was tested on."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """Its figures by name."""

    @property
    def evaluation(self) -> Evaluation | None:
        """Its figures with intervals, if there are any."""


def fold_lines(folds: Sequence[RehearsedFold]) -> list[str]:
    """A row per fold, the latest first, and what they say together."""
    if len(folds) < 2:
        return ["One test period alone: whether the model does as well at other times isn't known.", ""]
    figures = [each for each in FIGURES if any(model_figure(fold, each) is not None for fold in folds)]
    rows = ((*_period(fold), *(_told(fold, each) for each in figures)) for fold in folds)
    return [
        f"The same training at {len(folds)} moments, each with what was known by then, tested on what came after it:",
        "",
        *table(("test from", "to", "filings", "labelled abusive", *(words(each) for each in figures)), rows, words=2),
        _verdict(folds),
        "",
    ]


def model_figure(fold: RehearsedFold, figure: str) -> Interval | None:
    """A figure of the fold's model, without an interval where nobody drew one; None if there is no such figure."""
    if fold.evaluation is not None and figure in fold.evaluation.figures.get("model", {}):
        return fold.evaluation.figures["model"][figure]
    value = fold.metrics.get(f"model_{figure}")
    return None if value is None else Interval(value, math.nan, math.nan)


def _period(fold: RehearsedFold) -> tuple[str, str, str, str]:
    test = fold.dataset.test
    start, end = day(int(test.as_of_ms[0])), day(int(test.as_of_ms[-1]))
    return start, end, f"{test.filings:,}", f"{test.abusive_share:.2%}"


def _told(fold: RehearsedFold, figure: str) -> str:
    found = model_figure(fold, figure)
    return "" if found is None else interval(found, figure)


def _verdict(folds: Sequence[RehearsedFold]) -> str:
    """In words: how far average precision spreads, and whether the earlier folds' intervals meet the latest's."""
    told = [found for fold in folds if (found := model_figure(fold, "average_precision")) is not None]
    values = [each.value for each in told]
    spread = f"Average precision lies between {number(min(values))} and {number(max(values))}"
    latest, earlier = told[0], told[1:]
    if not math.isfinite(latest.low):
        return f"{spread}; without intervals, nothing says how much of that is luck."
    apart = sum(1 for each in earlier if each.high < latest.low or each.low > latest.high)
    if apart == 0:
        return f"{spread}. All intervals meet the latest's: no change over time is shown."
    return (
        f"{spread}. Of {len(earlier)} earlier intervals {apart} lie apart from the latest's: the model, or what it "
        "meets, changes over time, and the latest figures may not hold for long."
    )
