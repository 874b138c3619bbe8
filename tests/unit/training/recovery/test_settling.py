"""An advance tells once practically all of its kind are settled, the slower kind included."""

from __future__ import annotations

import numpy as np
import pytest

from training.recovery.settling import FALLBACK_DAYS, LONGEST_DAYS, SHORTEST_DAYS, settling_days

DAY_MS = 86_400_000


def settling(repaid_days, lost_days, age_days=400.0):
    """From delays in days of either kind, of advances up to so many days old."""
    days = np.concatenate([np.asarray(repaid_days, dtype=np.float64), np.asarray(lost_days, dtype=np.float64)])
    age = np.linspace(days.max() + 1, age_days, len(days)) if len(days) else days
    came_back = np.arange(len(days)) < len(repaid_days)
    return settling_days((days * DAY_MS).astype(np.int64), (age * DAY_MS).astype(np.int64), came_back)


def test_settling_of_rare_write_offs_waits_for_them_though_they_are_few():
    """Of a thousand settlements fifty are write-offs, after seventy days: nearly all had come after ten."""
    found = settling(np.full(950, 10.0), np.full(50, 70.0))
    assert found.told
    assert found.days == pytest.approx(70.0)


def test_settling_of_quick_platforms_is_waited_for_a_week_at_least():
    """Delays of hours are those of the settlements that there are so far."""
    assert settling(np.full(100, 0.5), np.full(100, 1.0)).days == SHORTEST_DAYS


@pytest.mark.parametrize(("repaid", "lost"), [(500, 0), (500, 49), (0, 500), (49, 500), (0, 0)])
def test_settling_with_too_few_of_a_kind_takes_a_fixed_time(repaid, lost):
    """Without write-offs nobody knows how long they take, so the time of the others is not enough."""
    found = settling(np.full(repaid, 10.0), np.full(lost, 30.0))
    assert (found.days, found.told) == (FALLBACK_DAYS, False)


def test_settling_with_too_few_of_a_kind_waits_longer_where_the_other_does():
    """The fixed time is no upper bound."""
    assert settling(np.full(500, 120.0), []).days == pytest.approx(120.0)


def test_settling_in_a_short_history_takes_a_fixed_time():
    """Where no advance is twice as old as the longest delay, longer ones may be to come."""
    assert not settling(np.full(100, 10.0), np.full(100, 60.0), age_days=100.0).told


def test_settling_is_never_waited_for_longer_than_half_a_year():
    """One merchant in a long dispute doesn't keep the model from its lessons."""
    assert settling(np.full(500, 10.0), np.full(500, 300.0), age_days=2_000.0).days == LONGEST_DAYS
