"""Many events are sorted and answered in parts that the cache holds: the same numbers as in one piece."""

import numpy as np
import pytest

from features import order
from features.engines import batch, running
from features.event_file import check_events, from_events
from features.event_table import from_arrow
from features.events import EventKind
from tests.parity.histories import PLANS, random_history


@pytest.mark.parametrize("plan_name", PLANS)
@pytest.mark.parametrize("cached", [1, 7, 100])
def test_history_in_parts_gives_the_totals_of_the_whole(plan_name, cached, monkeypatch):
    """However small the parts are, and whether or not an entity of a claim has any event."""
    plan = PLANS[plan_name]()
    table = from_arrow(check_events(from_events(random_history(seed=11, size=800)), "events"))
    rows = table.rows_of(EventKind.CLAIM_FILED)
    whole = batch.window_totals(plan, table, rows)
    monkeypatch.setattr(running, "CACHED", cached)
    parts = batch.window_totals(plan, table, rows)
    assert parts.totals.tolist() == whole.totals.tolist()
    assert parts.last_rise_ms.tolist() == whole.last_rise_ms.tolist()
    assert parts.linked.tolist() == whole.linked.tolist()


@pytest.mark.parametrize("bits", [1, 16, 17, 40, 62])
def test_order_in_parts_is_the_stable_order(bits, monkeypatch):
    """Equal numbers keep their places, however wide numbers are and however few are sorted at once."""
    monkeypatch.setattr(order, "CACHED", 50)
    values = np.random.default_rng(bits).integers(0, 1 << bits, 400)
    values = np.concatenate([values, values[::3]])
    assert order.stable_order(values).tolist() == np.argsort(values, kind="stable").tolist()
