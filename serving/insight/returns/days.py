"""The local days of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from features.arrays import Ints


@dataclass(frozen=True, slots=True)
class Days:
    """The local days that a period touches: their dates, and the moments at which they begin, with the end's."""

    dates: tuple[date, ...]
    begins_ms: Ints

    @classmethod
    def of(cls, from_ms: int, until_ms: int, zone: ZoneInfo) -> Days:
        """The days of [from_ms, until_ms); those at its edges may be cut."""
        first = datetime.fromtimestamp(from_ms / 1000, zone).date()
        last = datetime.fromtimestamp(max(until_ms - 1, from_ms) / 1000, zone).date()
        dates = tuple(first + timedelta(days=number) for number in range((last - first).days + 1))
        begins = [
            round(datetime.combine(day, time.min, zone).timestamp() * 1000)
            for day in (*dates, last + timedelta(days=1))
        ]
        return cls(dates, np.array(begins, dtype=np.int64))

    def number(self, at_ms: Ints) -> Ints:
        """The place of each moment's day among them, shape (n,)."""
        return np.searchsorted(self.begins_ms, at_ms, side="right") - 1

    def __len__(self) -> int:
        return len(self.dates)
