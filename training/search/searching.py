"""The search: Optuna proposes parameters, and those that do badly on the first folds are given up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

import optuna
from optuna.trial import FrozenTrial, TrialState

from features.columns import Column
from features.progress import Progress
from training.model.parameters import BoostingConfig
from training.search.folds import InnerFold, SearchError
from training.search.scoring import score
from training.search.space import Parameters, as_suggested, configured, suggest
from training.search.study import Asked, finished

SEEDS_APART: Final = 10_007  # so that no two searches of neighbouring seeds draw the same


@dataclass(frozen=True, slots=True)
class TrialDone:
    """A finished trial: its parameters, and its value; None where it was given up."""

    number: int
    parameters: Parameters
    value: float | None


OnTrial: TypeAlias = Callable[[TrialDone], None]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many trials the study shall have in all, and for how many seconds this run may go on; None for no end."""

    trials: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the best configuration and its trial's number, its value and the value of the defaults.

    `before` is how many trials the study had when this run began, `trials` how many it has now, of which `given_up`.
    """

    best: BoostingConfig
    number: int
    value: float
    default_value: float
    before: int
    trials: int
    given_up: int


def search(
    study: optuna.Study,
    folds: Sequence[InnerFold],
    columns: Sequence[Column],
    asked: Asked,
    budget: Budget,
    *,
    on_trial: OnTrial | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Try the defaults first, then what Optuna proposes, until the study has its trials or time is over.

    Each trial is proposed by a sampler with a seed of its own, from all that was tried before. So a search that was
    stopped and went on finds the same as one that wasn't. Ctrl-C ends it; what was found until then counts.

    Raises:
        SearchError: it was stopped before the defaults were through.
    """
    before, end = len(finished(study)), None if budget.seconds is None else clock() + budget.seconds
    with suppress(KeyboardInterrupt):
        for done in range(before, budget.trials):
            if end is not None and clock() >= end and done > 0:
                break
            trial = _try(study, folds, columns, asked, done)
            if on_trial is not None:
                on_trial(trial)
            if progress is not None:
                progress(done + 1, budget.trials, f"{asked.objective.replace('_', ' ')} {study.best_value:.5f} at best")
    return _found(study, asked, before)


def _try(
    study: optuna.Study, folds: Sequence[InnerFold], columns: Sequence[Column], asked: Asked, done: int
) -> TrialDone:
    study.sampler = optuna.samplers.TPESampler(seed=(asked.seed * SEEDS_APART + done) % 2**32)
    if done == 0 and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(as_suggested(asked.base))
    trial = study.ask()
    try:
        config = configured(suggest(trial), asked.base)
        value = score(folds, columns, config, asked.objective, _pruning(trial, len(folds)))
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
        return TrialDone(trial.number, trial.params, None)
    except BaseException:
        study.tell(trial, state=TrialState.FAIL)
        raise
    study.tell(trial, value)
    return TrialDone(trial.number, trial.params, value)


def _pruning(trial: optuna.Trial, folds: int) -> Callable[[int, float], None]:
    def after_each(done: int, mean: float) -> None:
        trial.report(mean, done)
        if done < folds and trial.should_prune():
            raise optuna.TrialPruned

    return after_each


def _found(study: optuna.Study, asked: Asked, before: int) -> Found:
    trials = finished(study)
    whole = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if not whole:
        raise SearchError("stopped before a single trial was through; give it more time")
    best = study.best_trial
    return Found(
        best=configured(best.params, asked.base),
        number=best.number,
        value=float(study.best_value),
        default_value=_value(whole[0]),
        before=before,
        trials=len(trials),
        given_up=len(trials) - len(whole),
    )


def _value(trial: FrozenTrial) -> float:
    if trial.value is None:
        raise SearchError(f"trial {trial.number} of the study has no value; give another --study")
    return trial.value
