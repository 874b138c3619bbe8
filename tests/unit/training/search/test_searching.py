"""The search: repeatable, goes on where it stopped, and sees nothing after the training period."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import optuna
import pytest

from features.definition import Direction
from training.dataset import Period
from training.model.parameters import BoostingConfig
from training.search.folds import SearchError, inner_folds
from training.search.searching import Budget, Found, TrialDone, search
from training.search.space import LEAVES_IN_ALL, as_suggested, configured
from training.search.study import Asked, finished, hash_of, open_study

pytestmark = pytest.mark.slow

BASE = BoostingConfig(rounds=15, patience=5, max_bin=63)
ROWS, GAP_MS = 600, 5


class FakeColumn(NamedTuple):
    """All that a fit asks of a column."""

    name: str
    direction: Direction = Direction.EITHER


COLUMNS = tuple(FakeColumn(name) for name in ("amount", "share", "noise", "days"))


def make_period(name: str = "train", seed: int = 5) -> Period:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(ROWS, len(COLUMNS)))
    abusive = (vectors[:, 0] + vectors[:, 1] + random.normal(size=ROWS) > 1).astype(np.int8)
    return Period(name, vectors, abusive, np.ones(ROWS), np.arange(ROWS, dtype=np.int64))


def run(trials: int, where: str | None = None, objective: str = "log_loss", seed: int = 7, **more) -> Found:
    folds = inner_folds(make_period(), GAP_MS, 2)
    asked = Asked(hash_of(folds, [column.name for column in COLUMNS]), objective, seed, replace(BASE, seed=seed))
    return search(open_study(where, asked), folds, COLUMNS, asked, Budget(trials, more.pop("seconds", None)), **more)


def trials_of(path: str) -> list[tuple[dict[str, object], float | None]]:
    return [(trial.params, trial.value) for trial in finished(optuna.load_study(study_name=None, storage=path))]


def test_inner_folds_judge_by_later_claims_than_they_learn_from():
    """Nothing is learned from the future, nor from the gap before it; judged parts follow one another to the end."""
    folds = inner_folds(make_period(), GAP_MS, 3)
    for fold in folds:
        assert fold.learned.as_of_ms[0] == 0
        assert fold.learned.as_of_ms[-1] == fold.judged.as_of_ms[0] - GAP_MS - 1
    judged = np.concatenate([fold.judged.as_of_ms for fold in folds])
    assert judged.tolist() == list(range(ROWS * 2 // 5, ROWS))


def test_inner_folds_of_too_few_labels_are_refused():
    """A judgement by a handful of claims would be chance."""
    period = make_period()
    scarce = replace(period, abusive=np.where(np.arange(ROWS) % 100 == 0, period.abusive, 0).astype(np.int8))
    with pytest.raises(SearchError, match="ask for fewer --folds, or bring more history"):
        inner_folds(scarce, GAP_MS, 3)


def test_search_tries_the_defaults_first_and_finds_nothing_worse():
    """A search never takes from what there was."""
    seen: list[TrialDone] = []
    found = run(4, on_trial=seen.append)
    assert seen[0].parameters == as_suggested(BASE)
    assert seen[0].value == found.default_value
    assert found.value == min(trial.value for trial in seen if trial.value is not None)
    assert found.trials == len(seen) == 4


def test_search_for_average_precision_takes_the_highest():
    """What is best depends on the objective."""
    seen: list[TrialDone] = []
    found = run(4, objective="average_precision", on_trial=seen.append)
    assert found.value == max(trial.value for trial in seen if trial.value is not None)
    assert 0 < found.default_value <= found.value <= 1


def test_search_that_was_stopped_goes_on_and_finds_what_one_in_one_go_does(tmp_path):
    """A night's work isn't lost, and isn't other than it would have been."""
    whole, parts = str(tmp_path / "whole.db"), str(tmp_path / "parts.db")
    at_once = run(5, whole)
    run(2, parts)

    def interrupt(trial: TrialDone) -> None:
        if trial.number == 3:
            raise KeyboardInterrupt

    stopped = run(5, parts, on_trial=interrupt)
    went_on = run(5, parts)
    assert (stopped.before, stopped.trials) == (2, 4)
    assert (went_on.before, went_on.trials) == (4, 5)
    assert trials_of(f"sqlite:///{parts}") == trials_of(f"sqlite:///{whole}")
    assert went_on.best == at_once.best
    assert run(5, parts) == replace(went_on, before=5)


def test_study_of_something_else_is_refused_and_says_what_differs(tmp_path):
    """Trials count for one another only where all but the parameters is the same."""
    where = str(tmp_path / "study.db")
    run(1, where)
    with pytest.raises(SearchError, match=r"study.db searches something else \(seed was 7, is 8\); give another"):
        run(1, where, seed=8)


def test_study_in_a_file_that_is_none_is_refused(tmp_path):
    """The message says what to give."""
    (tmp_path / "study.db").write_text("no database, and long enough not to be taken for an empty one" * 20)
    with pytest.raises(SearchError, match="give --study a file, or a database's URL"):
        run(1, str(tmp_path / "study.db"))


def test_search_with_another_seed_tries_something_else():
    """The seed reaches the sampler."""
    one, two = [], []
    run(2, on_trial=one.append)
    run(2, seed=8, on_trial=two.append)
    assert one[1].parameters != two[1].parameters


def test_search_begins_no_trial_after_its_time():
    """Time is asked before each trial; the first is always made, so that there is a result."""
    ticks = iter(range(0, 100, 10))
    found = run(50, seconds=35, clock=lambda: float(next(ticks)))
    assert found.trials == 3
    assert run(50, seconds=1, clock=lambda: float(next(ticks))).trials == 1


def test_trial_that_does_worse_than_most_on_the_first_fold_is_given_up():
    """Time goes where there is promise."""
    seen: list[TrialDone] = []
    found = run(14, on_trial=seen.append)
    assert found.given_up == sum(trial.value is None for trial in seen) > 0


def test_trees_with_many_leaves_may_be_fewer():
    """What a search finds costs no more to score and to explain than the defaults."""
    wide = configured({**as_suggested(BoostingConfig()), "num_leaves": 30}, BoostingConfig())
    assert wide.rounds == LEAVES_IN_ALL // 30
    assert configured(as_suggested(BoostingConfig()), BoostingConfig()) == BoostingConfig()
