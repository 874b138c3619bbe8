"""What is searched, and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final, TypeAlias

import optuna

from training.model.parameters import BoostingConfig

Parameters: TypeAlias = Mapping[str, int | float | bool]

LEAVES_IN_ALL: Final = 9_000  # of all trees together: what scoring and explaining a claim may cost
MOST_BINS: Final = 5_000


def suggest(trial: optuna.Trial) -> Parameters:
    """Parameters to try, under LightGBM's names.

    Bins reach far beyond LightGBM's own 255, since amounts and times have more values than that; they cost time, so the
    bounds are searched by their logarithm, and most trials have few.
    """
    return {
        "num_leaves": trial.suggest_int("num_leaves", 4, 31, log=True),
        "max_depth": trial.suggest_int("max_depth", 3, 7),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 200, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.1, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.4, 1.0),
        "path_smooth": trial.suggest_float("path_smooth", 0.0, 30.0),
        "extra_trees": trial.suggest_categorical("extra_trees", [True, False]),
        "max_bin": trial.suggest_int("max_bin", 31, MOST_BINS, log=True),
    }


SEARCHED: Final = (
    "num_leaves",
    "max_depth",
    "learning_rate",
    "min_data_in_leaf",
    "lambda_l2",
    "feature_fraction",
    "bagging_fraction",
    "path_smooth",
    "extra_trees",
    "max_bin",
)


def as_suggested(config: BoostingConfig) -> dict[str, int | float | bool]:
    """A configuration as a trial that suggests it."""
    return {name: getattr(config, name) for name in SEARCHED}


def configured(parameters: Parameters, base: BoostingConfig) -> BoostingConfig:
    """A configuration with what a trial suggested; where its trees have many leaves, there may be fewer of them."""
    rounds = min(base.rounds, LEAVES_IN_ALL // int(parameters["num_leaves"]))
    return BoostingConfig(**{**asdict(base), "rounds": rounds, **parameters})
