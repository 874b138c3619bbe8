"""The stability index is its formula, chance hardly ever passes its bound, and a shift does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.drift.bins import cut_bins
from training.drift.stability import ALPHA, Counted, count, shift

COLUMNS = 250
NOBODY: tuple = ()


def drawn(rng, claims, *, moved=0.0, buyers=None):
    """Values of one column; with buyers, all claims of a buyer have the same."""
    if buyers is None:
        return rng.normal(moved, 1, claims), np.arange(claims)
    buyer = rng.integers(0, buyers, claims)
    return rng.normal(moved, 1, buyers)[buyer], buyer


def look(rng, *, then=3_000, now=800, moved=0.0, buyers=None, grouped=True):
    """The shift of one column between two draws."""
    values, who = drawn(rng, then, buyers=buyers)
    later, who_later = drawn(rng, now, moved=moved, buyers=buyers)
    bins = cut_bins(values)

    def counted(given, buyer):
        return count(bins.of(given), bins.number, (buyer,) if grouped else NOBODY)

    return shift(counted(values, who), counted(later, who_later), COLUMNS)


def chance(rng, *, then, now, columns):
    """Two draws from the same ten bins."""
    one, other = (Counted(rng.multinomial(size, np.full(10, 0.1)), 1.0) for size in (then, now))
    return shift(one, other, columns)


def test_index_is_the_sum_over_bins_of_the_difference_times_the_log_of_the_ratio():
    """Brute force, half a claim added to each bin; a bin that is empty in both is none."""
    then, now = [120, 80, 0, 300, 5], [90, 10, 0, 60, 40]
    used = [at for at in range(5) if then[at] + now[at]]
    one, other = [then[at] + 0.5 for at in used], [now[at] + 0.5 for at in used]
    expected = 0.0
    for a, b in zip(one, other, strict=True):
        p, q = a / sum(one), b / sum(other)
        expected += (p - q) * math.log(p / q)
    found = shift(Counted(np.array(then), 1.0), Counted(np.array(now), 1.0))
    assert found.index == pytest.approx(expected, rel=1e-12)


def test_index_without_change_lies_about_where_chance_puts_it():
    """Its mean is the number of bins less one, times the sum of the inverse sizes."""
    rng = np.random.default_rng(11)
    found = np.mean([look(rng).index for _ in range(300)])
    assert found == pytest.approx(9 * (1 / 3_000 + 1 / 800), rel=0.08)


def test_bound_without_change_is_hardly_ever_passed():
    """Of runs with 250 columns, about one in a hundred shows any: of 5,000 columns none or one passes."""
    rng = np.random.default_rng(12)
    found = [chance(rng, then=1_000, now=300, columns=COLUMNS) for _ in range(5_000)]
    assert sum(each.index > each.bound for each in found) <= 2
    assert ALPHA <= 0.01


def test_bound_of_a_single_column_is_passed_about_as_often_as_it_says():
    """With no other columns to allow for, one in a hundred: the bound is no wider than it must be."""
    rng = np.random.default_rng(13)
    found = [chance(rng, then=4_000, now=1_000, columns=1) for _ in range(3_000)]
    assert 0.005 <= np.mean([each.index > each.bound for each in found]) <= 0.02


def test_bound_with_claims_that_are_alike_is_widened_by_their_design_effect():
    """Sixty buyers with fifty claims each tell as much as sixty claims: without them chance alone would be taken for
    a shift nearly always, with them hardly ever.
    """
    rng = np.random.default_rng(14)
    blind = [look(rng, now=3_000, buyers=60, grouped=False) for _ in range(60)]
    aware = [look(rng, now=3_000, buyers=60) for _ in range(60)]
    assert np.mean([each.index > each.bound for each in blind]) > 0.9
    assert np.mean([each.index > each.bound for each in aware]) < 0.05


@pytest.mark.parametrize(("moved", "far"), [(0.6, True), (0.4, False)])
def test_real_shift_is_seen(moved, far):
    """Six tenths of a standard deviation are far, four tenths are not yet; both are always seen."""
    rng = np.random.default_rng(15)
    found = [look(rng, now=2_000, moved=moved) for _ in range(20)]
    assert all(each.is_seen for each in found)
    assert np.mean([each.is_far for each in found]) == pytest.approx(1.0 if far else 0.0, abs=0.1)


def test_small_shift_that_is_no_chance_is_not_seen():
    """A million claims show everything; what is small stays small."""
    rng = np.random.default_rng(16)
    found = look(rng, then=300_000, now=300_000, moved=0.1)
    assert found.index > found.bound
    assert not found.is_seen


def test_values_that_go_missing_are_a_shift():
    """Missing ones have a bin of their own."""
    values = np.random.default_rng(17).normal(size=2_000)
    bins = cut_bins(values)
    gone = np.where(np.arange(2_000) % 3 == 0, np.nan, values)
    then, now = (count(bins.of(given), bins.number, NOBODY) for given in (values, gone))
    assert shift(then, now, COLUMNS).is_far
    assert now.missing == pytest.approx(1 / 3, abs=0.001)


def test_few_claims_tell_nothing():
    """Below a hundred there is no index."""
    found = look(np.random.default_rng(18), now=99, moved=5.0)
    assert math.isnan(found.index)
    assert not found.is_seen


def test_design_effect_of_equal_groups_is_their_size():
    """Where all claims of a buyer are alike, ten claims tell as much as one."""
    rng = np.random.default_rng(19)
    buyers = np.repeat(np.arange(2_000), 10)
    bins = rng.integers(0, 5, 2_000)[buyers]
    assert count(bins, 5, (buyers,)).design_effect == pytest.approx(10, rel=0.02)
    assert count(bins, 5, (buyers, np.arange(20_000))).design_effect == pytest.approx(10, rel=0.02)
