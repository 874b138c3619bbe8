"""Values fall into bins, and a value that many share has one for itself."""

from __future__ import annotations

import numpy as np
import pytest

from training.drift.bins import Bins, cut_bins


def test_bins_of_values_are_those_that_their_edges_say():
    """Brute force: the first edge that is not below the value."""
    rng = np.random.default_rng(3)
    values = np.where(rng.random(500) < 0.1, np.nan, rng.integers(0, 30, 500).astype(float))
    bins = cut_bins(values)
    for value, found in zip(values, bins.of(values), strict=True):
        if np.isnan(value):
            assert found == bins.number - 1
        else:
            assert found == sum(edge < value for edge in bins.edges)
    assert bins.counts(values).sum() == 500


def test_cut_of_spread_values_makes_ten_bins_of_equal_size():
    """Each of the ten holds a tenth; the last bin is for missing ones."""
    values = np.random.default_rng(4).normal(size=10_000)
    counts = cut_bins(values).counts(values)
    assert counts.tolist() == [1_000] * 10 + [0]


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([0.0] * 99 + [1.0], [99, 1, 0]),
        ([0.0] + [1.0] * 99, [1, 99, 0]),
        ([7.0] * 100, [0, 100, 0, 0]),
        ([np.nan] * 5, [0, 5]),
        ([1.0] * 40 + [2.0] * 30 + [3.0] * 30, [40, 30, 30, 0]),
    ],
    ids=["a rare one", "a rare zero", "always the same", "never known", "three values"],
)
def test_cut_of_few_values_keeps_them_apart(values, counts):
    """A flag has two bins; a constant has one for itself, so that its first change shows."""
    given = np.array(values)
    assert cut_bins(given).counts(given).tolist() == counts


def test_bins_without_edges_hold_all_that_is_known():
    """A column that was never known has one bin for what is known since."""
    assert Bins(np.zeros(0)).of(np.array([1.0, np.nan, -5.0])).tolist() == [0, 1, 0]
