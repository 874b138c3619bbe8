from __future__ import annotations

import pytest

from training.simulate import SimulationConfig, World, simulate


@pytest.fixture(scope="package")
def config() -> SimulationConfig:
    """A marketplace large enough for rates to settle."""
    return SimulationConfig(orders=40_000, days=365)


@pytest.fixture(scope="package")
def world(config: SimulationConfig) -> World:
    return simulate(config)
