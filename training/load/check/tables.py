"""A look at a platform's tables, chunk by chunk, with everything that is wrong and not only the first."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.events import KIND_FIELDS, EventKind
from features.progress import Progress
from training.load.check.days import Calendar
from training.load.check.findings import CheckReport, Findings, Severity, TableProfile
from training.load.check.links import Links, TableRole
from training.load.check.profile import ColumnLook
from training.load.check.rows import RowChecks
from training.load.complaints import Complaints
from training.load.errors import LoadError
from training.load.reading import Source
from training.load.source import Sheet
from training.load.tables.convert import RowCounts, convert
from training.load.tables.gathering import tell_read
from training.load.tables.mapping import Table, TablesMapping
from training.load.tables.places import Places, open_table

DATED = (EventKind.ORDER_PAID, EventKind.CLAIM_FILED)  # there are so many that a day without any is strange


def check_tables(mapping: TablesMapping, data: str, now_ms: int, progress: Progress | None = None) -> CheckReport:
    """Read all tables and tell what is wrong or strange. Nothing is written but to a temporary folder.

    Args:
        mapping: what the tables are.
        data: the folder that files are in, or the URL of the database that is asked.
        now_ms: the present: nothing can have occurred after it.
        progress: called with (done, total, what).
    """
    findings = Findings()
    sources = [_opened(mapping, index, data, findings) for index in range(len(mapping.tables))]
    places = Places([source.files if source else () for source in sources])
    checks = RowChecks(findings, now_ms, places.name)
    look = _Look(mapping, findings, checks)
    with tempfile.TemporaryDirectory(prefix="clearclaim-check-") as folder:
        links = Links(Path(folder), checks, [_role(table) for table in mapping.tables])
        profiles = [
            look.table(index, source, links, progress) for index, source in enumerate(sources) if source is not None
        ]
        steps, done = links.steps, iter(range(1, links.steps + 1))
        links.finish(lambda: progress(next(done), steps, "comparing") if progress is not None else None)
    checks.finish(mapping.money.currency, mapping.money.minor_digits)
    for kind, calendar in look.calendars.items():
        calendar.tell(findings, str(kind))
    return CheckReport(profiles, dict(look.kinds), findings.in_order())


@dataclass(slots=True)
class _Look:
    mapping: TablesMapping
    findings: Findings
    checks: RowChecks
    kinds: Counter[str] = field(default_factory=Counter)
    calendars: dict[EventKind, Calendar] = field(default_factory=lambda: {kind: Calendar() for kind in DATED})

    def table(self, index: int, source: Source, links: Links, progress: Progress | None) -> TableProfile:
        """Look at one table."""
        table = self.mapping.tables[index]
        names = list(dict.fromkeys(table.column_keys(index).values()))
        columns = {name: ColumnLook(name) for name in names}
        complaints, counts = Complaints(), RowCounts()
        try:
            for chunk in source.chunks(names):
                sheet = Sheet(source.files[chunk.file], chunk.table, chunk.first_row, complaints)
                for name in names:
                    columns[name].add(sheet.column(name))
                self._events(index, sheet, chunk.file, links, counts)
                tell_read(progress, table.called, source.size(), chunk.done)
        except LoadError as error:  # the source, or a column as a whole
            self.findings.add(Severity.ERROR, table.called, str(error), 1)
        self.findings.add_complaints(complaints)
        for (column, word), count in counts.unknown.items():
            self.findings.add(Severity.WARNING, f"{table.called}, column {column!r}", f"unknown word {word!r}", count)
        profiles = [column.profile() for column in columns.values()]
        return TableProfile(table.called, list(source.files), counts.read, dict(counts.left_out), profiles)

    def _events(self, index: int, sheet: Sheet, file: int, links: Links, counts: RowCounts) -> None:
        table = self.mapping.tables[index]
        events, found = convert(sheet, self.mapping, index, file)
        counts.add(found)
        self.kinds[str(table.kind)] += len(events)
        keys = self._look_for_keys(table, events)
        self.checks.add(table.called, events, tuple(name for name in table.fields if name not in keys))
        links.add(events)
        if table.kind in self.calendars:
            self.calendars[table.kind].add(events["occurred_at_ms"])

    def _look_for_keys(self, table: Table, events: pa.Table) -> list[str]:
        """Tell rows that can't be without their order or claim, and don't say which it is; the ids that they need."""
        role, always = _role(table), KIND_FIELDS[table.kind].required  # what is always needed was told by its cells
        keys = {"order_id": role.needs_order, "claim_id": role.needs_claim}
        for key in (needed := [key for key, needs in keys.items() if needs and key not in always]):
            what = f"no {key}, by which its {key.removesuffix('_id')} would be found"
            self.checks.tell(Severity.ERROR, role.name, what, events, pc.is_null(events[key]))
        return needed


def _opened(mapping: TablesMapping, index: int, data: str, findings: Findings) -> Source | None:
    try:
        return open_table(mapping, index, data)
    except LoadError as error:
        findings.add(Severity.ERROR, mapping.tables[index].called, str(error), 1)
        return None


def _role(table: Table) -> TableRole:
    """Whether a row can't be loaded without its order, or claim: it has to take over from it what its kind needs."""
    required = set(KIND_FIELDS[table.kind].required) - set(table.fields)
    order, claim = set(table.filled_from("order")), set(table.filled_from("claim"))
    if table.unfilled == "leave_out":
        return TableRole(table.called)
    return TableRole(table.called, bool(required & order - claim), bool(required & claim - order))
