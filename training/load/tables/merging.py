"""All events in order of `known_at_ms`, into one file that appears whole or not at all.

Events are dealt into ranges of time, so that one range lies in memory, is put in order, checked and written. Events of
one moment stay together: by kind, then in the order of the tables and their rows.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.arrays import Ints
from features.engines.partitioned.spill import Spill
from features.event_file import EVENT_SCHEMA, check_events
from features.events import EventKind
from features.progress import Progress
from training.load.deals import deal
from training.load.errors import LoadError
from training.load.tables.convert import PLACE, part_schema
from training.load.tables.places import Places
from training.load.tables.unfilled import Unfilled
from training.load.tables.work import read_part

_SAMPLE: Final = 500_000  # moments by which the ranges are chosen
_ID_SCHEMA: Final = pa.schema([("event_id", pa.string()), *PLACE])
_PLACES: Final = [name for name, _ in PLACE]


@dataclass(slots=True)
class Merged:
    """What was written: how many events of each table and kind, rows said twice by table, and from when to when."""

    events: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    repeated: Counter[int] = field(default_factory=Counter)
    first_time_ms: int | None = None
    last_time_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """Puts parts in order. `ranges` is into how many ranges of time they are dealt."""

    places: Places
    unfilled: Unfilled
    folder: Path
    ranges: int

    def write(self, parts: Sequence[Path], out: Path, progress: Progress | None = None) -> Merged:
        """Write the events of all parts; return what was written.

        Raises:
            LoadError: if an event lacks what its kind needs, or two different events have one id.
            features.events.EventError: if an event is wrong in another way.
        """
        self.folder.mkdir(parents=True)
        merged = Merged()
        ids = Spill(self.folder, "ids", _ID_SCHEMA, self.ranges, "lz4")
        unfinished = out.with_name(f".{out.name}.{os.getpid()}.unfinished")
        try:
            with pq.ParquetWriter(unfinished, EVENT_SCHEMA, compression="zstd") as writer:
                for number, rows in enumerate(self._in_ranges(parts, progress)):
                    ordered = _in_order(self._without_repeats(rows, merged))
                    ids.add(ordered.select(_ID_SCHEMA.names), deal(ordered, "event_id", self.ranges))
                    writer.write_table(self._checked(ordered, merged))
                    if progress is not None:
                        progress(len(parts) + number + 1, len(parts) + self.ranges, "putting in order")
            self._refuse_two_of_one_id(ids)
            unfinished.replace(out)
        finally:
            unfinished.unlink(missing_ok=True)
        return merged

    def _in_ranges(self, parts: Sequence[Path], progress: Progress | None) -> Iterator[pa.Table]:
        bounds = _bounds(parts, self.ranges)
        spill = Spill(self.folder, "times", part_schema(self.unfilled.mapping), self.ranges, "lz4")
        for number, path in enumerate(parts):
            if progress is not None:
                progress(number, len(parts) + self.ranges, "putting in order")
            for piece in read_part(path):
                rows = self.unfilled.without(piece)
                spill.add(rows, np.searchsorted(bounds, rows["known_at_ms"].to_numpy(), side="right"))
        yield from spill.drain()

    def _checked(self, rows: pa.Table, merged: Merged) -> pa.Table:
        where = [rows[name].to_numpy() for name in _PLACES]

        def name_row(index: int) -> str:
            return self.places.name(*(int(column[index]) for column in where))

        events = check_events(rows.drop_columns(_PLACES), "events", name_row=name_row, unique=False)
        merged.kinds.update({each["values"]: each["counts"] for each in pc.value_counts(events["kind"]).to_pylist()})
        merged.events.update({each["values"]: each["counts"] for each in pc.value_counts(rows["_table"]).to_pylist()})
        known_at_ms = events["known_at_ms"]
        if merged.first_time_ms is None:
            merged.first_time_ms = known_at_ms[0].as_py()
        merged.last_time_ms = known_at_ms[-1].as_py()
        return events

    def _without_repeats(self, rows: pa.Table, merged: Merged) -> pa.Table:
        """Rows without those that say the same event again: the same id and the same content, so the same moment."""
        several = _ids_of_several(rows)
        if len(several) == 0:
            return rows
        doubtful = pc.indices_nonzero(pc.is_in(rows["event_id"], value_set=several)).to_numpy()
        seen: dict[str, dict[str, object]] = {}
        again = np.zeros(len(rows), dtype=np.bool_)
        for index, row in zip(doubtful, rows.take(pa.array(doubtful)).to_pylist(), strict=True):
            content = {name: value for name, value in row.items() if name not in _PLACES}
            if seen.setdefault(row["event_id"], content) == content and seen[row["event_id"]] is not content:
                again[index] = True
                merged.repeated[row["_table"]] += 1
        return rows.filter(pa.array(~again))

    def _refuse_two_of_one_id(self, ids: Spill) -> None:
        for rows in ids.drain():
            several = _ids_of_several(rows)
            if len(several):
                both = rows.filter(pc.equal(rows["event_id"], several[0])).select(_PLACES).to_pylist()[:2]
                first, second = (self.places.name(*place.values()) for place in both)
                raise LoadError(
                    f"{first} and {second}: both make the event {several[0].as_py()!r}, with different content; "
                    "correct one, or give their event_id another 'prefix' or 'columns'"
                )


def _ids_of_several(rows: pa.Table) -> pa.Array:
    counts = pc.value_counts(rows["event_id"].combine_chunks())
    return counts.field("values").filter(pc.greater(counts.field("counts"), 1))


def _bounds(parts: Sequence[Path], ranges: int) -> Ints:
    """The moments at which ranges after the first begin, so that each holds about as many events."""
    if ranges == 1:
        return np.empty(0, dtype=np.int64)
    rows = sum(pq.read_metadata(path).num_rows for path in parts)
    step = max(rows // _SAMPLE, 1)
    moments = [pq.read_table(path, columns=["known_at_ms"])["known_at_ms"].to_numpy()[::step] for path in parts]
    return np.unique(np.quantile(np.concatenate(moments), np.arange(1, ranges) / ranges, method="nearest"))


def _in_order(rows: pa.Table) -> pa.Table:
    kinds = np.asarray(pc.index_in(rows["kind"], value_set=pa.array([str(kind) for kind in EventKind])))
    keys = (*(rows[name].to_numpy() for name in reversed(_PLACES)), kinds, rows["known_at_ms"].to_numpy())
    return rows.take(pa.array(np.lexsort(keys)))
