"""The shop's claims, gathered and cut once; and ways to spoil them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.arrays import Floats
from features.events import Event
from features.plan import Plan
from training.dataset import Dataset, Gathered, SplitConfig, cut_dataset, gather

SPLIT = SplitConfig(label="verdict_unweighted", gap_days=45)


@pytest.fixture(scope="session")
def gathered(shop: Iterable[Event], table_of: Callable[[Iterable[Event]], pa.Table], plan: Plan) -> Gathered:
    return gather(table_of(shop), plan)


@pytest.fixture(scope="session")
def dataset(gathered: Gathered) -> Dataset:
    return cut_dataset(gathered, SPLIT)


@pytest.fixture(scope="session")
def with_column() -> Callable[..., Dataset]:
    """A dataset in which a column has other values: one array for each period, by the period's name."""

    def put(dataset: Dataset, column: str, values: Callable[[int, np.ndarray], Floats]) -> Dataset:
        number = dataset.columns.index(column)
        changed = {}
        for seed, period in enumerate(dataset.periods):
            vectors = period.vectors.copy()
            vectors[:, number] = values(seed, period.abusive)
            changed[period.name] = replace(period, vectors=vectors)
        return replace(dataset, **changed)

    return put
