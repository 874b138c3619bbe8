"""What a load of several tables found, counted."""

from __future__ import annotations

from dataclasses import dataclass

from training.load.report import moment

MOST_WORDS = 10  # unknown words in the printed table; the JSON has all


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table: `read` is `events` and `repeated` and all of `left_out`.

    `repeated` rows say an event again, word for word. `unknown` counts words that were taken as the mapping's
    `unknown`, as "column: word".
    """

    name: str
    kind: str
    source: list[str]
    read: int
    events: int
    repeated: int
    left_out: dict[str, int]
    unknown: dict[str, int]

    def rows(self) -> list[tuple[str, int]]:
        """What there is to say, a line each."""
        words = sorted(self.unknown.items(), key=lambda each: -each[1])[:MOST_WORDS]
        return [
            (f"{self.name}: rows read", self.read),
            (f"  {self.kind}", self.events),
            *([("  said again", self.repeated)] if self.repeated else []),
            *((f"  left out: {cause}", count) for cause, count in self.left_out.items()),
            *((f"  unknown word in {word}", count) for word, count in words),
        ]


@dataclass(frozen=True, slots=True)
class TablesReport:
    """The counts of a load of several tables. Times are milliseconds UTC, None if there are no events."""

    currency: str
    minor_digits: int
    tables: list[TableReport]
    events: int
    first_time_ms: int | None
    last_time_ms: int | None

    def __str__(self) -> str:
        rows = [row for table in self.tables for row in table.rows()]
        width = max(len(label) for label, _ in rows)
        lines = [f"{label:<{width}}  {count:>12,}" for label, count in rows]
        return "\n".join([*lines, f"{'from, to':<{width}}  {moment(self.first_time_ms)}, {moment(self.last_time_ms)}"])
