"""Vectors in a file: what they give is what an array gives, and no more than a row group of them is in memory."""

from __future__ import annotations

from pathlib import Path

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.arrays import Floats
from features.plan import Plan
from training.dataset import Period
from training.model.gradient_boosting import BoostingConfig, fit, raw_scores
from training.model.weighing import weighed_for_fitting
from training.stored import vectors as module
from training.stored.vectors import StoredVectors, beside, chunks, select, stored

ROWS, GROUP = 1_000, 64
COLUMNS = tuple(f"column_{number}" for number in range(6))


def write(path: Path, columns: tuple[str, ...], values: Floats) -> StoredVectors:
    """A file of small row groups, with a column before the features."""
    names = pa.array([f"claim {row}" for row in range(len(values))])
    table = pa.table([names, *map(pa.array, values.T.copy())], names=["claim_id", *columns])
    pq.write_table(table, path, row_group_size=GROUP)
    return stored(path, columns)


@pytest.fixture(scope="module")
def array() -> Floats:
    random = np.random.default_rng(4)
    values = random.normal(size=(ROWS, len(COLUMNS)))
    values[random.random(values.shape) < 0.1] = np.nan
    return values


@pytest.fixture(scope="module")
def file(array: Floats, tmp_path_factory: pytest.TempPathFactory) -> StoredVectors:
    return write(tmp_path_factory.mktemp("vectors") / "vectors.parquet", COLUMNS, array)


KEYS = {
    "a row": 70,
    "the last row": -1,
    "a slice": slice(60, 200),
    "a slice past the end": slice(990, 2_000),
    "no row": slice(5, 5),
    "indexes": np.array([700, 3, 3, 65]),
    "a mask": np.arange(ROWS) % 7 == 0,
    "a column": (slice(None), 2),
    "columns": (slice(None), [5, 0]),
    "a mask of columns": (slice(10), np.arange(len(COLUMNS)) > 3),
    "rows of a column": (np.array([900, 1]), 4),
    "a value": (130, 1),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_stored_vectors_give_what_an_array_gives(file, array, key):
    """Whatever rows and columns are asked for, in whatever order, the bits and the shape are NumPy's."""
    found, expected = np.asarray(file[key]), np.asarray(array[key])
    assert found.shape == expected.shape
    assert found.tobytes() == expected.tobytes()


def test_selected_rows_with_added_columns_give_what_an_array_gives(file, array):
    """Rows of rows, with columns put beside them before and after: as in memory."""
    first, then = np.flatnonzero(np.arange(ROWS) % 3 == 1), np.arange(200, 20, -2)
    words = np.arange(ROWS * 2.0).reshape(ROWS, 2)

    def made(vectors):
        return beside(select(beside(select(vectors, first), words[first]), then), words[then, :1])

    lazy, eager = made(file), made(array)
    assert isinstance(lazy, StoredVectors)
    assert lazy.shape == eager.shape == (len(then), len(COLUMNS) + 3)
    for key in (*range(3), slice(None), (slice(None), 7), (slice(4), [8, 1, 6])):
        assert lazy[key].tobytes() == np.ascontiguousarray(eager[key]).tobytes()
    assert np.asarray(lazy).tobytes() == eager.tobytes()
    assert np.concatenate(list(chunks(lazy, 7))).tobytes() == eager.tobytes()


def test_reading_in_chunks_holds_one_row_group_at_a_time(file, monkeypatch):
    """Never more than a group's rows are decoded at once, and in ascending order each group is decoded once."""
    decoded: list[int] = []
    matrix = module._matrix

    def counted(table: pa.Table) -> Floats:
        decoded.append(len(table))
        return matrix(table)

    monkeypatch.setattr(module, "_matrix", counted)
    vectors = stored(file.file.path, COLUMNS)
    for row in range(0, ROWS, 3):
        vectors[row]
    assert decoded == [GROUP] * (ROWS // GROUP) + [ROWS % GROUP]


def halves(period: Period) -> tuple[Period, Period]:
    """Claims to fit on, and later ones."""
    cut = len(period) * 2 // 3
    return period.part(slice(None, cut)), period.part(slice(cut, None))


def period_of(vectors: Floats | StoredVectors, abusive: np.ndarray) -> Period:
    weights = np.random.default_rng(8).uniform(0.5, 1.5, len(abusive))
    return Period("train", vectors, abusive, weights, np.arange(len(abusive), dtype=np.int64))


@pytest.mark.parametrize("sample", [50_000, 400])
def test_fit_from_a_file_gives_the_text_of_fit_from_memory(plan: Plan, tmp_path: Path, sample: int):
    """One seed, one model, byte for byte: if bins are told from all claims, and if they are from a few."""
    random = np.random.default_rng(5)
    values = random.normal(size=(900, len(plan.columns)))
    values[random.random(values.shape) < 0.3] = np.nan
    abusive = (np.nan_to_num(values[:, 0]) + random.normal(size=900) > 0.5).astype(np.int8)
    config = BoostingConfig(rounds=8, learning_rate=0.2, bin_construct_sample_cnt=sample)
    lazy = write(tmp_path / "vectors.parquet", plan.names, values)
    kept, streamed = (fit(*halves(period_of(vectors, abusive)), plan.columns, config) for vectors in (values, lazy))
    assert streamed.booster.model_to_string() == kept.booster.model_to_string()
    assert (streamed.rounds, streamed.log_loss) == (kept.rounds, kept.log_loss)
    assert streamed.later_scores.tolist() == kept.later_scores.tolist()
    assert raw_scores(streamed.booster, lazy).tolist() == kept.booster.predict(values, raw_score=True).tolist()


def test_fit_from_memory_gives_the_text_of_plain_lightgbm(plan: Plan):
    """The way by which rows are handed over changes nothing where all of them tell the bins."""
    random = np.random.default_rng(6)
    values = random.normal(size=(600, len(plan.columns)))
    abusive = (values[:, 1] > 0).astype(np.int8)
    period = period_of(values, abusive)
    train, later = halves(period)
    fitted = fit(train, later, plan.columns, BoostingConfig(rounds=10))
    weights = np.concatenate([train.weights, weighed_for_fitting(later).weights])
    data = lightgbm.Dataset(values, abusive, weight=weights, feature_name=list(plan.names))
    plain = lightgbm.train(fitted.booster.params, data, num_boost_round=fitted.rounds)
    assert fitted.booster.model_to_string() == plain.model_to_string()


@pytest.mark.parametrize("most", [90, 5_000])
def test_spread_claims_of_a_period_in_a_file_are_those_in_memory(file, array, most):
    """From the first to the last, each with what belongs to it; all of them where there are no more."""
    abusive = (np.arange(ROWS) % 3 == 0).astype(np.int8)
    kept, lazy = (period_of(vectors, abusive).spread(most) for vectors in (array, file))
    assert isinstance(lazy.vectors, np.ndarray)
    assert lazy.vectors.tobytes() == kept.vectors.tobytes() == array[kept.as_of_ms].tobytes()
    assert kept.abusive.tolist() == abusive[kept.as_of_ms].tolist()
    assert (len(kept), kept.as_of_ms[0], kept.as_of_ms[-1]) == (min(most, ROWS), 0, ROWS - 1)
