from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from training.simulate import SimulationConfig
from training.simulate.scenarios import SCENARIOS, Scenario
from training.simulate.seasons import LOCAL_OFFSET_HOURS, day_of, make_calendar

DAY_MS = 86_400_000


def place_of(config: SimulationConfig, day: date) -> int:
    """The number of the day of the period that begins on a date in China."""
    start = datetime.fromtimestamp(config.start_ms / 1000, UTC) + timedelta(hours=LOCAL_OFFSET_HOURS)
    return (day - start.date()).days


@pytest.fixture(scope="module")
def two_years() -> SimulationConfig:
    return SimulationConfig(orders=1, days=730, scenario="festival")


@pytest.mark.parametrize("day", [date(2024, 11, 11), date(2025, 6, 18), date(2025, 11, 11), date(2026, 6, 18)])
def test_festival_date_has_the_most_demand_of_its_weeks(two_years, day):
    """On 6.18 and 11.11 far more is bought than two months before, and more is regretted."""
    calendar, place = make_calendar(two_years), place_of(two_years, day)
    assert calendar.demand[place] == calendar.demand[place - 30 : place + 10].max()
    assert calendar.demand[place] > 4 * calendar.demand[place - 60]
    assert calendar.regret[place] > 1.2


@pytest.mark.parametrize("new_year", [date(2025, 1, 29), date(2026, 2, 17)])
def test_chinese_new_year_slows_carriers_and_stills_demand_on_the_right_day(two_years, new_year):
    """From the eve of the Chinese year's first day, parcels take much longer and little is bought."""
    calendar, place = make_calendar(two_years), place_of(two_years, new_year)
    whole_winter = slice(place - 40, place + 40)
    slow = np.flatnonzero(calendar.transit[whole_winter] > 2.0) - 40
    assert -7 <= slow.min() <= -1  # from days before the eve
    assert 5 <= slow.max() <= 10  # until about the end of the holidays
    assert calendar.demand[place] == calendar.demand[whole_winter].min() < 0.5
    assert calendar.transit[place - 40] == 1.0


def test_festivals_weigh_less_in_a_calm_year():
    """A calm time has the same days, milder."""
    calm, festive = (
        make_calendar(SimulationConfig(orders=1, days=365, scenario=name)) for name in ("calm", "festival")
    )
    for name in ("demand", "transit", "regret"):
        mild, strong = getattr(calm, name), getattr(festive, name)
        assert np.array_equal(mild == 1.0, strong == 1.0)
        assert np.ptp(mild) < np.ptp(strong)


def test_calendar_without_seasons_is_one_all_year(monkeypatch):
    """At strength zero every day is like every other."""
    monkeypatch.setitem(SCENARIOS, "still", Scenario(meaning="no seasons", season_strength=0.0))
    calendar = make_calendar(SimulationConfig(orders=1, days=365, scenario="still"))
    for factors in (calendar.demand, calendar.transit, calendar.regret):
        assert (factors == 1.0).all()
        assert factors.shape == (365,)


@pytest.mark.parametrize("back_days", [0, 13, 231, 400])
def test_calendar_of_one_day_is_that_day_of_a_long_period(back_days):
    """What a day is does not depend on where the period begins."""
    end_ms = SimulationConfig(orders=1, days=1).end_ms - back_days * DAY_MS
    one = make_calendar(SimulationConfig(orders=1, days=1, end_ms=end_ms, scenario="festival"))
    long = make_calendar(SimulationConfig(orders=1, days=700, end_ms=end_ms, scenario="festival"))
    assert (one.demand.tolist(), one.transit.tolist()) == (long.demand[-1:].tolist(), long.transit[-1:].tolist())


def test_calendar_of_ten_years_has_each_festival_each_year():
    """Eleven-eleven comes ten times, and so does Chinese New Year, in years whose date isn't on record as well."""
    config = SimulationConfig(orders=1, days=3_650, scenario="festival")
    calendar = make_calendar(config)
    for year in range(2016, 2026):
        assert calendar.demand[place_of(config, date(year, 11, 11))] > 5
    starts = np.flatnonzero(np.diff((calendar.transit > 2.8).astype(int)) == 1)
    assert len(starts) == 10
    assert (np.diff(starts) > 340).all()


def test_factors_are_never_negative():
    """However strong a festival, demand never falls under a tenth, and parcels never come before their time."""
    calendar = make_calendar(SimulationConfig(orders=1, days=3_650, scenario="festival"))
    assert calendar.demand.min() >= 0.1
    assert calendar.transit.min() >= 1.0
    assert calendar.regret.min() >= 1.0


def test_day_of_a_moment_counts_whole_days_from_the_start():
    """The first moment of the period is in day 0, and the last one in its last day."""
    config = SimulationConfig(orders=1, days=3)
    moments = (config.start_ms, config.start_ms + DAY_MS - 1, config.start_ms + DAY_MS, config.end_ms - 1)
    assert [day_of(config, at_ms) for at_ms in moments] == [0, 0, 1, 2]
