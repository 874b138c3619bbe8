"""What a set of parameters is worth: how a model that they make does on the judged parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from sklearn.metrics import average_precision_score, log_loss

from features.arrays import Floats
from features.columns import Column
from training.dataset import Period
from training.model.gradient_boosting import fit_early
from training.model.parameters import BoostingConfig
from training.search.folds import InnerFold

Measure: TypeAlias = Callable[[Period, Floats], float]


def _log_loss(period: Period, probabilities: Floats) -> float:
    return float(log_loss(period.abusive, probabilities, sample_weight=period.weights, labels=[0, 1]))


def _average_precision(period: Period, probabilities: Floats) -> float:
    return float(average_precision_score(period.abusive, probabilities, sample_weight=period.weights))


MEASURES: Final[Mapping[str, Measure]] = {"log_loss": _log_loss, "average_precision": _average_precision}
LESS_IS_BETTER: Final = frozenset({"log_loss"})


def score(
    folds: Sequence[InnerFold],
    columns: Sequence[Column],
    config: BoostingConfig,
    objective: str,
    after_each: Callable[[int, float], None],
) -> float:
    """The mean of the objective over the folds; each model stops where more trees no longer help its judged part.

    Args:
        folds: to learn from and judge by.
        columns: of the vectors.
        config: what to try.
        objective: a key of `MEASURES`.
        after_each: called with the number of folds done and the mean so far; it may raise to end the trial.
    """
    values = []
    for fold in folds:
        booster = fit_early(fold.learned, fold.judged, columns, config)
        probabilities = np.asarray(booster.predict(fold.judged.vectors), dtype=np.float64)
        values.append(MEASURES[objective](fold.judged, probabilities))
        after_each(len(values), float(np.mean(values)))
    return float(np.mean(values))
