"""What was tried, kept in a database so that a stopped search goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from training.model.parameters import BoostingConfig
from training.search.folds import InnerFold, SearchError
from training.search.scoring import LESS_IS_BETTER

NAME: Final = "clearclaim-abuse"
ASKED: Final = "asked"  # the attribute that says what a study searches
FINISHED: Final = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study searches: trials count for one another only where all of this is the same."""

    data_hash: str
    objective: str
    seed: int
    base: BoostingConfig


def hash_of(folds: Sequence[InnerFold], columns: Sequence[str]) -> str:
    """First 16 hex digits of a SHA-256 over all that is learned from and judged by."""
    digest = hashlib.sha256("\n".join(columns).encode())
    for fold in folds:
        for period in (fold.learned, fold.judged):
            for array in (period.vectors, period.abusive, period.weights, period.as_of_ms):
                digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def open_study(where: str | None, asked: Asked) -> optuna.Study:
    """Make a study, or open the one that is there.

    A trial that a stopped run left open counts as failed, so one study takes one run at a time.

    Args:
        where: a SQLite file's path, or a database's URL; None for memory.
        asked: what is searched.

    Raises:
        SearchError: there can be no study there, or it searches something else.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = None if where is None else _url(where)
    direction = StudyDirection.MINIMIZE if asked.objective in LESS_IS_BETTER else StudyDirection.MAXIMIZE
    try:
        # a trial is given up after its first or second fold if it does worse there than half of those before it
        study = optuna.create_study(
            storage=storage,
            study_name=NAME,
            direction=direction,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
            load_if_exists=True,
        )
    except (SQLAlchemyError, ImportError, OSError, ValueError, RuntimeError) as error:
        raise SearchError(f"no study at {where} ({error}); give --study a file, or a database's URL") from error
    _check(study, where, asked)
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials with a value, and those that were given up."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def _url(where: str) -> str:
    if "://" in where:
        return where
    path = Path(where)
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{path}"


def _check(study: optuna.Study, where: str | None, asked: Asked) -> None:
    """Tell what a new study searches, or refuse one that searches something else."""
    now = {"data": asked.data_hash, "objective": asked.objective, "seed": asked.seed, **asdict(asked.base)}
    before = study.user_attrs.get(ASKED)
    if before is None:
        study.set_user_attr(ASKED, now)
    elif before != now:
        differs = [name for name in now if before.get(name) != now[name]]
        told = ", ".join(f"{name} was {before.get(name)}, is {now[name]}" for name in differs)
        raise SearchError(f"the study at {where} searches something else ({told}); give another --study")
