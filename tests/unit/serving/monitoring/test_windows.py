"""Windows and limits, on pulses that are written by hand."""

from dataclasses import replace

import pytest

from features.spans import MINUTE_MS
from serving.monitoring.counts import Counts
from serving.monitoring.limits import LIMITS, Limit, State
from serving.monitoring.pulse import BEAT_MS, Pulse
from serving.monitoring.telling import SAYS
from serving.monitoring.windows import steps_of, windows_of

NOW_MS = 1_767_225_600_000
BEGAN_MS = NOW_MS - 30 * 86_400_000


def counted(claims: int, place: int = 3, **numbers: object) -> Counts:
    """So many claims, all in one bucket."""
    latencies = [0] * 18
    latencies[place] = claims
    return Counts(latencies=tuple(latencies), **numbers)  # type: ignore[arg-type]


def pulse(minutes_ago: float, counts: Counts, service: str = "a", began_ms: int = BEGAN_MS) -> Pulse:
    return Pulse(service=service, began_ms=began_ms, at_ms=NOW_MS - int(minutes_ago * MINUTE_MS), counts=counts)


def claims_in(*pulses: Pulse) -> list[tuple[int, int]]:
    """Of each window: claims, and minutes that are covered."""
    return [(each.counts.claims, each.covered_ms // MINUTE_MS) for each in windows_of(pulses, NOW_MS)]


def test_window_of_a_service_that_runs_is_the_difference_of_two_pulses():
    """What it counted before the window isn't in it."""
    pulses = [pulse(1441, counted(100)), pulse(60, counted(700)), pulse(5, counted(900)), pulse(0, counted(1000))]
    assert claims_in(*pulses) == [(100, 5), (300, 60), (900, 24 * 60)]


def test_window_in_which_a_service_began_holds_all_that_it_counted():
    """Its counts began at nothing; the window is covered only since then."""
    began_ms = NOW_MS - 3 * MINUTE_MS
    assert claims_in(pulse(0, counted(12), began_ms=began_ms)) == [(12, 3)] * 3


def test_window_without_a_pulse_before_it_counts_from_the_first_that_is_known():
    """A service that is older than its pulses would otherwise put its whole life into five minutes."""
    assert claims_in(pulse(2, counted(5_000)), pulse(0, counted(5_030))) == [(30, 2)] * 3


def test_service_that_started_again_is_added_to_the_one_before():
    """Counts that begin anew have another name, so nothing is counted twice or lost."""
    before = [pulse(60, counted(500), "a"), pulse(30, counted(560), "a")]
    after = [pulse(0, counted(40), "b", began_ms=NOW_MS - 29 * MINUTE_MS)]
    assert windows_of([*before, *after], NOW_MS)[1].counts.claims == 100
    assert windows_of([*before, *after], NOW_MS)[0].counts.claims == 0  # nothing tells when its 40 came


def test_window_without_any_pulse_covers_nothing():
    """No pace, no percentile, and no share is made up."""
    for window in windows_of([], NOW_MS):
        assert (window.covered_ms, window.claims_per_minute, window.counts.quantile_ms(0.99)) == (0, None, None)


def test_steps_tell_each_minute_and_leave_out_what_nobody_counted():
    """A minute in which the service was silent isn't one without claims."""
    pulses = [pulse(minutes, counted(1000 - 10 * minutes)) for minutes in range(10, -1, -1)]
    claims = [step.claims for step in steps_of(pulses, NOW_MS)]
    assert claims[-10:] == [10] * 10
    assert claims[:49] == [None] * 49


def test_percentile_lies_in_the_bucket_of_its_claim():
    """95 quick claims and 5 slow ones: the 95th percentile is quick, the 99th slow."""
    both = counted(95, place=0).plus(counted(5, place=12))
    assert both.quantile_ms(0.95) == pytest.approx(0.25)
    assert 250 < (both.quantile_ms(0.99) or 0) <= 500
    assert counted(1, place=17).quantile_ms(0.5) == 10_000


def test_pulse_comes_back_as_it_was_kept():
    """Also what couldn't be taken up, and an empty spool beside one that can't be read."""
    full = replace(pulse(0, counted(3, degraded={"store": 2})), refused=("model x: no",), spool=0)
    assert Pulse.of_text(full.to_text()) == full
    assert full.slot == NOW_MS // BEAT_MS


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.figure)
def test_limit_has_words_and_its_numbers_rise(limit: Limit):
    """A figure can be read at a terminal, and act never comes before look."""
    assert SAYS[limit.figure]
    assert limit.look is not None or limit.act is not None
    assert limit.look is None or limit.act is None or limit.look < limit.act
    assert limit.state(0) is State.FINE
