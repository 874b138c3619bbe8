"""Two small worlds of which one knows what befell them."""

import numpy as np
import pytest

from serving.insight.record import Record, record_of
from training.simulate.config import SimulationConfig
from training.simulate.world import simulate

DAY_MS = 86_400_000
CHANGED_END_MS = 1_767_196_800_000  # 2026-01-01 00:00 in China
FESTIVAL_END_MS = 1_767_196_800_000


def _record(config: SimulationConfig) -> Record:
    events = simulate(config).events
    known = np.asarray(events["known_at_ms"])
    return record_of(events, int(known.min()) // DAY_MS * DAY_MS, int(known.max()) + 1)


@pytest.fixture(scope="session")
def changed() -> Record:
    """80 days; from the middle on the platform pays far more claims without a look."""
    return _record(SimulationConfig(orders=3_500, days=80, scenario="policy_change", seed=3, end_ms=CHANGED_END_MS))


@pytest.fixture(scope="session")
def festival() -> Record:
    """80 days with 11.11 at full strength among them."""
    return _record(SimulationConfig(orders=4_500, days=80, scenario="festival", seed=3, end_ms=FESTIVAL_END_MS))
