"""Drawn histories as what a report is read from: the first quarter of 2024 begins at `BASE_MS`, in UTC."""

from contextlib import contextmanager

from features.event_file import from_events
from features.store import Store
from features.store.bulk import import_events
from serving.policy import default_policy_path, read_policy
from serving.report.ground import Ground, period_of
from serving.report.making import read
from serving.report.quarter import Quarter
from tests.spec.drawing import BASE_MS, draw

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
QUARTER = Quarter(2024, 1)
AFTER_MS = BASE_MS + 120 * DAY_MS  # in the next quarter
POLICY = read_policy(default_policy_path()).model_copy(update={"time_zone": "UTC"})


def fill(store: Store, table: str) -> None:
    """Put drawn events into a store."""
    import_events(store, from_events(list(draw(table).events)), "drawn")


@contextmanager
def ground_of(store: Store, now_ms: int = AFTER_MS, quarter: Quarter = QUARTER):
    """The ground of a report of the quarter."""
    known = read(store, POLICY, quarter, now_ms)
    with store.reading() as connection:
        yield Ground(known.period, known.record, POLICY, connection)


def period(now_ms: int = AFTER_MS):
    """The quarter as it is seen at a moment."""
    return period_of(QUARTER, POLICY, now_ms)
