"""How long it takes to make data."""

import tempfile
from pathlib import Path

from figures import Figure, at_most, seconds
from training.simulate import SimulationConfig, simulate, write_world


def run() -> list[Figure]:
    """200,000 simulated orders, made, checked and written."""
    with tempfile.TemporaryDirectory() as folder:
        config = SimulationConfig(orders=200_000, days=365)
        times = seconds(lambda: write_world(simulate(config), Path(folder)), runs=3)
    return [at_most("data/simulate_200000_orders", times, "seconds", 10)]
