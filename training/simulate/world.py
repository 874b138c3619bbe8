"""The whole simulation, in memory or into files: events for everyone, the truth for whoever grades."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from features.event_file import EVENT_SCHEMA, check_events
from features.progress import Progress
from features.whole_file import appearing
from training.simulate.config import SimulationConfig
from training.simulate.deciding import Decider, OldRule
from training.simulate.life import DayDone, Life
from training.simulate.truth import CLAIMS

Watch: TypeAlias = Callable[[DayDone], None]

EVENTS_AT_ONCE: Final = 250_000  # to check and to write: a row group of the file
TRUTH: Final = "truth"  # the folder of what nothing that learns may read
TABLES_WAITING: Final = 2  # to be checked and written


@dataclass(frozen=True, slots=True)
class World:
    """A simulated marketplace.

    `events` is in `features.event_file.EVENT_SCHEMA`, by `known_at_ms`; `truth` has a row per claim in `events`
    (`training.simulate.truth.TruthBook.claims`).
    """

    events: pa.Table
    truth: pa.Table


@dataclass(frozen=True, slots=True)
class Written:
    """What a simulation wrote: how many events and claims, and into which files."""

    events: int
    claims: int
    events_path: Path
    truth_path: Path


def simulate(
    config: SimulationConfig,
    progress: Progress | None = None,
    decider: Decider | None = None,
    watch: Watch | None = None,
) -> World:
    """Make a marketplace in memory; the same configuration gives the same world.

    Args:
        config: size, period, seed and scenario.
        progress: called with (days done, days, "days").
        decider: who answers claims; the platform's old rule if it is None.
        watch: called with each day when it is over.
    """
    life = Life(config, decider or OldRule(config))
    tables = [check_events(table, "simulated events") for table in _some_days(life, progress, watch)]
    events = pa.concat_tables([EVENT_SCHEMA.empty_table(), *tables]).combine_chunks()
    return World(events, life.truth()[CLAIMS])


def write_world(
    config: SimulationConfig,
    out: Path,
    progress: Progress | None = None,
    decider: Decider | None = None,
    watch: Watch | None = None,
) -> Written:
    """Make a marketplace and write `events.parquet` and, in a folder of its own, `truth/*.parquet`, as it goes.

    All files appear once they are whole, or none does, and replace what an earlier run left.

    Raises:
        OSError: if the folder can't be written.
    """
    life = Life(config, decider or OldRule(config))
    events_path = out / "events.parquet"
    count = 0
    with ExitStack() as files:
        # Checks and compression, which let other threads run, take about as long as the rest: they go on beside it.
        with (
            pq.ParquetWriter(files.enter_context(appearing(events_path)), EVENT_SCHEMA, compression="zstd") as writer,
            ThreadPoolExecutor(max_workers=1) as beside,
        ):
            pending: deque[Future[None]] = deque()
            for table in _some_days(life, progress, watch):
                pending.append(beside.submit(_write_checked, writer, table))
                count += len(table)
                if len(pending) > TABLES_WAITING:
                    pending.popleft().result()
            for future in pending:
                future.result()
        tables = life.truth()
        for name, table in tables.items():
            path = files.enter_context(appearing(out / TRUTH / f"{name}.parquet"))
            pq.write_table(table, path, compression="zstd")
    return Written(count, len(tables[CLAIMS]), events_path, out / TRUTH / f"{CLAIMS}.parquet")


def _write_checked(writer: pq.ParquetWriter, table: pa.Table) -> None:
    writer.write_table(check_events(table, "simulated events"))


def _some_days(life: Life, progress: Progress | None, watch: Watch | None) -> Iterator[pa.Table]:
    """The events in order, of some days at once."""
    waiting: list[DayDone] = []
    count = 0
    for day in life.days():
        waiting.append(day)
        count += day.event_count
        if count >= EVENTS_AT_ONCE or day.number == life.config.days - 1:
            yield life.table_of(waiting)
            waiting, count = [], 0
        if watch is not None:
            watch(day)
        if progress is not None:
            progress(day.number + 1, life.config.days, "days")
