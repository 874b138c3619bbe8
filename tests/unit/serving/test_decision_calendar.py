"""Days of a calendar end at local midnight, on days of 23 and 25 hours too."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.events import EARLIEST_MS, LATEST_MS
from serving.decision.calendar import end_of_day_ms

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONDON = ZoneInfo("Europe/London")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def ms(text: str, zone: ZoneInfo) -> int:
    """A local time as milliseconds UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1000


def test_day_of_a_moment_ends_at_local_midnight() -> None:
    """A millisecond before midnight is the old day, midnight itself the new one."""
    midnight = ms("2026-03-05T00:00", SHANGHAI)
    assert end_of_day_ms(midnight - 1, SHANGHAI) == midnight
    assert end_of_day_ms(midnight, SHANGHAI) == midnight + DAY_MS


def test_days_are_counted_from_the_day_after() -> None:
    """Delivered at the start of a day or at its end: seven whole days follow."""
    end = ms("2026-03-12T00:00", SHANGHAI)
    for delivered in ("2026-03-04T00:00", "2026-03-04T14:13", "2026-03-04T23:59"):
        assert end_of_day_ms(ms(delivered, SHANGHAI), SHANGHAI, days_after=7) == end


def test_day_is_the_zones_and_not_that_of_utc() -> None:
    """20:00 UTC is already tomorrow in Shanghai."""
    moment = ms("2026-03-04T20:00", ZoneInfo("UTC"))
    assert end_of_day_ms(moment, SHANGHAI) == ms("2026-03-06T00:00", SHANGHAI)
    assert end_of_day_ms(moment, LONDON) == ms("2026-03-05T00:00", LONDON)


@pytest.mark.parametrize(
    ("delivered", "hours"), [("2026-03-28T12:00", 23), ("2026-10-24T12:00", 25), ("2026-06-01T12:00", 24)]
)
def test_day_on_which_clocks_change_is_whole(delivered: str, hours: int) -> None:
    """In London a day of 2026 has 23 hours and one has 25; a window closes at midnight all the same."""
    moment = ms(delivered, LONDON)
    ends = end_of_day_ms(moment, LONDON, days_after=1)
    assert ends - end_of_day_ms(moment, LONDON) == hours * HOUR_MS
    assert datetime.fromtimestamp(ends / 1000, LONDON).time().isoformat() == "00:00:00"


def test_day_without_a_midnight_begins_with_its_first_moment() -> None:
    """In Cairo clocks went from 0:00 to 1:00 on 2026-04-24: that day began at 1:00, where the one before it ended."""
    cairo = ZoneInfo("Africa/Cairo")
    ends = end_of_day_ms(ms("2026-04-23T12:00", cairo), cairo)
    assert datetime.fromtimestamp(ends / 1000, cairo).isoformat() == "2026-04-24T01:00:00+03:00"
    assert datetime.fromtimestamp(ends / 1000 - 0.001, cairo).date().isoformat() == "2026-04-23"


@given(
    st.integers(EARLIEST_MS, LATEST_MS - 1),
    st.integers(0, 400),
    st.sampled_from(["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"]),
)
def test_last_moment_before_the_end_is_the_right_day_and_the_end_is_the_next(moment: int, days: int, name: str) -> None:
    """Whatever the zone and its changes of clocks: the end is where the date changes."""
    zone = ZoneInfo(name)
    epoch = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
    last_day = (epoch + timedelta(milliseconds=moment)).astimezone(zone).date() + timedelta(days=days)
    ends = end_of_day_ms(moment, zone, days_after=days)
    assert (epoch + timedelta(milliseconds=ends - 1)).astimezone(zone).date() == last_day
    assert (epoch + timedelta(milliseconds=ends)).astimezone(zone).date() == last_day + timedelta(days=1)
