"""The abuse model: LightGBM with the catalogue's directions as constraints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np

from features.columns import Column
from features.plan import Plan
from features.progress import Progress
from training.dataset import Period


@dataclass(frozen=True, slots=True)
class BoostingConfig:
    """Parameters of LightGBM, under its own names. Trees stay shallow, since explaining a claim costs by their depth.

    `patience` is the number of rounds without gain after which fitting stops; `stop_share` the last part of the
    training period, on which that is judged.
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
    stop_share: float = 0.2
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted booster, the number of its trees, and the log loss by which that number was chosen."""

    booster: lightgbm.Booster
    rounds: int
    log_loss: float


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
    columns = (*plan.columns, *added)
    parameters = _parameters(columns, config)
    head = max(1, int(len(train) * (1 - config.stop_share)))
    early = _dataset(train, columns, slice(None, head))
    stopped = lightgbm.train(
        parameters,
        early,
        num_boost_round=config.rounds,
        valid_sets=[_dataset(train, columns, slice(head, None), reference=early)],
        callbacks=[
            lightgbm.early_stopping(config.patience, verbose=False),
            _report(progress, config.rounds, "finding the number of trees"),
        ],
    )
    rounds = max(1, stopped.best_iteration)
    booster = lightgbm.train(
        parameters,
        _dataset(train, columns, slice(None)),
        num_boost_round=rounds,
        callbacks=[_report(progress, rounds, "fitting")],
    )
    return Fitted(booster, rounds, float(stopped.best_score["valid_0"]["binary_logloss"]))


def _parameters(columns: tuple[Column, ...], config: BoostingConfig) -> dict[str, object]:
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


def _dataset(
    train: Period, columns: tuple[Column, ...], part: slice, reference: lightgbm.Dataset | None = None
) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        np.ascontiguousarray(train.vectors[part]),
        train.abusive[part],
        weight=train.weights[part],
        reference=reference,
        feature_name=[column.name for column in columns],
        free_raw_data=False,
    )


def _report(progress: Progress | None, rounds: int, what: str) -> Callable[[lightgbm.callback.CallbackEnv], None]:
    def callback(environment: lightgbm.callback.CallbackEnv) -> None:
        if progress is not None:
            progress(environment.iteration + 1, rounds, what)

    return callback
