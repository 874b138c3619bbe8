"""From a platform's tables to one file of events, by way of a work folder that a stopped run leaves behind."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Final

from features.progress import Progress
from training.load.tables.filling import fill, fillings
from training.load.tables.gathering import gather
from training.load.tables.mapping import TablesMapping
from training.load.tables.merging import Merge, Merged
from training.load.tables.places import Places, open_tables
from training.load.tables.report import TableReport, TablesReport
from training.load.tables.unfilled import Unfilled
from training.load.tables.work import Work

ROWS_AT_ONCE: Final = 500_000  # events in memory while they are joined and put in order


def load_tables(
    mapping: TablesMapping,
    data: str,
    out: Path,
    progress: Progress | None = None,
    *,
    restart: bool = False,
    rows_at_once: int = ROWS_AT_ONCE,
) -> TablesReport:
    """Write `out`/events.parquet: the events of all tables, by `known_at_ms`.

    Chunks that an earlier, stopped run had read are not read again.

    Args:
        mapping: what the tables are and which events they give.
        data: the folder that files are in, or the URL of the database that is asked.
        out: the folder to write to; the work folder is in there.
        progress: called with (done, total, what) after each chunk and step.
        restart: whether to forget what an earlier run left.
        rows_at_once: how many events lie in memory at once, about.

    Raises:
        LoadError: one line that names the file, the row or column, and what to do.
        features.events.EventError: if an event is wrong in a way that no cell shows.
        OSError: if the folder can't be written.
    """
    sources = open_tables(mapping, data)
    places = Places([source.files for source in sources])
    work = Work.open(out, mapping, sources, restart=restart)
    if progress is not None and not work.is_new:
        progress(0, 1, f"going on after {len(work.paths()):,} parts")
    gather(mapping, sources, work, progress)
    joining = work.folder / "joining"
    shutil.rmtree(joining, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    deals = max(1, -(-sum(sum(state.parts.values()) for state in work.tables) // rows_at_once))
    parts = work.paths()
    for filling in fillings(mapping, places):
        parts = fill(parts, filling, joining / filling.source, deals, progress)
    unfilled = Unfilled(mapping, places)
    merged = Merge(places, unfilled, joining / "merge", deals).write(parts, out / "events.parquet", progress)
    report = _report(mapping, work, merged, unfilled)
    work.remove()
    return report


def _report(mapping: TablesMapping, work: Work, merged: Merged, unfilled: Unfilled) -> TablesReport:
    tables = [
        TableReport(
            name=table.called,
            kind=str(table.kind),
            source=[str(each[0]) for each in state.source],
            read=state.counts.read,
            events=merged.events[index],
            repeated=merged.repeated[index],
            left_out=dict(state.counts.left_out + unfilled.left_out.get(index, Counter())),
            unknown={f"{column}: {word}": count for (column, word), count in state.counts.unknown.items()},
        )
        for index, (table, state) in enumerate(zip(mapping.tables, work.tables, strict=True))
    ]
    return TablesReport(
        currency=mapping.money.currency,
        minor_digits=mapping.money.minor_digits,
        tables=tables,
        events=sum(merged.events.values()),
        first_time_ms=merged.first_time_ms,
        last_time_ms=merged.last_time_ms,
    )
