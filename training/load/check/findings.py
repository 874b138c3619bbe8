"""What a check found, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from training.load.check.profile import ColumnProfile
from training.load.complaints import EXAMPLES, Complaints
from training.load.errors import LoadError


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # the load would fail, or be wrong
    WARNING = "warning"  # someone should look


@dataclass(slots=True)
class Finding:
    """One thing that is wrong or strange: where, what, how often, and the first few places."""

    severity: Severity
    where: str
    what: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Findings:
    """Findings as they come: the same thing at the same place is one."""

    found: dict[tuple[Severity, str, str], Finding] = field(default_factory=dict)

    def add(self, severity: Severity, where: str, what: str, count: int, examples: Iterable[str] = ()) -> None:
        """Add to a finding; nothing is found where the count is zero."""
        if count:
            finding = self.found.setdefault((severity, where, what), Finding(severity, where, what))
            finding.count += count
            finding.examples += list(examples)[: EXAMPLES - len(finding.examples)]

    def add_refusal(self, file: str, error: LoadError) -> None:
        """Add what a load of the file would refuse with; its message begins with the file, which is told once."""
        self.add(Severity.ERROR, file, str(error).removeprefix(f"{file}: "), 1)

    def add_complaints(self, complaints: Complaints) -> None:
        """Add the cells that were wrong, each an error."""
        for (file, column, why), complaint in complaints.found.items():
            place = f"{file}, column {column!r}" if column else file
            self.add(Severity.ERROR, place, why, complaint.count, complaint.examples)

    def in_order(self) -> list[Finding]:
        """Errors first, each in the order in which they were found."""
        return sorted(self.found.values(), key=lambda finding: finding.severity)


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A table as it was found: its rows, what was left out of them, its columns."""

    name: str
    source: list[str]
    rows: int
    left_out: dict[str, int]
    columns: list[ColumnProfile]

    def lines(self) -> list[str]:
        """The table's columns as text, a line each."""
        head = ("column", "type", "from", "to", "missing", "different")
        rows = [head, *(column.cells() for column in self.columns)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
        shown = self.source[0] if len(self.source) == 1 else f"{self.source[0]} and {len(self.source) - 1} more"
        return [
            f"{self.name}: {self.rows:,} rows in {shown}",
            *(
                "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
                for row in rows
            ),
            *(f"  left out: {cause}: {count:,}" for cause, count in self.left_out.items()),
        ]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that a check found: tables and their columns, how many events of each kind there would be, findings."""

    tables: list[TableProfile]
    events: dict[str, int]
    findings: list[Finding]

    @property
    def holds(self) -> bool:
        """Whether nothing found is an error."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {"holds": self.holds, **asdict(self)}

    def lines(self) -> list[str]:
        """The report as text."""
        shown = [line for table in self.tables for line in table.lines()]
        width = max((len(kind) for kind in self.events), default=0)
        shown += ["events", *(f"  {kind:<{width}}  {count:>12,}" for kind, count in self.events.items())]
        for finding in self.findings:
            shown.append(f"{finding.severity}: {finding.where}: {finding.what}: {finding.count:,}")
            shown += [f"    {example}" for example in finding.examples]
        errors = sum(finding.severity is Severity.ERROR for finding in self.findings)
        return [*shown, f"{errors} errors, {len(self.findings) - errors} warnings"]
