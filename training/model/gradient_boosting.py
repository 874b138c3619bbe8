"""The abuse model: LightGBM with the catalogue's directions as constraints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Protocol

import lightgbm
import numpy as np

from features.arrays import Floats
from features.columns import Column
from features.plan import Plan
from features.progress import Progress
from training.dataset import Period
from training.stored.vectors import CHUNK_ROWS, Vectors, chunks


@dataclass(frozen=True, slots=True)
class BoostingConfig:
    """Parameters of LightGBM, under its own names. Trees stay shallow, since explaining a claim costs by their depth.

    `patience` is the number of rounds without gain after which fitting stops; `stop_share` the last part of the
    training period, on which that is judged. `bin_construct_sample_cnt` claims tell the bins; these are in memory at
    once, even where the others are in a file.
    """

    rounds: int = 600
    patience: int = 40
    learning_rate: float = 0.03
    num_leaves: int = 15
    max_depth: int = 5
    min_data_in_leaf: int = 20
    lambda_l2: float = 5.0
    feature_fraction: float = 0.5
    bagging_fraction: float = 0.8
    bagging_freq: int = 1
    max_bin: int = 255
    bin_construct_sample_cnt: int = 50_000
    stop_share: float = 0.2
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted booster, the number of its trees, and the log loss by which that number was chosen."""

    booster: lightgbm.Booster
    rounds: int
    log_loss: float


class Fitter(Protocol):
    """What fits a model: `fit`, or what does the same elsewhere."""

    def __call__(
        self,
        train: Period,
        plan: Plan,
        config: BoostingConfig,
        progress: Progress | None = None,
        *,
        added: tuple[Column, ...] = (),
    ) -> Fitted:
        """Choose the number of trees, and fit."""


def fit(
    train: Period,
    plan: Plan,
    config: BoostingConfig,
    progress: Progress | None = None,
    *,
    added: tuple[Column, ...] = (),
) -> Fitted:
    """Choose the number of trees on the last part of the training period, then fit on all of it.

    The part that chooses is the latest one: a random part would share its moments with the rest. `added` are columns
    after those of the catalogue.
    """
    columns = boosting_columns(plan, added)
    parameters = boosting_parameters(columns, config)
    binned = _binned(train, columns, parameters)
    rounds, log_loss = _find_rounds(binned, len(train), parameters, config, progress)
    booster = lightgbm.train(
        parameters,
        binned,
        num_boost_round=rounds,
        callbacks=[_report(progress, rounds, "fitting")],
    )
    return Fitted(booster, rounds, log_loss)


def raw_scores(booster: lightgbm.Booster, vectors: Vectors) -> Floats:
    """What a booster makes of vectors, before calibration; shape (n,). Some rows at a time are in memory."""
    return np.concatenate(
        [np.asarray(booster.predict(rows, raw_score=True), dtype=np.float64) for rows in chunks(vectors)]
    )


def _find_rounds(
    binned: lightgbm.Dataset,
    rows: int,
    parameters: dict[str, object],
    config: BoostingConfig,
    progress: Progress | None,
) -> tuple[int, float]:
    """The number of trees that does best on the last part, and its log loss there.

    The parts share the bins of the whole, which are told from the columns and from no label.
    """
    head = max(1, int(rows * (1 - config.stop_share)))
    early = binned.subset(range(head))
    stopped = lightgbm.train(
        parameters,
        early,
        num_boost_round=config.rounds,
        valid_sets=[binned.subset(range(head, rows))],
        callbacks=[
            lightgbm.early_stopping(config.patience, verbose=False),
            _report(progress, config.rounds, "finding the number of trees"),
        ],
    )
    return max(1, stopped.best_iteration), float(stopped.best_score["valid_0"]["binary_logloss"])


def boosting_columns(plan: Plan, added: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns that a model takes, in order."""
    return (*plan.columns, *added)


def boosting_parameters(columns: tuple[Column, ...], config: BoostingConfig) -> dict[str, object]:
    """What LightGBM is told, wherever it runs."""
    ours = {"rounds", "patience", "stop_share"}
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


def _binned(train: Period, columns: tuple[Column, ...], parameters: dict[str, object]) -> lightgbm.Dataset:
    """The period as LightGBM keeps it: a byte or so for each value. It is all that stays in memory of a file."""
    return lightgbm.Dataset(
        _Rows(train.vectors),
        train.abusive,
        weight=train.weights,
        feature_name=[column.name for column in columns],
        params=parameters,
        free_raw_data=True,
    ).construct()


def _report(progress: Progress | None, rounds: int, what: str) -> Callable[[lightgbm.callback.CallbackEnv], None]:
    def callback(environment: lightgbm.callback.CallbackEnv) -> None:
        if progress is not None:
            progress(environment.iteration + 1, rounds, what)

    return callback
