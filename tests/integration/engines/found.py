"""What the engines that read and write files find, in one form that can be compared."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.engines.vector_file import write_batch_vectors
from features.event_file import from_events, read_events, write_events
from features.events import Event, EventKind
from features.plan import Plan
from tests.parity.histories import random_history


def invented(seed: int, size: int) -> list[Event]:
    """A random history in which each claim has an id of its own."""
    return [
        replace(event, claim_id=f"claim {number}") if event.kind is EventKind.CLAIM_FILED else event
        for number, event in enumerate(random_history(seed, size))
    ]


def without(events: Sequence[Event], *fields: str) -> list[Event]:
    """The same events with some fields left out."""
    return [replace(event, **dict.fromkeys(fields)) for event in events]


def write(events: Sequence[Event], path: Path) -> Path:
    """A file of events."""
    write_events(from_events(list(events)), path)
    return path


def by_batch(plan: Plan, events: Path) -> pa.Table:
    """The vectors that the batch engine finds, as they lie in its file."""
    out = events.with_name(f"{events.stem}-batch.parquet")
    write_batch_vectors(plan, read_events(events), out)
    return pq.read_table(out)


def same(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables hold the same bits in the same order; all that is missing counts as one."""
    if one.schema != other.schema or len(one) != len(other):
        return False
    columns = zip(one.columns, other.columns, strict=True)
    return all(_bits(here) == _bits(there) for here, there in columns)


def _bits(column: pa.ChunkedArray) -> list[object]:
    if not pa.types.is_floating(column.type):
        return column.to_pylist()
    values = np.asarray(column)
    return np.where(np.isnan(values), np.nan, values).view(np.int64).tolist()
