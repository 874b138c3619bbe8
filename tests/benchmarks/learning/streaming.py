"""The most memory that fitting takes: vectors read from Parquet as they are needed, against loading them whole.

Each way runs in a process of its own, on the same file, with the project's own `fit`. Loading whole is what most people
do first, `pyarrow.parquet.read_table` and then one matrix; a leaner way, which fills the matrix row group by row group,
is told beside it. All of them must give the same model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from features.engines.vector_file import vector_table, vector_writer
from features.plan import default_plan
from figures import Figure, no_more_than, told
from training.stored.vectors import CHUNK_ROWS

CLAIMS, ROUNDS = 200_000, 5
FOLDER: Final = Path("build/benchmarks")
MOST: Final = 0.5  # of the memory of loading whole
# the peak is read before anything is printed of the model, and a process has one peak only
FIT: Final = """
import hashlib, json, re, sys
from pathlib import Path
import numpy as np
import pyarrow.parquet as pq
from features.plan import default_plan
from training.dataset import Period
from training.model.gradient_boosting import BoostingConfig, fit
from training.stored.vectors import select, stored

way, path, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
plan = default_plan()
if way == "streamed":
    vectors = stored(path, plan.names)
elif way == "lean":
    vectors = np.asarray(stored(path, plan.names))
else:
    table = pq.read_table(path, columns=list(plan.names))
    vectors = np.column_stack([column.to_numpy() for column in table.columns])
    del table
rows = np.arange(len(vectors))
abusive = (np.nan_to_num(vectors[:, 0]) > 2).astype(np.int8)
cut = len(rows) * 3 // 4
earlier = Period("train", select(vectors, rows[:cut]), abusive[:cut], np.ones(cut), rows[:cut])
later = Period("calibration", select(vectors, rows[cut:]), abusive[cut:], np.ones(len(rows) - cut), rows[cut:])
booster = fit(earlier, later, plan.columns, BoostingConfig(rounds=rounds)).booster
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([peak, hashlib.sha256(booster.model_to_string().encode()).hexdigest()]))
"""


def run() -> list[Figure]:
    """The peak of streaming as a share of that of loading whole."""
    path = written(CLAIMS)
    found = {way: _fit(way, path) for way in ("streamed", "lean", "whole")}
    assert len({text for _, text in found.values()}) == 1, "the three ways gave different models"
    peaks = {way: peak for way, (peak, _) in found.items()}
    detail = {"claims": CLAIMS, "columns": len(default_plan().columns), "peak_mb": peaks}
    return [
        no_more_than("learning/streaming_memory", peaks["streamed"] / peaks["whole"], "ratio", MOST, **detail),
        told("learning/streaming_memory_vs_lean", peaks["streamed"] / peaks["lean"], "ratio", **detail),
    ]


def written(claims: int) -> Path:
    """A file of vectors: counts and amounts with long tails, half of them zero, some columns without a value."""
    plan = default_plan()
    path = FOLDER / f"vectors-{claims}-{plan.catalog_hash}.parquet"
    if path.is_file():
        return path
    random = np.random.default_rng(11)
    with vector_writer(plan, path) as writer:
        for start in range(0, claims, CHUNK_ROWS):
            rows = min(CHUNK_ROWS, claims - start)
            values = np.round(random.lognormal(size=(rows, len(plan.columns))), 1)
            values[random.random(values.shape) < 0.5] = 0
            values[:, ::7] = np.nan
            values[:, 0] = random.lognormal(size=rows)
            ids = pa.array([f"claim {start + row}" for row in range(rows)])
            writer.write_table(vector_table(plan, ids, np.arange(start, start + rows), values))
    return path


def _fit(way: str, path: Path) -> tuple[float, str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", FIT, way, str(path), str(ROUNDS)],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    peak, text = json.loads(done.stdout)
    return peak, text
