"""The calendar of a check: which days are strange."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from features.spans import DAY_MS
from training.load.check.days import Calendar, empty_days, level_changes, silences
from training.load.check.findings import Findings

MONDAY = 19_723  # 2024-01-01, in days since 1970


def findings_of(counts: list[int]) -> dict[str, list[str]]:
    """What is told of so many events a day, from Monday, 1 January 2024 on."""
    days = np.repeat(np.arange(MONDAY, MONDAY + len(counts)), counts)
    calendar, findings = Calendar(), Findings()
    for piece in np.array_split(days * DAY_MS + 3_600_000, 3):
        calendar.add(pa.chunked_array([pa.array(piece)]))
    calendar.tell(findings, "orders")
    return {finding.what.split(" ")[0]: finding.examples for finding in findings.in_order()}


def test_days_of_a_steady_shop_are_not_strange():
    """Neither the usual ups and downs nor a shop that is closed at weekends."""
    assert findings_of([9, 12, 10, 11, 8, 30, 20] * 20) == {}
    assert findings_of([9, 12, 10, 11, 8, 0, 0] * 20) == {}


def test_day_without_orders_among_busy_ones_is_told():
    """One Wednesday of a shop that sells on Wednesdays."""
    counts = [9] * 140
    counts[30] = 0
    assert findings_of(counts) == {"days": ["2024-01-31"]}


def test_week_without_orders_is_told_as_one_silence():
    """An export that was broken for a week: no day of it is told once more."""
    counts = [9] * 140
    counts[30:38] = [0] * 8
    assert findings_of(counts) == {"nothing": ["2024-01-31 to 2024-02-07"]}


def test_silence_of_a_rare_event_is_measured_by_its_usual_gap():
    """What happens every tenth day may be silent for a month, and not for three."""
    rare = [1, *[0] * 9] * 20
    assert silences(np.array(rare)) == []
    assert silences(np.array([*rare, *[0] * 60, *rare])) == [(191, 260)]
    assert empty_days(np.array(rare)) == []


def test_level_that_falls_to_a_tenth_is_told_once_with_its_day():
    """Half of the shops are missing from the second export on."""
    ((day, before, after),) = level_changes(np.array([100] * 60 + [10] * 60))
    assert (day, before, after) == (60, 100.0, 10.0)
    assert findings_of([20] * 60 + [200] * 60) == {"the": ["2024-03-01: from 20 a day to 200"]}
    assert level_changes(np.array([100] * 60 + [60] * 60)) == []
    assert level_changes(np.array([1] * 60 + [0] * 60)) == []
