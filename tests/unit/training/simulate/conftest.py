from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.training.simulate.worlds import Lived, live, many_abusers
from training.simulate import SimulationConfig, World, simulate


@pytest.fixture(scope="package")
def config() -> SimulationConfig:
    """A marketplace large enough for rates to settle."""
    return SimulationConfig(orders=40_000, days=365)


@pytest.fixture(scope="package")
def world(config: SimulationConfig) -> World:
    return simulate(config)


@pytest.fixture(scope="package")
def events(world: World) -> pd.DataFrame:
    """The events of the world as a frame."""
    return world.events.to_pandas()


@pytest.fixture(scope="package")
def filed(world: World, events: pd.DataFrame) -> pd.DataFrame:
    """A row per claim of the world, with its truth."""
    truth = world.truth.to_pandas().drop(columns=["buyer_id", "amount_minor"])
    return events[events["kind"] == "claim_filed"].merge(truth, on="claim_id")


@pytest.fixture(scope="package")
def den() -> Lived:
    """A den of thieves: a small world in which every kind of abuse is common."""
    with many_abusers():
        return live(SimulationConfig(orders=16_000, days=240))
