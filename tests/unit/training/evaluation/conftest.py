"""The shop's claims, gathered once for all that is asked of them."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from features.events import Event
from features.plan import Plan
from training.dataset import gather
from training.dataset.gathering import Gathered


@pytest.fixture(scope="session")
def gathered(shop: tuple[Event, ...], table_of: Callable[..., pa.Table], plan: Plan) -> Gathered:
    return gather(table_of(shop), plan)
