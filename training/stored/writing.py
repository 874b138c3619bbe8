"""From an engine's vectors to a file of them, claim by claim in the order of a training.

Batch has them all in memory. The other engines write files of their own first, in an order of their own: Spark's comes
in no order at all. What is in order is copied in parts; else it goes through a file on disk, and not through memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset

from features.arrays import Floats, Ints
from features.engines.vector_file import vector_table, vector_writer
from features.plan import Plan
from features.progress import Progress
from training.stored.folder import StoredError
from training.stored.vectors import CHUNK_ROWS
from training.vectors import FileEngine, write_vectors

_BATCH_ROWS: Final = 8 * CHUNK_ROWS


def write_parts(path: Path, plan: Plan, claim_ids: pa.Array, as_of_ms: Ints, parts: Iterable[Floats]) -> None:
    """Write the vectors of n claims, a row group for each part. Every missing value becomes the same NaN.

    Args:
        path: the file.
        plan: the columns.
        claim_ids: of the claims, shape (n,).
        as_of_ms: their moments, shape (n,).
        parts: their vectors, some rows after the other.
    """
    start = 0
    with vector_writer(plan, path) as writer:
        for part in parts:
            stop = start + len(part)
            alike = np.where(np.isnan(part), np.nan, part)
            writer.write_table(vector_table(plan, claim_ids[start:stop], as_of_ms[start:stop], alike))
            start = stop


@contextmanager
def engine_parts(
    plan: Plan,
    events: str,
    engine: FileEngine,
    claim_ids: pa.Array,
    *,
    master: str | None = None,
    progress: Progress | None = None,
) -> Iterator[Iterator[Floats]]:
    """Let an engine write the vectors of all claims among events, and give those of some claims in their order.

    Raises:
        ValueError: for a setting that the engine hasn't.
        EventError: if the file is missing or holds a wrong event.
        SparkError: if Spark doesn't start.
        StoredError: if a claim isn't there, or twice.
    """
    with tempfile.TemporaryDirectory() as name:
        written = str(Path(name) / "vectors.parquet")
        write_vectors(plan, events, written, engine, master=master, progress=progress)
        found = pyarrow.dataset.dataset(written, format="parquet")
        places = _places(found.to_table(columns=["claim_id"])["claim_id"], claim_ids)
        arriving = _arriving(found, plan)
        in_order = np.array_equal(places[places >= 0], np.arange(len(claim_ids)))
        yield _kept(arriving, places) if in_order else _sorted(arriving, places, Path(name) / "sorted", len(claim_ids))


def _places(found: pa.ChunkedArray, claim_ids: pa.Array) -> Ints:
    """Which of the claims each row is about, -1 for none of them."""
    places = np.asarray(pc.fill_null(pc.index_in(found, value_set=claim_ids), -1), dtype=np.int64)
    number = np.bincount(places[places >= 0], minlength=len(claim_ids))
    if (number != 1).any():
        claim = claim_ids[int(np.flatnonzero(number != 1)[0])].as_py()
        times = int(number[number != 1][0])
        raise StoredError(f"claim {claim!r} has {times} vectors: give each claim one id of its own, and try again")
    return places


def _arriving(found: pyarrow.dataset.Dataset, plan: Plan) -> Iterator[Floats]:
    for batch in found.to_batches(columns=list(plan.names), batch_size=_BATCH_ROWS, batch_readahead=1):
        if batch.num_rows:
            yield np.column_stack([column.to_numpy(zero_copy_only=False) for column in batch.columns])


def _kept(arriving: Iterator[Floats], places: Ints) -> Iterator[Floats]:
    """The rows that are wanted, which come in order, in parts of a row group's size."""
    start, over = 0, None
    for rows in arriving:
        kept = rows[places[start : start + len(rows)] >= 0]
        start += len(rows)
        over = kept if over is None else np.concatenate([over, kept])
        while len(over) >= CHUNK_ROWS:
            yield over[:CHUNK_ROWS]
            over = over[CHUNK_ROWS:]
    if over is not None and len(over):
        yield over


def _sorted(arriving: Iterator[Floats], places: Ints, path: Path, count: int) -> Iterator[Floats]:
    """The rows that are wanted, which come anyhow: each is put into its place in a file on disk."""
    start, whole = 0, None
    for rows in arriving:
        if whole is None:
            whole = np.memmap(path, np.float64, "w+", shape=(count, rows.shape[1]))
        to = places[start : start + len(rows)]
        whole[to[to >= 0]] = rows[to >= 0]
        start += len(rows)
    for first in range(0, count, CHUNK_ROWS):
        if whole is not None:
            yield np.array(whole[first : first + CHUNK_ROWS])
