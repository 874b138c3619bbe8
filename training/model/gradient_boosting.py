"""The abuse model: LightGBM with the catalogue's directions as constraints.

    |------- train -------|-- calibration --|
     an early booster      chooses the number of trees, and gives the scores that are calibrated
    |------------- the booster -------------|

The latest claims are the most like those to come, so the booster learns from them too. It can't be calibrated on them
then; what the early booster, which is no other but for its data, made of them stands for what it will make of new ones.
Both find their splits among the same bins, which are told from the columns of both periods and from no label.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import lightgbm
import numpy as np

from features.arrays import Floats
from features.columns import Column
from features.progress import Progress
from training.dataset import Period
from training.model.parameters import BoostingConfig
from training.model.weighing import weighed_for_fitting
from training.stored.vectors import CHUNK_ROWS, Vectors, chunks

__all__ = [
    "BoostingConfig",
    "Fitted",
    "Fitter",
    "boosting_parameters",
    "fit",
    "fit_early",
    "make_dataset",
    "raw_scores",
]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A booster fitted on two periods, the number of its trees, and the log loss by which that number was chosen.

    `later_scores` are raw scores of the later period's claims, by a booster that learned from the earlier one alone.
    """

    booster: lightgbm.Booster
    rounds: int
    log_loss: float
    later_scores: Floats


class Fitter(Protocol):
    """What fits a model: `fit`, or what does the same elsewhere."""

    def __call__(
        self,
        train: Period,
        later: Period,
        columns: Sequence[Column],
        config: BoostingConfig,
        progress: Progress | None = None,
    ) -> Fitted:
        """Choose the number of trees, and fit."""


def fit(
    train: Period,
    later: Period,
    columns: Sequence[Column],
    config: BoostingConfig,
    progress: Progress | None = None,
) -> Fitted:
    """Choose the number of trees on the later period, then fit on both."""
    later = weighed_for_fitting(later)
    parameters = boosting_parameters(columns, config)
    binned = make_dataset([train, later], columns, parameters)
    early = _fit_early(binned, len(train), parameters, config, progress)
    rounds = max(1, early.best_iteration)
    booster = lightgbm.train(
        parameters, binned, num_boost_round=rounds, callbacks=[_report(progress, rounds, "fitting")]
    )
    return Fitted(
        booster,
        rounds,
        float(early.best_score["later"]["binary_logloss"]),
        raw_scores(early, later.vectors, rounds),
    )


def fit_early(
    train: Period,
    later: Period,
    columns: Sequence[Column],
    config: BoostingConfig,
    progress: Progress | None = None,
) -> lightgbm.Booster:
    """A booster fitted on the earlier period; its `best_iteration` and `best_score["later"]` are by the later one."""
    parameters = boosting_parameters(columns, config)
    return _fit_early(make_dataset([train, later], columns, parameters), len(train), parameters, config, progress)


def raw_scores(booster: lightgbm.Booster, vectors: Vectors, rounds: int | None = None) -> Floats:
    """What a booster's first trees (by default all) make of vectors, before calibration; shape (n,).

    Some rows at a time are in memory.
    """
    return np.concatenate(
        [
            np.asarray(booster.predict(rows, raw_score=True, num_iteration=rounds), dtype=np.float64)
            for rows in chunks(vectors)
        ]
    )


def boosting_parameters(columns: Sequence[Column], config: BoostingConfig) -> dict[str, object]:
    """What LightGBM is called with: the configuration, the columns' directions, and what makes a fit repeatable."""
    ours = {"rounds", "patience"}
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "monotone_constraints": [int(column.direction) for column in columns],
        "monotone_constraints_method": "intermediate",
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        **{name: value for name, value in asdict(config).items() if name not in ours},
    }


def make_dataset(
    periods: Sequence[Period], columns: Sequence[Column], parameters: dict[str, object]
) -> lightgbm.Dataset:
    """Periods, one after the other, as LightGBM keeps them: a byte or so for each value.

    That is all that stays in memory of vectors in a file.
    """
    return lightgbm.Dataset(
        [_Rows(period.vectors) for period in periods],
        np.concatenate([period.abusive for period in periods]),
        weight=np.concatenate([period.weights for period in periods]),
        feature_name=[column.name for column in columns],
        params=parameters,
        free_raw_data=True,
    ).construct()


class _Rows(lightgbm.Sequence):  # type: ignore[misc]
    """Vectors as LightGBM reads them: single rows in ascending order for a sample, then all in parts.

    An array goes the same way as a file: LightGBM draws another sample from an array, so the bins would differ.
    """

    batch_size = CHUNK_ROWS

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._vectors)

    def __getitem__(self, key: int | slice) -> Floats:
        rows: Floats = self._vectors[key]
        return rows.copy()  # LightGBM keeps single rows for a while, and a view would keep all of its row group


def _fit_early(
    binned: lightgbm.Dataset,
    earlier: int,
    parameters: dict[str, object],
    config: BoostingConfig,
    progress: Progress | None,
) -> lightgbm.Booster:
    return lightgbm.train(
        parameters,
        binned.subset(range(earlier)),
        num_boost_round=config.rounds,
        valid_sets=[binned.subset(range(earlier, binned.num_data()))],
        valid_names=["later"],
        callbacks=[
            lightgbm.early_stopping(config.patience, verbose=False),
            _report(progress, config.rounds, "finding the number of trees"),
        ],
    )


def _report(progress: Progress | None, rounds: int, what: str) -> Callable[[lightgbm.callback.CallbackEnv], None]:
    def callback(environment: lightgbm.callback.CallbackEnv) -> None:
        if progress is not None:
            progress(environment.iteration + 1, rounds, what)

    return callback
