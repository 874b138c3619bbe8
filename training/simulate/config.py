"""What a simulation is asked for, and the chance that one seed gives: streams for the start, dice for the rest."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Floats
from features.events import EARLIEST_MS, LATEST_MS
from features.spans import DAY_MS
from training.simulate.dice import Dice
from training.simulate.scenarios import CALM, SCENARIOS, Scenario

Flags: TypeAlias = npt.NDArray[np.bool_]


DEFAULT_END_MS: Final = 1_782_864_000_000  # 2026-07-01T00:00Z
MOST_ORDERS: Final = 50_000_000
MOST_DAYS: Final = 3_650


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """How large a marketplace to make, over which time, from which seed, and what befalls it.

    Args:
        orders: how many orders would be paid in the period if nobody left, 1 to 50,000,000. Who leaves, or is thrown
            out, buys no more.
        days: the period's length in days, 1 to 3,650.
        seed: the same seed gives the same bytes; zero or more.
        end_ms: the period's end, integer milliseconds since 1970 UTC; nothing is known at or after it.
        scenario: a key of `training.simulate.scenarios.SCENARIOS`.

    Raises:
        ValueError: naming the setting that is out of range and the range.
    """

    orders: int
    days: int
    seed: int = 7
    end_ms: int = DEFAULT_END_MS
    scenario: str = CALM

    def __post_init__(self) -> None:
        if not 1 <= self.orders <= MOST_ORDERS:
            raise ValueError(f"orders is {self.orders}; use 1 to {MOST_ORDERS}")
        if not 1 <= self.days <= MOST_DAYS:
            raise ValueError(f"days is {self.days}; use 1 to {MOST_DAYS}")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; use zero or more")
        if not EARLIEST_MS + self.days * DAY_MS <= self.end_ms <= LATEST_MS:
            raise ValueError(
                f"end_ms is {self.end_ms}; use milliseconds UTC such that the period is within 1990 to 2099"
            )
        if self.scenario not in SCENARIOS:
            raise ValueError(f"scenario is {self.scenario!r}; use one of {', '.join(SCENARIOS)}")

    @property
    def start_ms(self) -> int:
        """The period's first moment, integer milliseconds since 1970 UTC."""
        return self.end_ms - self.days * DAY_MS

    @property
    def what_befalls(self) -> Scenario:
        """What befalls the marketplace."""
        return SCENARIOS[self.scenario]

    def stream(self, part: str) -> np.random.Generator:
        """The random numbers of one part of the world.

        They depend on the seed and the part's name alone, so a change in one part leaves the others as they were.
        """
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(zlib.crc32(part.encode()),)))

    def dice(self, part: str) -> Dice:
        """Dice that fall for each order, claim or person as they do whatever befalls the others."""
        return Dice(f"{self.seed}/{part}")


def draw_lognormal(rng: np.random.Generator, *, median: float, sigma: float, size: int) -> Floats:
    """Positive numbers of shape (size,), half of them under the median, in the median's unit."""
    return median * np.exp(sigma * rng.standard_normal(size))
