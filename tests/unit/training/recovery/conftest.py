"""Advances drawn by rules, and a training of the recovery model on some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from features.engines.batch import feature_vectors
from features.event_file import from_events
from features.event_table import EventTable, from_arrow
from features.events import Event, EventKind
from features.plan import Plan
from tests.unit.training.recovery.lending import DAY_MS, START_MS, nine_merchants
from training.recovery.advances import Advances, draw_advances
from training.recovery.examples import Examples, draw_examples

DAYS = 500
ADVANCES = 900


def table_of(events: Iterable[Event]) -> EventTable:
    """Events as columns, by time."""
    return from_arrow(from_events(sorted(events, key=lambda event: event.known_at_ms)))


@pytest.fixture(scope="session")
def draw() -> Callable[..., Examples]:
    """Draw examples at the close of a day; the only column of a claim's vector is its position by time of filing."""

    def draw_(events: Iterable[Event], day: float) -> Examples:
        table = table_of(events)
        rows = table.rows_of(EventKind.CLAIM_FILED)
        vectors = np.arange(len(rows), dtype=np.float64)[:, np.newaxis]
        return draw_examples(table, rows, vectors, START_MS + round(day * DAY_MS))

    return draw_


@pytest.fixture(scope="session")
def draw_all(plan: Plan) -> Callable[..., Advances]:
    """Draw the advances of a history with the catalogue's vectors, as known on a day."""

    def draw_(events: Iterable[Event], day: float = DAYS) -> Advances:
        table = table_of(event for event in events if event.known_at_ms < START_MS + day * DAY_MS)
        rows = table.rows_of(EventKind.CLAIM_FILED)
        return draw_advances(table, rows, feature_vectors(plan, table, rows), START_MS + round(day * DAY_MS), 0.25)

    return draw_


@pytest.fixture(scope="session")
def lending() -> list[Event]:
    """Five hundred days of nine merchants, who pay back more or less often."""
    return nine_merchants(DAYS, ADVANCES)


@pytest.fixture(scope="session")
def advances(lending: list[Event], draw_all: Callable[..., Advances]) -> Advances:
    """Those of the nine merchants."""
    return draw_all(lending)
