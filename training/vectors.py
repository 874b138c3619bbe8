"""The feature vectors of all claims in a file, by the engine that suits its size."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from features.engines.partitioned.local import DEFAULT_ROWS, Memory, write_partitioned_vectors
from features.engines.spark import spark_vectors
from features.engines.spark_session import LOCAL
from features.engines.vector_file import write_batch_vectors
from features.event_file import read_events
from features.plan import Plan
from features.progress import Progress


class FileEngine(StrEnum):
    """The engines that go from a file of events to a file of vectors. Their numbers are the same, bit for bit."""

    BATCH = "batch"  # the whole file in memory
    PARTITIONED = "partitioned"  # in parts on disk, in memory that is set
    SPARK = "spark"  # in parts on a cluster


def write_vectors(
    plan: Plan,
    events: str,
    out: str,
    engine: FileEngine,
    *,
    master: str | None = None,
    rows: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the vectors of all claims among events, in place of what an earlier run wrote; return how many there are.

    Args:
        plan: the features.
        events: a Parquet file; for Spark also a folder of them, or a URL.
        out: the Parquet file to write; of Spark, a folder, or a URL.
        engine: which one.
        master: the URL of Spark's cluster; by default, this machine.
        rows: of the partitioned engine, how many events may lie in memory at once.
        progress: told of what is being done.

    Raises:
        ValueError: for a setting that the engine hasn't, or that is out of range.
        EventError: if the file is missing or holds a wrong event.
        SparkError: if Spark doesn't start.
        OSError: if the vectors can't be written.
    """
    if master is not None and engine is not FileEngine.SPARK:
        raise ValueError(f"--master is for the engine spark, not for {engine}")
    if rows is not None and engine is not FileEngine.PARTITIONED:
        raise ValueError(f"--rows is for the engine partitioned, not for {engine}")
    match engine:
        case FileEngine.BATCH:
            return write_batch_vectors(plan, read_events(Path(events)), Path(out), progress)
        case FileEngine.PARTITIONED:
            memory = Memory(DEFAULT_ROWS if rows is None else rows)
            return write_partitioned_vectors(plan, Path(events), Path(out), memory, progress)
        case FileEngine.SPARK:
            return spark_vectors(plan, events, out, master or LOCAL, progress)
