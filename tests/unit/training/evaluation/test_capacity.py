"""Precision at the day's capacity, against days small enough to fill by hand."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from training.evaluation.capacity import Capacity, PrecisionAtCapacity, capacity_of

DAY_MS = 86_400_000
START_MS = 1_735_689_600_000  # midnight UTC, 8 in the morning in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")


def precision(abusive, ranking, capacity, *, weights=None, buyer=None, counts=None):
    n = len(abusive)
    buyer = np.arange(n) if buyer is None else buyer
    figure = PrecisionAtCapacity.of(
        np.array(abusive, dtype=np.int8),
        np.array(ranking, dtype=np.float64),
        np.ones(n) if weights is None else np.array(weights, dtype=np.float64),
        buyer,
        capacity,
    )
    return figure(np.ones((1, n)) if counts is None else counts)["precision_at_capacity"].tolist()


def of_days(*days, share):
    return Capacity(np.array(days), np.array(share, dtype=np.float64), 0.5)


def test_capacity_of_a_day_is_a_share_of_all_claims_filed_on_it():
    """Of 4 claims on the first day 2 can be reviewed, of 1 on the second that one: 3 of 5."""
    filed = START_MS + np.array([0, 1, 2, 3, DAY_MS])
    capacity = capacity_of(filed[[0, 1, 4]], filed, 2, SHANGHAI)
    assert capacity.day.tolist() == [0, 0, 1]
    assert capacity.share.tolist() == [0.5, 1.0]
    assert capacity.whole == 0.6


def test_day_begins_at_midnight_in_the_policys_zone():
    """16:00 UTC is midnight in Shanghai."""
    midnight = START_MS + 16 * 3_600_000
    filed = np.array([midnight - 1, midnight])
    assert capacity_of(filed, filed, 1, SHANGHAI).day.tolist() == [0, 1]
    assert capacity_of(filed, filed, 1, ZoneInfo("UTC")).day.tolist() == [0, 0]


def test_precision_takes_the_top_of_each_day():
    """Half of each day's four: 2 found of 2, and 1 of 2. A high rank on one day takes no place on another."""
    abusive = [1, 1, 0, 0, 0, 1, 1, 0]
    ranking = [9, 8, 7, 6, 5, 4, 3, 2]
    assert precision(abusive, ranking, of_days(0, 0, 0, 0, 1, 1, 1, 1, share=[0.5, 0.5])) == [0.75]


def test_precision_of_equal_ranks_takes_a_part_of_each():
    """Two of four can be reviewed; after the first, one of three equals, of which one is abusive."""
    assert precision([0, 1, 0, 0], [9, 5, 5, 5], of_days(0, 0, 0, 0, share=[0.5])) == [pytest.approx(1 / 6)]


def test_precision_of_weighted_claims_counts_what_they_stand_for():
    """The first claim stands for three of six, and three can be reviewed: no other is taken."""
    capacity = of_days(0, 0, 0, 0, share=[0.5])
    assert precision([1, 0, 0, 0], [9, 5, 4, 3], capacity, weights=[3, 1, 1, 1]) == [1.0]
    assert precision([1, 0, 0, 0], [9, 5, 4, 3], capacity, weights=[1, 1, 1, 3]) == [pytest.approx(1 / 3)]


def test_precision_where_all_can_be_reviewed_is_the_share_abusive_of_any_ranking():
    """Then a ranking decides nothing."""
    capacity = of_days(0, 0, 1, 1, share=[1.0, 1.0])
    for ranking in ([4, 3, 2, 1], [1, 2, 3, 4]):
        assert precision([1, 0, 0, 0], ranking, capacity) == [pytest.approx(0.25)]


def test_precision_under_draws_is_that_of_claims_so_often():
    """A day of which nobody was drawn counts for nothing, one drawn twice fills twice the places; none, unknown."""
    capacity = of_days(0, 0, 1, 1, share=[0.5, 0.5])
    counts = np.array([[1, 1, 1, 1], [0, 0, 1, 1], [2, 2, 1, 1], [0, 0, 0, 0]], dtype=np.float64)
    found = precision([1, 0, 0, 1], [4, 3, 2, 1], capacity, counts=counts)
    assert found == pytest.approx([0.5, 0.0, 2 / 3, np.nan], nan_ok=True)
