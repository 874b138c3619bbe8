"""Days of a quarter, and how a figure stands to its target."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from serving.report.drawing import trend
from serving.report.figures import Goal, Point, Sample, Target, Value, number_change, share_change, share_of
from serving.report.quarter import Quarter, ReportError, parse_quarter, quarter_at
from tests.spec.drawing import BASE_MS
from tests.unit.serving.report.drawn import DAY_MS, HOUR_MS, period


def test_quarter_begins_at_the_zones_midnight() -> None:
    """A claim of the first of July, one in the morning in Shanghai, is one of the third quarter."""
    shanghai = ZoneInfo("Asia/Shanghai")
    span = Quarter(2026, 3).span(shanghai)
    assert (span.until_ms - span.from_ms) // DAY_MS == 92
    assert quarter_at(span.from_ms, shanghai) == Quarter(2026, 3)
    assert quarter_at(span.from_ms - 1, shanghai) == Quarter(2026, 2)
    assert quarter_at(span.from_ms, ZoneInfo("UTC")) == Quarter(2026, 2)


def test_months_of_a_quarter_leave_no_gap_where_clocks_are_changed() -> None:
    """Berlin's March lacks an hour; its months still touch each other."""
    months = Quarter(2026, 1).months(ZoneInfo("Europe/Berlin"))
    assert [one.until_ms for one in months[:-1]] == [other.from_ms for other in months[1:]]
    assert (months[2].until_ms - months[2].from_ms) == 31 * DAY_MS - HOUR_MS


@pytest.mark.parametrize("text", ["2026", "2026Q5", "Q3", "1026Q3", "2026Q3x", ""])
def test_text_that_names_no_quarter_is_refused(text: str) -> None:
    """What was meant is asked for, with an example."""
    with pytest.raises(ReportError, match="2026Q3"):
        parse_quarter(text)


def test_quarter_that_has_not_begun_is_refused() -> None:
    """Of the future nothing is on record."""
    with pytest.raises(ReportError, match="hasn't begun"):
        period(BASE_MS)


def test_running_quarter_ends_now() -> None:
    """It is marked, and no month of it that is to come is drawn."""
    now_ms = BASE_MS + 40 * DAY_MS
    running = period(now_ms)
    assert running.is_running
    assert running.span.until_ms == running.as_of_ms == now_ms
    assert [month.name for month in running.months] == ["2023-10", "2023-11", "2023-12", "2024-01", "2024-02"]
    assert not period().is_running


@pytest.mark.parametrize(
    ("value", "goal", "standing"),
    [
        (share_of(95, 100), Goal("share", 0.95), "met"),
        (share_of(94, 100), Goal("share", 0.95), "missed"),
        (share_of(5, 100), Goal("share", 0.05, is_most=True), "missed"),
        (share_of(4, 100), Goal("share", 0.05, is_most=True), "met"),
        (share_of(9, 10, is_drawn=True), Goal("share", 0.85), "unsure"),
        (share_of(990, 1000, is_drawn=True), Goal("share", 0.85), "met"),
        (share_of(10, 1000, is_drawn=True), Goal("share", 0.05, is_most=True), "met"),
        (share_of(40, 1000, is_drawn=True), Goal("share", 0.05, is_most=True), "unsure"),
        (share_of(0, 0), Goal("share", 0.85), "missing"),
    ],
)
def test_target_of_a_sample_is_met_only_by_its_whole_interval(value: Value, goal: Goal, standing: str) -> None:
    """A full count stands for itself; nine of ten drawn say little about 85 %; "under" leaves the goal itself out."""
    assert Target("any", goal, value).standing == standing


def test_change_of_nothing_holds_zero_and_a_large_one_does_not() -> None:
    """The interval of a difference is as wide as its two shares are uncertain."""
    same, less = share_change((80, 100), (80, 100)), share_change((700, 1000), (900, 1000))
    assert same is not None
    assert less is not None
    assert (same.value, less.value) == (0, pytest.approx(-0.2))
    assert same.low < 0 < same.high
    assert less.low < -0.2 < less.high < 0
    assert share_change((1, 1), (0, 0)) is None
    more = number_change(400, 100)
    assert more is not None
    assert more.low == pytest.approx(300 - 1.959964 * np.sqrt(500))


def test_sample_counts_the_first_moment_and_not_the_last() -> None:
    """Quarters that touch each other count nothing twice."""
    span = period().span
    at_ms = np.array([span.from_ms - 1, span.from_ms, span.until_ms - 1, span.until_ms])
    assert Sample.of(at_ms, np.array([True, True, False, True])).count(span) == (1, 2)


def test_trend_leaves_a_gap_where_a_month_cannot_be_told() -> None:
    """No line leads over a month without data, and a single month is no trend."""
    points = [Point(name, share_of(hits, 10 if hits else 0)) for name, hits in zip("abcd", (5, 6, 0, 7), strict=True)]
    drawn = trend(points, Goal("share", 0.9))
    assert drawn is not None
    assert len(drawn.lines) == 1
    assert [mark.y is None for mark in drawn.marks] == [False, False, True, False]
    assert drawn.goal_y < drawn.marks[0].y  # the aim is above
    assert trend(points[2:], None) is None
