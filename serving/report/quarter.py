"""Quarters of a year, and the days they are about, in the policy's time zone."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"(20[0-9]{2})-?[Qq]([1-4])")


class ReportError(ValueError):
    """A report that can't be made: the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time under a name: from `from_ms` on and before `until_ms`, milliseconds UTC."""

    name: str
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """One quarter, such as the third of 2026."""

    year: int
    number: int

    def __str__(self) -> str:
        """As people type it.

        >>> str(Quarter(2026, 3)), str(Quarter(2026, 1).before())
        ('2026Q3', '2025Q4')
        """
        return f"{self.year}Q{self.number}"

    def before(self) -> Quarter:
        """The quarter before."""
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    def span(self, zone: dt.tzinfo) -> Span:
        """From its first midnight to that of the next quarter."""
        months = self.months(zone)
        return Span(str(self), months[0].from_ms, months[-1].until_ms)

    def months(self, zone: dt.tzinfo) -> tuple[Span, ...]:
        """Its three months.

        >>> [month.name for month in Quarter(2026, 3).months(dt.UTC)]
        ['2026-07', '2026-08', '2026-09']
        """
        first = 3 * self.number - 2
        return tuple(_month(self.year, first + place, zone) for place in range(3))


def parse_quarter(text: str) -> Quarter:
    """The quarter that a text names.

    Raises:
        ReportError: if it names none.
    """
    found = _NAME.fullmatch(text.strip())
    if found is None:
        raise ReportError(f"quarter {text!r:.40}: write the year and the number of the quarter, such as 2026Q3")
    return Quarter(int(found[1]), int(found[2]))


def quarter_at(ms: int, zone: dt.tzinfo) -> Quarter:
    """The quarter in which a moment lies.

    >>> quarter_at(1_767_225_600_000, dt.UTC)  # 2026-01-01
    Quarter(year=2026, number=1)
    """
    day = dt.datetime.fromtimestamp(ms / 1000, zone)
    return Quarter(day.year, (day.month + 2) // 3)


def _month(year: int, month: int, zone: dt.tzinfo) -> Span:
    begin = dt.datetime(year, month, 1, tzinfo=zone)
    end = dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return Span(f"{year}-{month:02}", round(begin.timestamp() * 1000), round(end.timestamp() * 1000))
