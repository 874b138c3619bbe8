"""A clock says when a claim comes in: now, or when it was filed."""

import time

import pytest

from serving import clock
from serving.clock import CLOCKS, filing_clock, now_ms, wall_clock
from tests.unit.serving.claims import NOW_MS, make_claim


def test_now_is_this_machines_time_in_milliseconds() -> None:
    """Seconds or microseconds would be off by a thousand."""
    before = time.time()
    now = now_ms()
    after = time.time()
    assert type(now) is int
    assert int(before * 1_000) <= now <= after * 1_000


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> int:
    """A machine whose time stands still, somewhat after NOW_MS."""
    moment = NOW_MS + 77
    monkeypatch.setattr(clock, "now_ms", lambda: moment)
    return moment


def test_wall_clock_ignores_when_the_claim_was_filed(stopped: int) -> None:
    """A platform can't move a claim in time by what it writes."""
    assert wall_clock(make_claim(filed_at_ms=NOW_MS)) == stopped


def test_filing_clock_is_the_claims_own_time(stopped: int) -> None:
    """Recorded claims are played at their recorded moments; one that says none comes in now."""
    assert filing_clock(make_claim(filed_at_ms=NOW_MS)) == NOW_MS
    assert filing_clock(make_claim()) == stopped


def test_clocks_are_known_by_their_names() -> None:
    """The names that the settings take."""
    assert {"wall": wall_clock, "filing": filing_clock} == CLOCKS
