"""What `clearclaim-train load` does with its options; `training.cli` only declares them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from features.event_file import write_events
from features.progress import Progress
from training.load.check import check_lines, check_tables
from training.load.errors import LoadError
from training.load.loading import load
from training.load.mapping import Mapping
from training.load.mapping_file import find_mapping, read_mapping
from training.load.reading import Source, is_database, open_source
from training.load.tables import TablesMapping, load_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What a user asked for.

    Raises:
        LoadError: if two options don't go together.
    """

    data: str
    mapping: str
    query: str | None = None
    query_file: Path | None = None
    out: Path | None = None
    restart: bool = False

    def __post_init__(self) -> None:
        if self.query is not None and self.query_file is not None:
            raise LoadError("--query and --query-file say the same thing; give one of them")

    def read_mapping(self) -> Mapping | TablesMapping:
        """The mapping.

        Raises:
            LoadError: if there is none such, or it is wrong.
        """
        return read_mapping(find_mapping(self.mapping))

    def lines(self) -> Source:
        """Where the lines are, for a mapping of lines."""
        return open_source(self.data, self._asked())

    def tables(self) -> str:
        """Where the tables are, for a mapping of tables.

        Raises:
            LoadError: if a query is given, or files are to come from what is no folder.
        """
        if self.query is not None or self.query_file is not None:
            raise LoadError(f"{self.mapping}: a mapping of tables has its own queries; leave --query out")
        if not is_database(self.data) and not Path(self.data).is_dir():
            raise LoadError(f"{self.data}: no such folder; give the one that the mapping's files are in, or a URL")
        return self.data

    def _asked(self) -> str | None:
        if self.query_file is None:
            return self.query
        try:
            return self.query_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LoadError(f"{self.query_file}: can't be read; give the path of a file of SQL") from error


def run_load(options: LoadOptions, progress: Progress) -> list[str]:
    """Write events.parquet and report.json; return what to print.

    Raises:
        LoadError: one line that names the file, the row or column, and what to do.
        features.events.EventError: if an event is wrong in a way that no cell shows.
        OSError: if the folder can't be written.
    """
    mapping, out = options.read_mapping(), options.out
    if out is None:
        raise LoadError("give --out DIRECTORY to write to, or --check to only look")
    report: object
    if isinstance(mapping, TablesMapping):
        report = tables_report = load_tables(mapping, options.tables(), out, progress, restart=options.restart)
        events, content = tables_report.events, asdict(tables_report)
    else:
        loaded = load(options.lines(), mapping, progress)
        write_events(loaded.events, out / "events.parquet")
        report, events, content = loaded.report, len(loaded.events), asdict(loaded.report)
    (out / "report.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return [str(report), f"{events:,} events in {out / 'events.parquet'}"]


def run_check(options: LoadOptions, json_file: Path | None, progress: Progress) -> tuple[list[str], bool]:
    """Look at what would be loaded; return what to print, and whether nothing in it is an error.

    Raises:
        LoadError: if the mapping is wrong, or the options don't fit it.
        OSError: if the JSON file can't be written.
    """
    mapping, now_ms = options.read_mapping(), time.time_ns() // 1_000_000
    if isinstance(mapping, TablesMapping):
        report = check_tables(mapping, options.tables(), now_ms, progress)
    else:
        report = check_lines(options.lines(), mapping, now_ms, progress)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(report.as_dict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return report.lines(), report.holds
