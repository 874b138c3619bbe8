"""Many events at once: the log takes them as they are, history comes from the batch kernel.

They go in by parts, in the order in which they became known; each part goes in whole or not at all. So memory stays
bounded, others may write in between, and an import that was stopped goes on where it stopped when it is started again:
what the log has already changes nothing.

An import says itself when each event became known, so it must not reach back behind what an entity already knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pyarrow as pa

from features.event_file import check_events
from features.event_table import from_arrow
from features.progress import Progress
from features.store.database import Store
from features.store.errors import StoreError
from features.store.event_source import checked_file
from features.store.history import clear_history, extend_history
from features.store.known import new_rows
from features.store.log import count_events, read_log_parts
from features.store.log_table import to_log
from features.store.prune import PRUNED_INFO
from features.store.rows import write_table
from features.store.schema import EVENT

PART_EVENTS: Final = 200_000  # in one transaction, more or less: a moment is never torn in two


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: events that were new, events that the log had already, rows of history written."""

    new: int = 0
    known: int = 0
    history_rows: int = 0

    def __add__(self, other: Imported) -> Imported:
        return Imported(self.new + other.new, self.known + other.known, self.history_rows + other.history_rows)


class Change(Protocol):
    """What is done to the events of a file on their way in."""

    def refuse(self, table: pa.Table, where: str) -> None:
        """Refuse checked events that can't be changed so; called for all of the file before any of it is taken.

        Raises:
            EventError: saying what to do.
        """

    def apply(self, table: pa.Table) -> pa.Table:
        """The events to take in the place of these, in the same order."""


def import_events(
    store: Store, table: pa.Table, where: str, progress: Progress | None = None, *, part_events: int = PART_EVENTS
) -> Imported:
    """Add events to a store, and their running totals to its history.

    Args:
        store: the store.
        table: events in any order, each with its own `known_at_ms`.
        where: what the table is called in messages.
        progress: called with (done, total, what is being done).
        part_events: how many events go in together; each part all or none.

    Raises:
        EventError: if an event is wrong, and then none is taken; or if its id is taken by another one.
        RewriteError: if an event would be known no later than something that its entity already knows.
        StoreError: if the history was written for another catalogue.
    """
    store.refuse_other_layout()
    checked = check_events(table, where, unique=False)
    ordered = checked.take(np.argsort(np.asarray(checked["known_at_ms"]), kind="stable"))
    return _import_parts(store, _parts([ordered], part_events), len(ordered), progress)


def import_file(
    store: Store,
    path: Path,
    progress: Progress | None = None,
    *,
    part_events: int = PART_EVENTS,
    change: Change | None = None,
) -> Imported:
    """Add the events of a Parquet or NDJSON file to a store; all of the file is checked before any of it is taken.

    Arguments and errors are those of `import_events`; `change` is done to the events on their way in. A file in the
    order of `known_at_ms` is read bit by bit, another one whole.
    """
    store.refuse_other_layout()
    with checked_file(path, progress, None if change is None else change.refuse) as source:
        tables = source.tables() if change is None else map(change.apply, source.tables())
        parts = _parts(tables, part_events)
        return _import_parts(store, parts, source.rows, progress, note=f"imported {source.digest}")


def rebuild_history(store: Store, progress: Progress | None = None, *, part_events: int = PART_EVENTS) -> int:
    """Make history again from the event log; return how many rows it has. The same log gives the same bytes.

    Raises:
        StoreError: if events were pruned from the log, so that it no longer says all that the history holds.
    """
    with store.writing(long=True) as connection:
        store.lock_all(connection)
        if store.info(connection, PRUNED_INFO) is not None:
            raise StoreError(
                f"store {store.name}: old events were pruned from its log, which history can't be made from any more; "
                "import the whole log, as it was exported before, into a new store"
            )
        clear_history(connection)
        store.set_layout(connection)
        total, done, rows = count_events(connection), 0, 0
        for part in _parts(read_log_parts(connection), part_events):
            rows += extend_history(connection, store, from_arrow(part), again=True)
            done += len(part)
            if progress is not None:
                progress(done, total, "events")
    return rows


def _import_parts(
    store: Store, parts: Iterable[pa.Table], total: int, progress: Progress | None, note: str | None = None
) -> Imported:
    """Import part by part. Under the name `note` the store keeps how far it came, so that it needn't look again."""
    imported = Imported()
    done, taken_ms = 0, _noted(store, note)
    for part in parts:
        last_ms = int(part["known_at_ms"][-1].as_py())
        imported += Imported(known=len(part)) if last_ms <= taken_ms else _import_part(store, part, note, last_ms)
        done += len(part)
        if progress is not None:
            progress(done, total, "events")
    return imported


def _import_part(store: Store, part: pa.Table, note: str | None, last_ms: int) -> Imported:
    rows = to_log(part)
    with store.writing(long=True) as connection:
        # everyone else who writes waits: one lock instead of one for each entity of so many events
        store.lock_all(connection)
        mask = pa.array(new_rows(connection, rows))
        fresh, part = rows.filter(mask), part.filter(mask)
        for _ in write_table(connection, EVENT, fresh):
            pass
        written = extend_history(connection, store, from_arrow(part)) if len(part) else 0
        if note is not None:
            store.set_info(connection, note, str(last_ms))
    return Imported(len(fresh), len(rows) - len(fresh), written)


def _noted(store: Store, note: str | None) -> int:
    if note is None:
        return 0
    with store.reading() as connection:
        return int(store.info(connection, note) or 0)


def _parts(tables: Iterable[pa.Table], most: int) -> Iterator[pa.Table]:
    """The same events in parts of up to `most`, or of one moment where more than that were known at once."""
    rest: pa.Table | None = None
    for table in tables:
        rest = table if rest is None else pa.concat_tables([rest, table])
        while len(rest) > most and (end := _moment_end(rest, most)):
            yield rest.slice(0, end)
            rest = rest.slice(end)
    if rest is not None and len(rest):
        yield rest


def _moment_end(table: pa.Table, most: int) -> int:
    """Where to cut: the last end of a moment up to `most`, else the first after it; 0 if there is none."""
    ends = np.flatnonzero(np.diff(np.asarray(table["known_at_ms"]))) + 1
    place = int(np.searchsorted(ends, most, side="right"))
    if place > 0:
        return int(ends[place - 1])
    return int(ends[0]) if len(ends) else 0
