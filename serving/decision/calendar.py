"""Whole days of a calendar: the day of an event doesn't count, and the last day ends at local midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def end_of_day_ms(moment_ms: int, zone: ZoneInfo, *, days_after: int = 0) -> int:
    """The end, exclusive, of the local day that lies so many days after the one in which a moment falls.

    It is the first moment of the next day there is: a day on which clocks change has 23 or 25 hours.

    Raises:
        OverflowError: the year would be past 9999.

    >>> delivered = datetime(2026, 3, 27, 23, 59, tzinfo=ZoneInfo("Europe/London"))
    >>> end_of_day_ms(int(delivered.timestamp()) * 1000, ZoneInfo("Europe/London"), days_after=2)
    1774825200000
    >>> datetime.fromtimestamp(1774825200, ZoneInfo("Europe/London")).isoformat()  # clocks went forward on the 29th
    '2026-03-30T00:00:00+01:00'
    """
    day = (_EPOCH + moment_ms * _MS).astimezone(zone).date()
    return _midnight_ms(day + timedelta(days=days_after + 1), zone)


@lru_cache(maxsize=4_096)
def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    return (midnight.astimezone(UTC) - _EPOCH) // _MS
