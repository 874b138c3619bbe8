"""Wrong cells, gathered where a check wants all of them and not the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

EXAMPLES: Final = 3


@dataclass(slots=True)
class Complaint:
    """One thing that is wrong with some cells of a column: how many, and what the first few say."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Complaints:
    """What is wrong, by file, column and why; and the rows that are concerned, by file."""

    found: dict[tuple[str, str, str], Complaint] = field(default_factory=dict)
    rows: dict[str, set[int]] = field(default_factory=dict)

    def add(self, file: str, column: str, why: str, count: int, examples: Iterable[str]) -> None:
        """Count wrong cells; of the examples the first few are kept."""
        complaint = self.found.setdefault((file, column, why), Complaint())
        complaint.count += count
        complaint.examples += list(examples)[: EXAMPLES - len(complaint.examples)]
