"""A look at order and return lines. Rows with a wrong cell are told, and left out of what is looked at next."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.events import EventKind
from features.progress import Progress
from training.load.assemble import assemble
from training.load.check.days import Calendar
from training.load.check.findings import CheckReport, Findings, Severity, TableProfile
from training.load.check.links import Links, TableRole
from training.load.check.profile import ColumnLook, ColumnProfile
from training.load.check.rows import RowChecks
from training.load.complaints import EXAMPLES, Complaints
from training.load.errors import LoadError
from training.load.lines import Lines, read_lines
from training.load.loading import match_lines, read_return_words
from training.load.mapping import Mapping
from training.load.matching import Unmatched
from training.load.reading import Source
from training.load.rows import RowKinds, sort_rows
from training.load.source import Sheet, read_sheet
from training.load.tables.convert import PART_SCHEMA

STEPS: Final = ("reading the file", "looking at columns", "reading its rows", "comparing", "done")


def check_lines(source: Source, mapping: Mapping, now_ms: int, progress: Progress | None = None) -> CheckReport:
    """Read all lines and tell what is wrong or strange. Nothing is written but to a temporary folder.

    Args:
        source: where the lines are.
        mapping: which column is what.
        now_ms: the present: nothing can have occurred after it.
        progress: called with (done, total, what).
    """
    findings, complaints = Findings(), Complaints()
    tell = progress or (lambda *_: None)
    tell(0, len(STEPS) - 1, STEPS[0])
    try:
        sheet = replace(read_sheet(source, mapping.column_keys()), complaints=complaints)
    except LoadError as error:
        findings.add_refusal(source.files[0], error)
        return CheckReport([], {}, findings.in_order())
    tell(1, len(STEPS) - 1, STEPS[1])
    columns = _columns(sheet, mapping)
    _tell_identical(sheet, findings)
    tell(2, len(STEPS) - 1, STEPS[2])
    left_out: dict[str, int] = {}
    events: dict[str, int] = {}
    try:
        kinds = sort_rows(sheet, mapping)
        left_out = kinds.left_out
        orders, returns, table = _events(sheet, mapping, kinds)
        tell(3, len(STEPS) - 1, STEPS[3])
        _compare(table, mapping, sheet, findings, now_ms)
        _tell_unmatched(orders, returns, findings, sheet.file)
        events = {str(EventKind.ORDER_PAID): len(orders)}
        events |= {str(kind): len(returns) for kind in (EventKind.CLAIM_FILED, EventKind.CLAIM_DECIDED)}
    except LoadError as error:  # a column as a whole
        findings.add_refusal(sheet.file, error)
    findings.add_complaints(complaints)
    tell(4, len(STEPS) - 1, STEPS[4])
    profile = TableProfile("lines", list(source.files), len(sheet), left_out, columns)
    return CheckReport([profile], events, findings.in_order())


def _columns(sheet: Sheet, mapping: Mapping) -> list[ColumnProfile]:
    looks = {name: ColumnLook(name) for name in dict.fromkeys(mapping.column_keys().values())}
    for name, look in looks.items():
        look.add(sheet.column(name))
    return [look.profile() for look in looks.values()]


def _tell_identical(sheet: Sheet, findings: Findings) -> None:
    names = sheet.table.column_names
    numbered = sheet.table.append_column("_row", pa.array(np.arange(1, len(sheet) + 1)))
    same = numbered.group_by(names, use_threads=False).aggregate([("_row", "count"), ("_row", "max")])
    several = same.filter(pc.greater(same["_row_count"], 1)).sort_by("_row_max")
    count = (pc.sum(several["_row_count"]).as_py() or 0) - len(several)
    examples = [f"row {row}" for row in several["_row_max"].slice(0, EXAMPLES).to_pylist()]
    findings.add(Severity.WARNING, sheet.file, "the same in all these columns as an earlier row", count, examples)


def _events(sheet: Sheet, mapping: Mapping, kinds: RowKinds) -> tuple[Lines, Lines, pa.Table]:
    """What can be made of the rows without a wrong cell: orders, returns, and the events in the layout of parts."""
    read_lines(sheet, mapping, kinds.orders, "positive")
    read_lines(sheet, mapping, kinds.returns, mapping.returns.sign)
    read_return_words(sheet, mapping, kinds.returns)
    wrong = np.array(sheet.complaints.rows_of(sheet.file) if sheet.complaints else [], dtype=np.int64)
    quiet = replace(sheet, complaints=None)

    def clean(positions: Ints) -> Ints:
        return positions[~np.isin(positions + 1, wrong)]

    orders = read_lines(quiet, mapping, clean(kinds.orders), "positive")
    returns = read_lines(quiet, mapping, clean(kinds.returns), mapping.returns.sign)
    words = read_return_words(quiet, mapping, returns.position)
    events, position = assemble(orders, returns, match_lines(orders, returns), words)
    place = {"_table": np.zeros(len(events)), "_file": np.zeros(len(events)), "_row": position + 1}
    for name, numbers in place.items():
        events = events.append_column(name, pa.array(numbers).cast(PART_SCHEMA.field(name).type))
    return orders, returns, events


def _compare(events: pa.Table, mapping: Mapping, sheet: Sheet, findings: Findings, now_ms: int) -> None:
    checks = RowChecks(findings, now_ms, lambda _table, _file, row: f"row {row}")
    for kind in (EventKind.ORDER_PAID, EventKind.CLAIM_FILED):
        own = events.filter(pc.equal(events["kind"], str(kind)))
        checks.add(f"{sheet.file}, {'orders' if kind is EventKind.ORDER_PAID else 'returns'}", own, ("buyer_id",))
        calendar = Calendar()
        calendar.add(own["occurred_at_ms"])
        calendar.tell(findings, str(kind))
    with tempfile.TemporaryDirectory(prefix="clearclaim-check-") as folder:
        links = Links(Path(folder), checks, [TableRole(sheet.file)], deals=1)
        links.add(events)
        links.finish(lambda: None)
    checks.finish(mapping.money.currency, mapping.money.minor_digits)


def _tell_unmatched(orders: Lines, returns: Lines, findings: Findings, file: str) -> None:
    causes = np.array([str(cause) for cause in match_lines(orders, returns).causes])
    for cause in Unmatched:
        rows = returns.position[causes == str(cause)] + 1
        examples = [f"row {row}" for row in rows[:EXAMPLES].tolist()]
        findings.add(Severity.WARNING, file, f"a return that fits no purchase: {cause}", len(rows), examples)
