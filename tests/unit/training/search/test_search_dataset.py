"""The search of a whole dataset: within its training period alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.dataset import Dataset, Period, SplitConfig, build_dataset
from training.search.running import SearchOptions, search_dataset
from training.search.searching import TrialDone

OPTIONS = SearchOptions(
    events="events.parquet",
    out=Path("params.toml"),
    label="verdict",
    gap_days=45,
    objective="log_loss",
    trials=3,
    minutes=None,
    folds=1,
    seed=7,
    study=None,
    mlflow=False,
)


def other(period: Period) -> Period:
    """The same moments, and all else of them changed."""
    random = np.random.default_rng(1)
    return replace(
        period,
        vectors=random.normal(size=period.vectors.shape),
        abusive=(1 - period.abusive).astype(np.int8),
        weights=random.random(len(period)) + 0.1,
        label_weights=None,
        texts=None if period.texts is None else period.texts.take(random.permutation(len(period))),
    )


def tried(dataset: Dataset, plan) -> list[TrialDone]:
    seen: list[TrialDone] = []
    search_dataset(dataset, plan, OPTIONS, on_trial=seen.append)
    return seen


@pytest.mark.slow
def test_search_sees_nothing_after_the_training_period(shop, table_of, plan):
    """With all of the later periods changed, each trial and its value is the same; not so with training's labels."""
    dataset = build_dataset(table_of(shop), plan, SplitConfig(gap_days=45))
    later = replace(dataset, calibration=other(dataset.calibration), test=other(dataset.test))
    shuffled = np.random.default_rng(2).permutation(dataset.train.abusive)
    earlier = replace(dataset, train=replace(dataset.train, abusive=shuffled))
    before = tried(dataset, plan)
    assert tried(later, plan) == before
    assert [trial.value for trial in tried(earlier, plan)] != [trial.value for trial in before]
