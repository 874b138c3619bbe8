"""The work folder of a load: parts that are done, and a state file that says which, of what, by which mapping.

A part is whole before the state names it, so a run may be stopped at any moment; the next one goes on after the last
part that the state names.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from features.event_file import EVENT_SCHEMA
from training.load.errors import LoadError
from training.load.reading import Mark, Source
from training.load.tables.convert import RowCounts
from training.load.tables.mapping import TablesMapping

FOLDER: Final = ".loading"
_STATE: Final = "state.json"


@dataclass(slots=True)
class TableState:
    """How far a table is read: the rows in each part, what became of its rows, and where the next part begins."""

    source: list[list[str | int]]
    parts: dict[str, int] = field(default_factory=dict)
    counts: RowCounts = field(default_factory=RowCounts)
    mark: Mark | None = None
    finished: bool = False


class Work:
    """A work folder, and what is done in it."""

    def __init__(self, folder: Path, digest: str, tables: list[TableState]) -> None:
        self.folder = folder
        self.tables = tables
        self.digest = digest

    @classmethod
    def open(cls, out: Path, mapping: TablesMapping, sources: Sequence[Source], *, restart: bool = False) -> Work:
        """The work folder within a folder: what an earlier run left there, or a new one.

        Raises:
            LoadError: if the earlier run was of other sources or by another mapping, and `restart` doesn't say that
                it may go.
        """
        folder = out / FOLDER
        if restart:
            shutil.rmtree(folder, ignore_errors=True)
        # events of another layout can't go into one file with these
        digest = f"{mapping.digest()} {' '.join(EVENT_SCHEMA.names)}"
        fresh = cls(folder, digest, [TableState(source.fingerprint()) for source in sources])
        if not (folder / _STATE).is_file():
            return fresh
        begun = _from_json(folder, (folder / _STATE).read_text(encoding="utf-8"))
        if begun is None or begun.digest != digest or len(begun.tables) != len(sources):
            raise _changed(folder, "by another mapping or version")
        for table, then, now in zip(mapping.tables, begun.tables, fresh.tables, strict=True):
            if then.source != now.source:
                raise _changed(folder, f"of another source: table {table.called!r} has changed since")
        return begun

    @property
    def is_new(self) -> bool:
        """Whether nothing is done yet."""
        return not any(state.parts or state.finished for state in self.tables)

    def add(self, table: int, events: pa.Table, mark: Mark, counts: RowCounts) -> None:
        """Keep a table's next part. Counts are those of its rows alone."""
        state = self.tables[table]
        name = f"{table}-{len(state.parts):06}.parquet"
        write_part(events, self.folder / name)
        state.parts[name] = len(events)
        state.counts.add(counts)
        state.mark = mark
        self._save()

    def finish(self, table: int) -> None:
        """Remember that a table is read to its end."""
        self.tables[table].finished = True
        self._save()

    def begin_again(self, table: int) -> None:
        """Forget the parts of a table."""
        self.tables[table] = TableState(self.tables[table].source)
        self._save()

    def paths(self) -> list[Path]:
        """The parts of all tables."""
        return [self.folder / name for state in self.tables for name in state.parts]

    def remove(self) -> None:
        """Everything is done: nothing of the work is needed any more."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _save(self) -> None:
        unfinished = self.folder / f".{_STATE}.unfinished"
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(self._as_json(), ensure_ascii=False), encoding="utf-8")
        unfinished.replace(self.folder / _STATE)

    def _as_json(self) -> dict[str, Any]:
        tables = [
            {
                "source": state.source,
                "parts": state.parts,
                "read": state.counts.read,
                "left_out": state.counts.left_out,
                "unknown": [[*key, count] for key, count in state.counts.unknown.items()],
                "mark": state.mark,
                "finished": state.finished,
            }
            for state in self.tables
        ]
        return {"by": self.digest, "tables": tables}


def write_part(events: pa.Table, path: Path) -> None:
    """Write rows as Parquet, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    pq.write_table(events, unfinished, compression="lz4")
    unfinished.replace(path)


def read_part(path: Path) -> Iterator[pa.Table]:
    """The rows of a part, a piece at a time."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(250_000):
            yield pa.Table.from_batches([batch])


def _changed(folder: Path, how: str) -> LoadError:
    return LoadError(f"{folder}: an unfinished load {how}; undo the change to go on with it, or give --restart")


def _from_json(folder: Path, text: str) -> Work | None:
    try:
        content = json.loads(text)
        states = [
            TableState(
                each["source"],
                each["parts"],
                RowCounts(
                    each["read"],
                    Counter(each["left_out"]),
                    Counter({(column, word): count for column, word, count in each["unknown"]}),
                ),
                each["mark"],
                each["finished"],
            )
            for each in content["tables"]
        ]
        return Work(folder, content["by"], states)
    except (ValueError, KeyError, TypeError):
        return None
