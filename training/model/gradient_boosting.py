"""The abuse model: LightGBM with the catalogue's directions as constraints.

    |------- train -------|-- calibration --|
     an early booster      chooses the number of trees, and gives the scores that are calibrated
    |------------- the booster -------------|

The latest claims are the most like those to come, so the booster learns from them too. It can't be calibrated on them
then; what the early booster, which is no other but for its data, made of them stands for what it will make of new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np

from features.arrays import Floats
from features.columns import Column
from features.progress import Progress
from training.dataset import Period
from training.model.parameters import BoostingConfig
from training.model.weighing import weighed_for_fitting

__all__ = ["BoostingConfig", "Fitted", "boosting_parameters", "fit", "fit_early", "make_dataset"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A booster fitted on two periods, the number of its trees, and the log loss by which that number was chosen.

    `later_scores` are raw scores of the later period's claims, by a booster that learned from the earlier one alone.
    """

    booster: lightgbm.Booster
    rounds: int
    log_loss: float
    later_scores: Floats


def fit(
    train: Period,
    later: Period,
    columns: Sequence[Column],
    config: BoostingConfig,
    progress: Progress | None = None,
) -> Fitted:
    """Choose the number of trees on the later period, then fit on both."""
    later = weighed_for_fitting(later)
    early = fit_early(train, later, columns, config, progress)
    rounds = max(1, early.best_iteration)
    booster = lightgbm.train(
        boosting_parameters(columns, config),
        make_dataset([train, later], columns),
        num_boost_round=rounds,
        callbacks=[_report(progress, rounds, "fitting")],
    )
    scores = np.asarray(early.predict(later.vectors, raw_score=True, num_iteration=rounds), dtype=np.float64)
    return Fitted(booster, rounds, float(early.best_score["later"]["binary_logloss"]), scores)


def fit_early(
    train: Period,
    later: Period,
    columns: Sequence[Column],
    config: BoostingConfig,
    progress: Progress | None = None,
) -> lightgbm.Booster:
    """A booster fitted on the earlier period; its `best_iteration` and `best_score["later"]` are by the later one."""
    learned = make_dataset([train], columns)
    return lightgbm.train(
        boosting_parameters(columns, config),
        learned,
        num_boost_round=config.rounds,
        valid_sets=[make_dataset([later], columns, reference=learned)],
        valid_names=["later"],
        callbacks=[
            lightgbm.early_stopping(config.patience, verbose=False),
            _report(progress, config.rounds, "finding the number of trees"),
        ],
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
    periods: Sequence[Period], columns: Sequence[Column], reference: lightgbm.Dataset | None = None
) -> lightgbm.Dataset:
    """Periods, one after the other, as LightGBM takes them; they aren't copied into one array."""
    return lightgbm.Dataset(
        [np.ascontiguousarray(period.vectors) for period in periods],
        np.concatenate([period.abusive for period in periods]),
        weight=np.concatenate([period.weights for period in periods]),
        reference=reference,
        feature_name=[column.name for column in columns],
    )


def _report(progress: Progress | None, rounds: int, what: str) -> Callable[[lightgbm.callback.CallbackEnv], None]:
    def callback(environment: lightgbm.callback.CallbackEnv) -> None:
        if progress is not None:
            progress(environment.iteration + 1, rounds, what)

    return callback
