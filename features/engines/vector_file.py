"""Feature vectors as Parquet: `claim_id`, `as_of_ms`, and a float64 column for each of the model's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Floats, Ints
from features.assemble import Assembler
from features.engines.batch import window_totals
from features.event_table import from_arrow
from features.events import EventKind
from features.facts import facts_of_rows
from features.plan import Plan
from features.progress import Progress
from features.whole_file import appearing


class Writer(Protocol):
    """Takes tables of vectors."""

    def write_table(self, table: pa.Table) -> None:
        """Append them as a row group."""


def vector_schema(plan: Plan) -> pa.Schema:
    """The columns of a file of vectors."""
    columns = [(name, pa.float64()) for name in plan.names]
    return pa.schema([("claim_id", pa.string()), ("as_of_ms", pa.int64()), *columns])


def vector_table(plan: Plan, claim_ids: pa.Array, as_of_ms: Ints, vectors: Floats) -> pa.Table:
    """Vectors of n claims, shape (n, columns), as rows of the file."""
    columns = [pa.array(column) for column in vectors.T.copy()]
    return pa.table([claim_ids, pa.array(as_of_ms), *columns], schema=vector_schema(plan))


@contextmanager
def vector_writer(plan: Plan, path: Path) -> Iterator[Writer]:
    """Write a file of vectors that appears whole or not at all, in place of what was there."""
    with (
        appearing(path) as unfinished,
        pq.ParquetWriter(unfinished, vector_schema(plan), compression="zstd") as writer,
    ):
        yield writer


def write_batch_vectors(plan: Plan, events: pa.Table, out_path: Path, progress: Progress | None = None) -> int:
    """Write the vectors of all claims among checked events, by the batch engine; return how many there are."""
    table = from_arrow(events)
    rows = table.rows_of(EventKind.CLAIM_FILED)
    facts = facts_of_rows(table, rows)
    vectors = Assembler(plan).assemble(window_totals(plan, table, rows, progress), facts)
    claim_ids = events["claim_id"].take(pa.array(rows)).combine_chunks()
    with vector_writer(plan, out_path) as writer:
        writer.write_table(vector_table(plan, claim_ids, table["known_at_ms"][rows], vectors))
    return len(rows)
