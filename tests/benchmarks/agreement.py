"""How far the engines agree: one declaration, many ways to its numbers, none of them different."""

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.engines.partitioned.local import Memory, write_partitioned_vectors
from features.engines.spark import spark_vectors
from features.engines.vector_file import write_batch_vectors
from features.event_file import read_events
from features.plan import default_plan
from figures import Figure
from training.simulate import SimulationConfig, simulate, write_world

ORDERS = 200_000
ROWS_IN_MEMORY = 100_000


def run() -> list[Figure]:
    """The vectors of some 22,000 claims, by each engine from file to file, held against the batch engine's."""
    plan = default_plan()
    engines = {
        "partitioned": lambda events, out: write_partitioned_vectors(plan, events, out, Memory(ROWS_IN_MEMORY)),
        "spark": lambda events, out: spark_vectors(plan, events, out, "local[2]"),
    }
    with tempfile.TemporaryDirectory() as folder:
        events, _ = write_world(simulate(SimulationConfig(orders=ORDERS, days=365)), Path(folder))
        batch = Path(folder) / "batch.parquet"
        write_batch_vectors(plan, read_events(events), batch)
        expected = pq.read_table(batch).sort_by("claim_id")
        found = []
        for name, engine in engines.items():
            out, began = Path(folder) / f"{name}.parquet", time.perf_counter()
            engine(events, out)
            spent = time.perf_counter() - began
            number = mismatches(pq.read_table(out).sort_by("claim_id"), expected)
            size = {"claims": len(expected), "columns": len(plan.columns), "seconds": spent}
            found.append(Figure(f"agreement/{name}_mismatches", number, "values", 0, number == 0, size))
    return found


def mismatches(found: pa.Table, expected: pa.Table) -> int:
    """How many values of the same claims differ, bit for bit; what is missing is equal to what is missing."""
    if found.column_names != expected.column_names or found["claim_id"] != expected["claim_id"]:
        raise AssertionError("not the same claims or columns: nothing to compare")
    number = int((np.asarray(found["as_of_ms"]) != np.asarray(expected["as_of_ms"])).sum())
    for name in expected.column_names[2:]:
        one, other = np.asarray(found[name]), np.asarray(expected[name])
        same = (one.view(np.int64) == other.view(np.int64)) | (np.isnan(one) & np.isnan(other))
        number += int((~same).sum())
    return number
