"""Wrong cells, gathered where a check wants all of them and not the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

EXAMPLES: Final = 3
MOST_ROWS: Final = 1_000_000  # told by row; past that a cell that is read twice may count twice


@dataclass(slots=True)
class Complaint:
    """One thing that is wrong with some cells of a column: how many, in which rows, and what the first few say."""

    count: int = 0
    rows: set[int] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Complaints:
    """What is wrong, by file, column and why."""

    found: dict[tuple[str, str, str], Complaint] = field(default_factory=dict)

    def add(self, file: str, column: str, why: str, rows: Iterable[int], show: Callable[[int], str]) -> None:
        """Count the rows of wrong cells, each once however often it is read; `show` gives an example's text."""
        complaint = self.found.setdefault((file, column, why), Complaint())
        fresh = [row for row in rows if row not in complaint.rows]
        complaint.count += len(fresh)
        complaint.rows.update(fresh[: MOST_ROWS - len(complaint.rows)])
        complaint.examples += [show(row) for row in fresh[: EXAMPLES - len(complaint.examples)]]

    def add_whole(self, file: str, column: str, why: str, count: int) -> None:
        """Count all cells of a column that as a whole is wrong."""
        self.found.setdefault((file, column, why), Complaint()).count += count

    def rows_of(self, file: str) -> list[int]:
        """The rows of a file in which a cell is wrong."""
        return sorted({row for key, complaint in self.found.items() if key[0] == file for row in complaint.rows})
