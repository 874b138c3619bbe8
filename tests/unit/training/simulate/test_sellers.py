from __future__ import annotations

import numpy as np
import pytest

from training.simulate import SimulationConfig
from training.simulate.sellers import (
    CARRIERS,
    COLLUDING_SHARE,
    DECLINED_FAULT_FACTOR,
    INSOLVENT_AFTER_DAYS,
    LYING_SHARE,
    MONTH_DAYS,
    make_carriers,
    make_merchants,
    month_of,
)

YEAR = SimulationConfig(orders=1_000_000, days=365)  # 2,000 merchants
DRIFTING = ("fault", "pace", "reply", "goodwill", "solvency")


@pytest.fixture(scope="module")
def merchants():
    return make_merchants(YEAR)


@pytest.fixture(scope="module")
def healthy(merchants):
    return np.isinf(merchants.decline_day) & ~merchants.colludes


@pytest.mark.parametrize("trait", DRIFTING)
def test_merchants_drift_from_month_to_month(merchants, healthy, trait):
    """Quality, speed, attitude and solvency move a little each month, and farther over a year."""
    level = np.log(getattr(merchants, trait)[healthy])
    month, year = level[:, 1] - level[:, 0], level[:, 12] - level[:, 0]
    assert (month != 0).mean() > 0.5
    assert 0.01 < month.std() < 0.2
    assert year.std() > 1.3 * month.std()
    assert abs(np.median(year)) < 0.05


@pytest.mark.parametrize("trait", DRIFTING)
def test_merchants_drift_each_on_its_own(merchants, healthy, trait):
    """What one merchant does says nothing about the next."""
    step = np.diff(np.log(getattr(merchants, trait)[healthy]), axis=1)[:, 0]
    assert abs(np.corrcoef(step[:-1], step[1:])[0, 1]) < 0.1


def test_merchants_that_stay_keep_most_of_their_character(merchants, healthy):
    """Drift is slow: who serves well this month mostly does in three months."""
    fault = np.log(merchants.fault[healthy])
    assert np.corrcoef(fault[:, 0], fault[:, 3])[0, 1] > 0.8


def test_merchant_in_decline_serves_worse_from_its_day_and_ends_insolvent(merchants):
    """Some go under: faults multiply at once, and after two months hardly anything comes back."""
    declining = np.flatnonzero(np.isfinite(merchants.decline_day))
    assert 0.05 < len(declining) / len(merchants) < 0.12
    month = np.ceil(merchants.decline_day[declining] / MONTH_DAYS).astype(int)
    inside = (month >= 1) & (month < merchants.fault.shape[1])
    who, month = declining[inside], month[inside]
    worse = merchants.fault[who, month] / merchants.fault[who, month - 1]
    assert np.median(worse) == pytest.approx(DECLINED_FAULT_FACTOR, rel=0.1)
    late = month + int(INSOLVENT_AFTER_DAYS // MONTH_DAYS) + 1 < merchants.solvency.shape[1]
    assert (merchants.solvency[who[late], -1] == 0.05).all()
    assert merchants.has_declined(who, merchants.decline_day[who]).all()
    assert not merchants.has_declined(who, merchants.decline_day[who] - 0.1).any()


def test_traits_stay_chances(merchants):
    """However far they drift, chances lie between zero and one and factors stay positive."""
    for trait in ("goodwill", "solvency"):
        assert 0 < getattr(merchants, trait).min() <= getattr(merchants, trait).max() < 1
    for trait in ("fault", "pace", "reply"):
        assert getattr(merchants, trait).min() > 0


def test_few_merchants_lie_or_collude_and_the_colluding_hardly_repay(merchants):
    """Shares are as stated, and solvency of those who share the money is next to nothing."""
    assert merchants.lies.mean() == pytest.approx(LYING_SHARE, abs=0.03)
    assert merchants.colludes.mean() == pytest.approx(COLLUDING_SHARE, abs=0.001)
    assert (merchants.solvency[merchants.colludes] == 0.05).all()
    assert np.median(merchants.solvency[~merchants.colludes]) > 0.6


def test_even_a_few_merchants_have_one_that_colludes_but_not_a_single_one():
    """In a small marketplace one of several colludes; a merchant that is alone doesn't."""
    assert make_merchants(SimulationConfig(orders=1_500, days=30)).colludes.sum() == 1
    assert make_merchants(SimulationConfig(orders=10, days=30)).colludes.sum() == 0


def test_carriers_differ_in_pace_and_care():
    """There are always as many, no two alike, and they lose less than one parcel in twenty."""
    carriers = make_carriers(YEAR)
    for trait in (carriers.pace, carriers.strain, carriers.lost, carriers.misplaced):
        assert len(np.unique(trait)) == CARRIERS
        assert (trait > 0).all()
    assert max(carriers.lost.max(), carriers.misplaced.max()) < 0.05


def test_month_of_a_day_counts_from_the_start():
    """Thirty days make a month."""
    assert month_of(np.array([0.0, 29.99, 30.0, 364.9])).tolist() == [0, 0, 1, 12]
