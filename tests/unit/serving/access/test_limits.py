"""How often a caller may call, and how often an address may fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.access.callers import Caller
from serving.access.limits import FAILURES_AT_ONCE, FAILURES_PER_SECOND, Buckets, FailureLimits, RateLimits
from tests.unit.serving.access.keys import Clock


def caller(name: str = "shop", requests_per_second: float | None = 10.0, burst: int = 3) -> Caller:
    return Caller(name, frozenset({"platform"}), "", requests_per_second, burst)


def test_burst_may_come_at_once_and_then_the_rate_holds() -> None:
    """Three at once, then one each tenth of a second; the answer says how long to wait."""
    clock = Clock()
    limits = RateLimits(seconds=clock.seconds)
    assert [limits.wait_seconds(caller()) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limits.wait_seconds(caller()) == pytest.approx(0.1)
    clock.passed_seconds = 0.1
    assert limits.wait_seconds(caller()) == 0.0
    assert limits.wait_seconds(caller()) == pytest.approx(0.1)
    clock.passed_seconds = 100.0
    assert [limits.wait_seconds(caller()) for _ in range(4)][:3] == [0.0, 0.0, 0.0]


def test_refused_requests_cost_nothing() -> None:
    """Who keeps asking while it waits doesn't wait for longer."""
    clock = Clock()
    limits = RateLimits(seconds=clock.seconds)
    for _ in range(1_000):
        limits.wait_seconds(caller())
    clock.passed_seconds = 0.1
    assert limits.wait_seconds(caller()) == 0.0


def test_callers_have_limits_of_their_own_and_keys_of_one_user_share_one() -> None:
    """A rotation doesn't double what a user may do."""
    limits = RateLimits(seconds=Clock().seconds)
    for _ in range(3):
        assert limits.wait_seconds(Caller("shop", frozenset(), "old", 10.0, 3)) == 0.0
    assert limits.wait_seconds(Caller("shop", frozenset(), "new", 10.0, 3)) > 0
    assert limits.wait_seconds(caller("other")) == 0.0


def test_each_worker_counts_its_share() -> None:
    """Four workers of a limit of 10 let through 10 a second together."""
    clock = Clock()
    workers = [RateLimits(4, clock.seconds) for _ in range(4)]
    shop = caller(burst=4)
    passed = 0
    for step in range(1_000):
        clock.passed_seconds = step / 100
        passed += sum(each.wait_seconds(shop) == 0.0 for each in workers)
    assert 10 * 10 <= passed <= 10 * 10 + 4


def test_caller_without_a_limit_is_never_refused() -> None:
    """And isn't even remembered."""
    limits = RateLimits(seconds=Clock().seconds)
    assert {limits.wait_seconds(caller(requests_per_second=None)) for _ in range(1_000)} == {0.0}


@given(
    st.floats(0.1, 1_000),
    st.integers(1, 50),
    st.lists(st.floats(0, 3), max_size=200),
)
def test_bucket_never_gives_more_than_burst_and_rate_allow(rate: float, burst: int, gaps: list[float]) -> None:
    """In any stretch of time, at most the burst and what comes back meanwhile; and whoever waits as told gets one."""
    clock = Clock()
    buckets = Buckets(clock.seconds)
    taken: list[float] = []
    for gap in gaps:
        clock.passed_seconds += gap
        wait = buckets.take("shop", rate, burst)
        if wait:
            clock.passed_seconds += wait + 1e-6
            assert buckets.take("shop", rate, burst) == 0.0
        taken.append(clock.passed_seconds)
    for first, begin in enumerate(taken):
        for last in range(first, min(first + 60, len(taken))):
            assert last - first + 1 <= burst + rate * (taken[last] - begin) + 1e-3


def test_memory_is_bounded_and_the_idle_are_forgotten_first() -> None:
    """Whoever is seen often is remembered, however many come by once."""
    buckets = Buckets(Clock().seconds, most=100)
    for number in range(1_000):
        buckets.take(f"once {number}", 1.0, 2.0)
        buckets.take("busy", 1.0, 2.0)
    assert len(buckets) == 100
    assert buckets.take("busy", 1.0, 2.0) > 0


def test_clock_that_stands_still_or_goes_back_lets_nobody_through_twice() -> None:
    """A clock that goes back gives no tokens."""
    clock = Clock(10.0)
    limits = RateLimits(seconds=clock.seconds)
    for _ in range(3):
        limits.wait_seconds(caller())
    clock.passed_seconds = 5.0
    assert limits.wait_seconds(caller()) > 0


def test_address_that_fails_often_is_told_to_wait() -> None:
    """A few failures are a mistake; what comes then is noise."""
    clock = Clock()
    failures = FailureLimits(clock.seconds)
    assert {failures.wait_seconds("192.0.2.1") for _ in range(FAILURES_AT_ONCE)} == {0.0}
    assert failures.wait_seconds("192.0.2.1") == pytest.approx(1 / FAILURES_PER_SECOND)
    assert failures.wait_seconds("192.0.2.2") == 0.0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("no:address", "no:address", True),
    ],
)
def test_addresses_of_one_network_of_ipv6_are_one(one: str, other: str, same: bool) -> None:
    """Who has one address of a /64 has 2**64 of them."""
    failures = FailureLimits(Clock().seconds)
    for _ in range(FAILURES_AT_ONCE):
        failures.wait_seconds(one)
    assert (failures.wait_seconds(other) > 0) == same
