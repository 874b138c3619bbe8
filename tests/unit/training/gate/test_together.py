"""Differences that are judged together."""

from __future__ import annotations

import numpy as np

from training.evaluation.intervals import Drawn
from training.gate.together import intervals_together


def drawn(values: np.ndarray, seed: int) -> Drawn:
    """The mean of values, and its draws."""
    places = np.random.default_rng(seed).integers(0, len(values), (200, len(values)))
    return Drawn(float(values.mean()), values[places].mean(axis=1))


def test_intervals_together_hold_for_all_at_once():
    """Twenty quantities that mean nothing: one by one some of them seem to differ, together they hardly ever do."""
    alone, together = 0, 0
    for seed in range(12):
        noise = [drawn(each, seed) for each in np.random.default_rng(seed).normal(size=(20, 200))]
        alone += sum(not each.low <= 0 <= each.high for each in (one.interval() for one in noise))
        together += sum(not each.low <= 0 <= each.high for each in intervals_together(noise))
    assert alone >= 6
    assert together <= 2


def test_difference_that_some_draw_cannot_tell_has_no_bounds():
    """A slice that some draws leave empty has no interval, and widens nobody else's."""
    still = Drawn(1.0, np.ones(50))
    unknown, known = intervals_together([Drawn(2.0, np.where(np.arange(50) == 7, np.nan, 2.0)), still])
    assert np.isnan(unknown.low)
    assert (known.low, known.value, known.high) == (1.0, 1.0, 1.0)
    assert intervals_together([]) == ()
