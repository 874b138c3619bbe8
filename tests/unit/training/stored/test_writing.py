"""From an engine's file to the order of a training: whatever order the rows come in, and without one lost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.stored import writing as module
from training.stored.folder import StoredError
from training.stored.vectors import CHUNK_ROWS, stored
from training.stored.writing import engine_parts, write_parts
from training.vectors import FileEngine

ROWS = 2 * CHUNK_ROWS + 100


@pytest.fixture
def engine(plan, monkeypatch):
    """An engine that writes these claims' vectors: a claim's number in the first column, and nothing in the others."""

    def installed(numbers):
        def write(_plan, _events, out, _engine, **_settings):
            values = np.full((len(numbers), len(plan.names)), np.nan)
            values[:, 0] = numbers
            ids = pa.array([f"claim {number}" for number in numbers])
            pq.write_table(pa.table([ids, *map(pa.array, values.T.copy())], names=["claim_id", *plan.names]), out)

        monkeypatch.setattr(module, "write_vectors", write)

    return installed


def numbers_written(plan, wanted, path):
    ids = pa.array([f"claim {number}" for number in wanted])
    with engine_parts(plan, "events.parquet", FileEngine.SPARK, ids) as parts:
        write_parts(path, plan, ids, np.arange(len(wanted)), parts)
    assert pq.read_table(path, columns=["claim_id"])["claim_id"].to_pylist() == ids.to_pylist()
    assert pq.ParquetFile(path).metadata.row_group(0).num_rows <= CHUNK_ROWS
    return stored(path, plan.names)[:, 0].tolist()


@pytest.mark.parametrize("order", ["as wanted", "anyhow"])
def test_claims_are_written_in_their_order_and_others_left_out(plan, engine, tmp_path, order):
    """An engine writes all claims that were filed; a training takes those that can be scored."""
    arriving = np.arange(ROWS)
    engine(arriving if order == "as wanted" else np.random.default_rng(2).permutation(arriving))
    wanted = arriving[arriving % 5 != 0]
    assert numbers_written(plan, wanted, tmp_path / "vectors.parquet") == wanted.tolist()


@pytest.mark.parametrize(("arriving", "times"), [([0, 1, 1, 2], "2 vectors"), ([0, 2], "0 vectors")])
def test_claim_that_is_missing_or_there_twice_is_named(plan, engine, tmp_path, arriving, times):
    """No claim gets the vector of another one."""
    engine(np.array(arriving))
    with pytest.raises(StoredError, match=f"claim 'claim 1' has {times}"):
        numbers_written(plan, np.arange(3), tmp_path / "vectors.parquet")
    assert not (tmp_path / "vectors.parquet").exists()


def test_missing_values_are_all_the_same(plan, tmp_path):
    """One engine's NaN may have other bits than another's, and a hash sees bits."""
    odd = np.full((3, len(plan.names)), np.uint64(0xFFF8000000000001)).view(np.float64)
    ids = pa.array(["a", "b", "c"])
    write_parts(tmp_path / "vectors.parquet", plan, ids, np.arange(3), [odd[:2], odd[2:]])
    found = stored(tmp_path / "vectors.parquet", plan.names)[:]
    assert found.tobytes() == np.full(odd.shape, np.nan).tobytes()
