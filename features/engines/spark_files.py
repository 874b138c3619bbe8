"""Events that Spark reads and vectors that it writes: Parquet, a file or a folder of them."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa

from features.event_file import EVENT_SCHEMA, check_events
from features.events import EventError, EventKind

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Work: TypeAlias = Callable[[pa.Table], pa.Table]

BATCH_ROWS: Final = 100_000
_COMPLAINTS: Final = pa.schema([("complaint", pa.string())])
_DDL: Final = {
    pa.string(): "string",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.list_(pa.string()): "array<string>",
    pa.list_(pa.int64()): "array<bigint>",
}


def on_parts(frame: DataFrame, work: Work, schema: pa.Schema) -> DataFrame:
    """A frame of this schema: what a function makes of the table of each part that has rows."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        return frame.mapInArrow(partial(_on_part, work), _ddl(schema))


def _on_part(work: Work, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Run it on one part; an executor does."""
    rows = list(batches)
    if rows:
        yield from work(pa.Table.from_batches(rows)).to_batches(max_chunksize=BATCH_ROWS)


def _ddl(schema: pa.Schema) -> str:
    return ", ".join(f"`{field.name}` {_DDL[field.type]}" for field in schema)


def read_events(session: SparkSession, where: str) -> DataFrame:
    """Events of Parquet at a path or URL, in the types of the event layout; their rows are yet to be checked.

    Raises:
        EventError: if there is no Parquet, or a column is missing, unknown or of a wrong type.
    """
    from pyspark.errors import PySparkException  # noqa: PLC0415 - only who uses Spark needs it
    from pyspark.sql import functions as f  # noqa: PLC0415

    try:
        given = session.read.parquet(where)
    except PySparkException as error:
        raise EventError(f"{where}: no Parquet file of events ({_first_line(error)})") from error
    check_events(given.limit(0).toArrow(), where)
    columns = [
        (f.col(field.name) if field.name in given.columns else f.lit(None)).cast(_DDL[field.type]).alias(field.name)
        for field in EVENT_SCHEMA
    ]
    return given.select(*columns)


def count_rows(events: DataFrame) -> tuple[int, int]:
    """How many events there are, and how many claims."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - only who uses Spark needs it

    filed = f.col("kind") == str(EventKind.CLAIM_FILED)
    counted = events.agg(f.count("kind").alias("events"), f.count_if(filed).alias("claims")).collect()[0]
    return int(counted["events"]), int(counted["claims"])


def check_rows(events: DataFrame, where: str, parts: int) -> None:
    """Check all rows.

    Raises:
        EventError: for an event that is wrong, named by its id.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        found = events.mapInArrow(partial(_complaints, where), _ddl(_COMPLAINTS)).limit(1).collect()
    if found:
        raise EventError(found[0]["complaint"])
    ids = events.select("event_id").repartition(parts, "event_id")
    repeated = ids.groupBy("event_id").count().where("count > 1").limit(1).collect()
    if repeated:
        event_id = repeated[0]["event_id"]
        raise EventError(f"{where}: field event_id: two events are {event_id!r}; give each event its own id")


def _complaints(where: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What is wrong with the first wrong event of a part, if any is; an executor looks."""
    for batch in batches:
        ids = batch.column("event_id")
        try:
            check_events(pa.Table.from_batches([batch]), where, name_row=partial(_event_name, ids), unique=False)
        except EventError as error:
            yield from pa.table([[str(error)]], schema=_COMPLAINTS).to_batches()
            return


def _event_name(ids: pa.Array, row: int) -> str:
    return f"event {ids[row].as_py()!r}"


def write_vectors(vectors: DataFrame, out: str | Path) -> None:
    """Write a folder of Parquet in place of what was there: whole or not at all, where it lies on this file system.

    Raises:
        FileExistsError: if there is a folder that no such run has left.
    """
    if "://" in str(out):
        vectors.write.mode("overwrite").parquet(str(out))
        return
    path = Path(out)
    if path.is_dir() and any(path.iterdir()) and not (path / "_SUCCESS").is_file():
        raise FileExistsError(f"{path}: is a folder of something else; name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        vectors.write.mode("overwrite").parquet(unfinished.absolute().as_uri())
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
