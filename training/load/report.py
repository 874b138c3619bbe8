"""What a load found, counted: nothing that was left out or fitted nowhere goes unsaid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines, and what they come to in minor units."""

    lines: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """The counts of a load.

    `lines_read` is `orders` and `returns` and all of `left_out`; `returns` is `matched_in_full` and `matched_in_part`
    and all of `unmatched`. A return is matched in part if purchases cover some of its units but not all; like one
    matched in full it has order facts. Times are milliseconds UTC, None if there are no events.
    """

    source: str
    currency: str
    minor_digits: int
    lines_read: int
    orders: Tally
    orders_without_buyer: Tally
    returns: Tally
    matched_in_full: Tally
    matched_in_part: Tally
    unmatched: dict[str, Tally]
    left_out: dict[str, int]
    first_time_ms: int | None
    last_time_ms: int | None

    @property
    def lines_left_out(self) -> int:
        """How many lines are neither orders nor returns."""
        return sum(self.left_out.values())

    @property
    def returns_unmatched(self) -> int:
        """How many returns fit no purchase, and are claims without order facts."""
        return sum(tally.lines for tally in self.unmatched.values())

    def lines(self) -> list[str]:
        """The report as a table, a line each: what, how many lines, and their amount where there is one."""
        rows: list[tuple[str, int, int | None]] = [
            ("lines read", self.lines_read, None),
            ("orders", self.orders.lines, self.orders.amount_minor),
            ("  of these without a buyer", self.orders_without_buyer.lines, self.orders_without_buyer.amount_minor),
            ("returns", self.returns.lines, self.returns.amount_minor),
            ("  matched to a purchase", self.matched_in_full.lines, self.matched_in_full.amount_minor),
            ("  matched in part", self.matched_in_part.lines, self.matched_in_part.amount_minor),
            *((f"  unmatched: {cause}", tally.lines, tally.amount_minor) for cause, tally in self.unmatched.items()),
            ("left out", self.lines_left_out, None),
            *((f"  {cause}", count, None) for cause, count in self.left_out.items()),
        ]
        width = max(len(label) for label, _, _ in rows)
        table = [f"{label:<{width}}  {count:>12,}{self._money(amount)}" for label, count, amount in rows]
        return [
            self.source,
            *table,
            f"{'from, to':<{width}}  {moment(self.first_time_ms)}, {moment(self.last_time_ms)}",
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _money(self, amount_minor: int | None) -> str:
        if amount_minor is None:
            return ""
        return f"  {amount_minor / 10**self.minor_digits:>18,.{self.minor_digits}f} {self.currency}"


def moment(time_ms: int | None) -> str:
    """A time for people, "never" for None."""
    if time_ms is None:
        return "never"
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
