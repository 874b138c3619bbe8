from __future__ import annotations

import numpy as np
import pytest

from training.simulate import SimulationConfig
from training.simulate.agenda import Agenda, Timetable

DAY_MS = 86_400_000
CONFIG = SimulationConfig(orders=1, days=10)


def due(*days: float) -> np.ndarray:
    return CONFIG.start_ms + (np.array(days) * DAY_MS).astype(np.int64)


@pytest.fixture
def agenda() -> Agenda:
    return Agenda(CONFIG)


def test_agenda_gives_each_row_back_once_on_its_day(agenda):
    """Nothing is lost and nothing comes twice: each row is due on one day, and gone once it is taken."""
    rng = np.random.default_rng(1)
    at_ms = CONFIG.start_ms + rng.integers(0, 10 * DAY_MS, size=1_000)
    for part in np.array_split(np.arange(1_000), 7):
        agenda.add("claims", at_ms[part], {"order": part, "at_ms": at_ms[part]})
    taken = []
    for day in range(10):
        rows = agenda.take("claims", day)
        assert ((rows["at_ms"] - CONFIG.start_ms) // DAY_MS == day).all()
        assert agenda.take("claims", day) is None
        taken += rows["order"].tolist()
    assert sorted(taken) == list(range(1_000))


def test_agenda_keeps_the_order_in_which_things_were_put_down(agenda):
    """Of one day, what was put down first comes first, whatever the moment."""
    agenda.add("claims", due(3.9, 3.1), {"order": np.array([5, 6])})
    agenda.add("claims", due(3.5), {"order": np.array([2])})
    assert agenda.take("claims", 3)["order"].tolist() == [5, 6, 2]


def test_agenda_forgets_what_is_due_at_or_after_the_end(agenda):
    """The period's last moment still counts, its end doesn't."""
    agenda.add("claims", np.array([CONFIG.end_ms - 1, CONFIG.end_ms, CONFIG.end_ms + 1]), {"order": np.arange(3)})
    assert agenda.take("claims", 9)["order"].tolist() == [0]
    assert agenda.take("claims", 10) is None
    agenda.add("claims", due(11, 12), {"order": np.arange(2)})
    assert all(agenda.take("claims", day) is None for day in range(14))


def test_agenda_keeps_different_things_apart(agenda):
    """Claims that are due have nothing to do with ratings that are due."""
    agenda.add("claims", due(1), {"order": np.array([1])})
    agenda.add("ratings", due(1), {"order": np.array([2]), "rating": np.array([5])})
    assert agenda.take("ratings", 1)["order"].tolist() == [2]
    assert agenda.take("claims", 1)["order"].tolist() == [1]


def test_agenda_keeps_rows_of_several_columns_and_sizes_together(agenda):
    """Columns of shape (n, k) go with their rows."""
    agenda.add("claims", due(2, 1, 2), {"order": np.arange(3), "chances": np.arange(6).reshape(3, 2)})
    rows = agenda.take("claims", 2)
    assert rows["order"].tolist() == [0, 2]
    assert rows["chances"].tolist() == [[0, 1], [4, 5]]


def test_agenda_of_nothing_has_nothing(agenda):
    """Putting down no rows is no error, and leaves nothing to be taken."""
    agenda.add("claims", due(), {"order": np.zeros(0, dtype=np.int64)})
    assert all(agenda.take("claims", day) is None for day in range(10))


def test_timetable_names_each_order_of_the_period_once_by_time():
    """Orders come on the day of their moment, by time within it; those outside of the period come never."""
    rng = np.random.default_rng(1)
    at_ms = CONFIG.start_ms + rng.integers(-2 * DAY_MS, 13 * DAY_MS, size=1_000)
    timetable = Timetable(CONFIG, at_ms)
    days = [timetable.of(day) for day in range(10)]
    for day, orders in enumerate(days):
        assert ((at_ms[orders] - CONFIG.start_ms) // DAY_MS == day).all()
        assert (np.diff(at_ms[orders]) >= 0).all()
    inside = np.flatnonzero((at_ms >= CONFIG.start_ms) & (at_ms < CONFIG.end_ms))
    assert sorted(np.concatenate(days).tolist()) == inside.tolist()


def test_timetable_has_a_day_begin_at_its_first_moment():
    """Midnight belongs to the day that begins, and of two at once the lower number goes first."""
    timetable = Timetable(CONFIG, due(1, 0.999999, 1, 2))
    assert [timetable.of(day).tolist() for day in range(3)] == [[1], [0, 2], [3]]


def test_timetable_of_no_orders_is_empty():
    """A marketplace where nothing is delivered has empty days."""
    timetable = Timetable(CONFIG, due())
    assert all(len(timetable.of(day)) == 0 for day in range(10))
