"""Intervals from buyers drawn anew."""

from __future__ import annotations

import numpy as np

from training.gate.intervals import draw_buyers


def mean_of(*columns):
    """Weighted means of columns, as figures."""
    stacked = np.stack(columns)
    return lambda times: stacked @ times / times.sum()


def test_interval_of_a_mean_is_as_wide_as_the_buyers_make_it():
    """Claims that are copies of their buyer's first tell no more than that one did."""
    values = np.random.default_rng(1).normal(size=400)
    alone = draw_buyers(np.arange(400), mean_of(values)).interval(0)
    copied = draw_buyers(np.repeat(np.arange(400), 5), mean_of(np.repeat(values, 5))).interval(0)
    as_if_alone = draw_buyers(np.arange(2_000), mean_of(np.repeat(values, 5))).interval(0)
    width = 2 * 1.96 * values.std() / np.sqrt(400)
    assert 0.85 * width < alone.high - alone.low < 1.15 * width
    assert 0.85 * width < copied.high - copied.low < 1.15 * width
    assert as_if_alone.high - as_if_alone.low < 0.6 * width


def test_difference_of_equal_figures_is_nothing_whatever_is_drawn():
    """Both come from the same draws, so what hits both alike isn't taken for a difference."""
    values = np.random.default_rng(1).normal(size=400)
    draws = draw_buyers(np.arange(400), mean_of(values, values, values + 1))
    same, shifted = draws.difference(0, 1), draws.difference(2, 1)
    assert (same.low, same.value, same.high) == (0.0, 0.0, 0.0)
    assert shifted.low > 0.999
    assert shifted.high < 1.001


def test_interval_of_what_chance_only_adds_to_is_turned_round():
    """The distance of a mean from 0, which is 0 in truth: draws lie above the figure, and the truth below it."""
    held_plain, held_turned = 0, 0
    for seed in range(20):
        values = np.random.default_rng(seed).normal(size=(10, 100))
        draws = draw_buyers(
            np.arange(100), lambda times, v=values: np.array([np.abs(v @ times).mean() / 100]), rounds=100
        )
        plain, turned = draws.interval(0), draws.mirrored(0)
        assert 0 <= turned.low <= turned.value <= turned.high
        held_plain += plain.low <= 0.02
        held_turned += turned.low <= 0.02
    assert held_plain == 0
    assert held_turned >= 10


def test_differences_together_hold_for_all_at_once():
    """Twenty quantities that mean nothing: one by one some of them seem to differ, together they hardly ever do."""
    alone, together = 0, 0
    pairs = np.stack([np.arange(1, 21), np.zeros(20, dtype=np.int64)], axis=1)
    for seed in range(12):
        noise = np.random.default_rng(seed).normal(size=(20, 200))
        draws = draw_buyers(np.arange(200), mean_of(np.zeros(200), *noise), rounds=200)
        alone += sum(not each.low <= 0 <= each.high for each in (draws.difference(*pair) for pair in pairs))
        together += sum(not each.low <= 0 <= each.high for each in draws.differences_together(pairs))
    assert alone >= 6
    assert together <= 2


def test_difference_that_can_be_told_in_no_draw_has_no_bounds():
    """A slice that some draws leave empty has no interval, and widens nobody else's."""
    draws = draw_buyers(
        np.arange(30), lambda times: np.array([times[0] and 1.0, np.nan if times[0] == 0 else 2.0, 3.0])
    )
    unknown, known = draws.differences_together(np.array([[1, 2], [0, 0]]))
    assert np.isnan(unknown.low)
    assert (known.low, known.high) == (0.0, 0.0)
