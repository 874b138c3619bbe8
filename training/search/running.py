"""`clearclaim-train tune`: from events to a file of parameters, and what to say of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from features.columns import Column
from features.plan import Plan, default_plan
from features.progress import Progress
from training.dataset import Dataset, SplitConfig, cut_dataset, gather
from training.model.parameters import BoostingConfig, write_parameters
from training.search.folds import SearchError, inner_folds
from training.search.searching import Budget, Found, OnTrial, search
from training.search.study import Asked, hash_of, open_study
from training.source import events_from
from training.text.appended import append_texts
from training.text.fitting import ReaderConfig


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What `clearclaim-train tune` is asked for; `study` is a file or a database's URL, None for none to keep."""

    events: str
    out: Path
    label: str
    gap_days: float | None
    objective: str
    trials: int
    minutes: float | None
    folds: int
    seed: int
    study: str | None
    mlflow: bool


def run_search(options: SearchOptions, progress: Progress | None = None) -> list[str]:
    """Search, write the parameters, and return what to say.

    Raises:
        SearchError: the search can't be made, or the file of parameters can't be written.
        DatasetError: there are too few events to learn from.
        TrackingError: MLflow can't be reached.
    """
    _check_out(options.out)
    plan = default_plan()
    gathered = gather(events_from(options.events), plan, progress)
    dataset = cut_dataset(gathered, SplitConfig(label=options.label, gap_days=options.gap_days))
    found = search_dataset(dataset, plan, options, progress)
    lines = _lines(found, options)
    write_parameters(options.out, found.best, tuple(lines[:2]))
    return lines


def search_dataset(
    dataset: Dataset,
    plan: Plan,
    options: SearchOptions,
    progress: Progress | None = None,
    *,
    on_trial: OnTrial | None = None,
) -> Found:
    """Search on the training period of a dataset; nothing else of it is looked at."""
    reading = append_texts(dataset, ReaderConfig(), progress)
    columns: tuple[Column, ...] = (*plan.columns, *reading.columns)
    folds = inner_folds(reading.dataset.train, dataset.gap_ms, options.folds)
    base = BoostingConfig(seed=options.seed)
    asked = Asked(hash_of(folds, [column.name for column in columns]), options.objective, options.seed, base)
    study = open_study(options.study, asked)
    budget = Budget(options.trials, None if options.minutes is None else 60 * options.minutes)
    with ExitStack() as stack:
        if not options.mlflow:
            return search(study, folds, columns, asked, budget, on_trial=on_trial, progress=progress)
        from training.search.child_runs import child_runs  # noqa: PLC0415 - MLflow takes seconds to import

        runs = stack.enter_context(child_runs(study, asked))
        found = search(study, folds, columns, asked, budget, on_trial=runs, progress=progress)
        runs.finish(found)
        return found


def _check_out(out: Path) -> None:
    """A search of hours mustn't end at a file that can't be written."""
    if out.suffix not in {".toml", ".json"}:
        raise SearchError(f"--out {out}: must end in .toml or .json")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise SearchError(f"--out {out}: can't be written ({error})") from error


def _lines(found: Found, options: SearchOptions) -> list[str]:
    name = options.objective.replace("_", " ")
    better = "the defaults are the best" if found.number == 0 else f"the best is trial {found.number}"
    went_on = f", {found.before} of them from before" if found.before else ""
    return [
        (
            f"{found.trials} trials{went_on}, {found.given_up} given up early, on {options.folds} inner folds of the "
            "training period"
        ),
        f"{name}: defaults {found.default_value:.5f}, best {found.value:.5f}; {better}",
        f"parameters in {options.out}; it takes a training to show what they are worth on later claims:",
        f"  clearclaim-train train --events {options.events} --params {options.out}",
    ]
