"""A clock says when a claim comes in: now, or when it was filed."""

import time

import pytest

from serving import clock
from serving.clock import CLOCKS, JUMP_MS, SteadyClock, filing_clock, has_jumped, now_ms
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


class Hands:
    """Two clocks that a test sets by hand: the machine's, and the one that only counts."""

    def __init__(self) -> None:
        self.wall_ms, self.counted_ms = NOW_MS, 5_000

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.wall_ms, lambda: self.counted_ms)

    def pass_(self, ms: int, jump_ms: int = 0) -> None:
        self.wall_ms += ms + jump_ms
        self.counted_ms += ms


def test_steady_clock_ignores_when_the_claim_was_filed() -> None:
    """A platform can't move a claim in time by what it writes."""
    steady = Hands().clock()
    assert steady(make_claim(filed_at_ms=NOW_MS - 77)) == NOW_MS
    assert not has_jumped(steady)


def test_steady_clock_follows_small_corrections() -> None:
    """A time server that sets the clock right by seconds, again and again, is believed."""
    hands = Hands()
    steady = hands.clock()
    for _ in range(5):
        hands.pass_(1_000, jump_ms=JUMP_MS // 2)
        assert steady(make_claim()) == hands.wall_ms
    assert not has_jumped(steady)


@pytest.mark.parametrize("jump_ms", [-86_400_000, 86_400_000])
def test_steady_clock_goes_on_after_a_jump_and_says_so(jump_ms: int) -> None:
    """A moment that isn't so would stay in history for good."""
    hands = Hands()
    steady = hands.clock()
    hands.pass_(1_000, jump_ms=jump_ms)
    assert steady(make_claim()) == NOW_MS + 1_000
    hands.pass_(2_000)
    assert steady(make_claim()) == NOW_MS + 3_000
    assert has_jumped(steady)
    hands.pass_(1_000, jump_ms=-jump_ms)
    assert steady(make_claim()) == NOW_MS + 4_000
    assert not has_jumped(steady)


def test_filing_clock_is_the_claims_own_time(stopped: int) -> None:
    """Recorded claims are played at their recorded moments; one that says none comes in now."""
    assert filing_clock(make_claim(filed_at_ms=NOW_MS)) == NOW_MS
    assert filing_clock(make_claim()) == stopped


def test_clocks_are_known_by_their_names() -> None:
    """The names that the settings take."""
    assert isinstance(CLOCKS["wall"](), SteadyClock)
    assert CLOCKS["filing"]() is filing_clock
    assert not has_jumped(filing_clock)
