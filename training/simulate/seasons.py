"""The year of a Chinese marketplace: 6.18, 11.11 and Chinese New Year, in demand and in the carriers' pace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from features.arrays import Floats
from features.new_years import NEW_YEARS
from features.spans import DAY_MS
from training.simulate.config import SimulationConfig

LOCAL_OFFSET_HOURS: Final = 8


@dataclass(frozen=True, slots=True)
class Season:
    """What a festival does between two days around its date: to demand and to time in transit, as added shares.

    `regret` multiplies how often what is bought then is sent back.
    """

    first: int
    last: int
    demand: float
    transit: float
    regret: float = 1.0


MIDYEAR: Final = (Season(-17, -3, 0.4, 0.05), Season(-2, 2, 3.0, 0.5, 1.25))
SINGLES_DAY: Final = (Season(-20, -3, 0.5, 0.05), Season(-2, 2, 4.5, 0.8, 1.3))
NEW_YEAR: Final = (Season(-21, -5, 0.35, 0.1), Season(-4, 7, -0.55, 1.4), Season(8, 14, -0.1, 0.3))


@dataclass(frozen=True, slots=True)
class Calendar:
    """A row per day of the period, shape (days,): factors on demand, on time in transit and on regret; 1 is usual."""

    demand: Floats
    transit: Floats
    regret: Floats


def make_calendar(config: SimulationConfig) -> Calendar:
    """The factors of each day by its date in China, as strong as the scenario has it."""
    strength = config.what_befalls.season_strength
    first = datetime.fromtimestamp(config.start_ms / 1000, UTC) + timedelta(hours=LOCAL_OFFSET_HOURS)
    demand, transit, regret = np.ones(config.days), np.ones(config.days), np.ones(config.days)
    # a day's number is that of the whole days since the start; the date is that of its first moment
    for at, seasons in _festivals(first.date(), config.days):
        for season in seasons:
            days = slice(max(at + season.first, 0), max(at + season.last + 1, 0))
            demand[days] += strength * season.demand
            transit[days] += strength * season.transit
            regret[days] *= 1.0 + strength * (season.regret - 1.0)
    return Calendar(np.maximum(demand, 0.1), transit, regret)


def day_of(config: SimulationConfig, at_ms: int) -> int:
    """The number of the day that a moment lies in, from 0."""
    return (at_ms - config.start_ms) // DAY_MS


def _festivals(first: date, days: int) -> list[tuple[int, tuple[Season, ...]]]:
    """The day's number of each festival near the period, and what it does."""
    found = []
    for year in range(first.year - 1, (first + timedelta(days=days)).year + 2):
        for at, seasons in (
            (date(year, 6, 18), MIDYEAR),
            (date(year, 11, 11), SINGLES_DAY),
            (_new_year(year), NEW_YEAR),
        ):
            found.append(((at - first).days, seasons))
    return [(at, seasons) for at, seasons in found if -30 <= at <= days + 30]


def _new_year(year: int) -> date:
    known = {day.year: day for day in NEW_YEARS}
    nearest = min(known, key=lambda each: abs(each - year))
    return known[nearest].replace(year=year)
