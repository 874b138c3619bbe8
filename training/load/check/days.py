"""The calendar: days that are empty where their neighbours aren't, long silences, sudden changes of level."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.spans import DAY_MS
from training.load.check.findings import Findings, Severity

BUSY: Final = 5  # events a day that make an empty day strange: by chance it is one in a hundred and fifty
SILENCE: Final = 5  # times as long as the usual gap
LEVEL_DAYS: Final = 28
LEVEL_CHANGE: Final = 4  # times as many, or a fraction of them


@dataclass(slots=True)
class Calendar:
    """Counts events by their day (UTC)."""

    counts: Counter[int] = field(default_factory=Counter)

    def add(self, occurred_at_ms: pa.ChunkedArray) -> None:
        """Count further events."""
        days, counts = np.unique(occurred_at_ms.drop_null().to_numpy() // DAY_MS, return_counts=True)
        self.counts.update(dict(zip(days.tolist(), counts.tolist(), strict=True)))

    def tell(self, findings: Findings, name: str) -> None:
        """Tell what is strange."""
        if len(self.counts) < 2:
            return
        first, last = min(self.counts), max(self.counts)
        counts = np.array([self.counts[day] for day in range(first, last + 1)], dtype=np.int64)
        gaps = silences(counts)
        examples = [f"{_day(first + begin)} to {_day(first + end - 1)}" for begin, end in gaps]
        what = f"nothing for more than {SILENCE} times the usual gap"
        findings.add(Severity.WARNING, name, what, len(gaps), examples)
        silent = {day for begin, end in gaps for day in range(begin, end)}
        empty = [day for day in empty_days(counts) if day not in silent]
        what = f"days without any, though that weekday has {BUSY} or more in the weeks around"
        findings.add(Severity.WARNING, name, what, len(empty), [_day(first + day) for day in empty])
        what = f"the level changes {LEVEL_CHANGE} times or more between {LEVEL_DAYS} days and the next"
        changes = level_changes(counts)
        examples = [f"{_day(first + day)}: from {before:.0f} a day to {after:.0f}" for day, before, after in changes]
        findings.add(Severity.WARNING, name, what, len(changes), examples)


def silences(counts: Ints) -> list[tuple[int, int]]:
    """Runs of empty days [begin, end) that are longer than `SILENCE` usual gaps: nine of ten gaps are no longer.

    >>> silences(np.array([1] * 20 + [0] * 7 + [1] * 20))
    [(20, 27)]
    """
    active = np.flatnonzero(counts)
    steps = np.diff(active)
    if len(steps) == 0:
        return []
    long = np.flatnonzero(steps > SILENCE * np.quantile(steps, 0.9, method="higher"))
    return [(int(active[index]) + 1, int(active[index + 1])) for index in long]


def empty_days(counts: Ints) -> list[int]:
    """Days without any, though a week before and a week after there were `BUSY` or more.

    >>> empty_days(np.array([9, 9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 9, 0, 9, 9, 9]))
    [8]
    """
    days = np.flatnonzero(counts[7:-7] == 0) + 7 if len(counts) > 14 else np.empty(0, dtype=np.int64)
    return [int(day) for day in days if min(counts[day - 7], counts[day + 7]) >= BUSY]


def level_changes(counts: Ints) -> list[tuple[int, float, float]]:
    """Days at which the daily mean changes `LEVEL_CHANGE` times or more, with the mean before and after.

    Means are over `LEVEL_DAYS`, and of changes that lie closer together the sharpest is told.
    """
    if len(counts) < 2 * LEVEL_DAYS:
        return []
    sums = np.concatenate([[0], np.cumsum(counts)])
    means = (sums[LEVEL_DAYS:] - sums[:-LEVEL_DAYS]) / LEVEL_DAYS
    before, after = means[:-LEVEL_DAYS], means[LEVEL_DAYS:]
    ratio = np.maximum(before, after) / np.maximum(np.minimum(before, after), 1 / LEVEL_DAYS)
    ratio[np.maximum(before, after) < BUSY] = 0
    found = []
    while len(ratio) and ratio.max() >= LEVEL_CHANGE:
        place = int(np.argmax(ratio))
        found.append((place + LEVEL_DAYS, float(before[place]), float(after[place])))
        ratio[max(place - LEVEL_DAYS, 0) : place + LEVEL_DAYS] = 0
    return sorted(found)


def _day(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%d")
