"""A service leaves one pulse of each 15 seconds, and counts each decision once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.monitoring import tallying
from serving.monitoring.limits import State, judge
from serving.monitoring.pulse import BEAT_MS, KEPT_MS
from serving.monitoring.reading import read_vitals
from serving.monitoring.tables import PULSE, open_monitoring
from serving.monitoring.tallying import count_decisions, not_counted, read_actions
from serving.observing.metrics import Metrics
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.monitoring.living import NOW_MS, Service, decide, living_store

POLICY = read_policy(default_policy_path())
HOUR_MS = 3_600_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = living_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def begin(store: Store, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services on the store, each in a folder of its own unless it is named."""
    begun: list[Service] = []

    def begin_(folder: str = "a") -> Service:
        begun.append(Service(store, tmp_path / folder))
        return begun[-1]

    yield begin_
    for service in begun:
        service.metrics.stop()


def pulses(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(PULSE)) or 0


def test_workers_of_a_service_leave_one_pulse_of_each_slot(store, begin):
    """Whoever comes second finds it, and writes nothing."""
    first = begin()
    assert [first.beat(), first.beat(0), first.beat(BEAT_MS - 1), first.beat()] == [True, False, False, True]
    assert pulses(store) == 2


def test_pulses_older_than_two_days_go(store, begin):
    """What is kept is bounded."""
    service = begin()
    service.beat()
    service.beat(KEPT_MS + BEAT_MS)
    assert pulses(store) == 1


def test_windows_come_from_what_all_workers_counted(store, begin):
    """Claims before the window are not in it; errors, 503s and causes are told apart."""
    service = begin()
    service.answer(50)
    service.beat()
    service.answer(20, 0.004)
    service.answer(2, 2.0, status=503, degraded_by="store")
    service.beat(5 * 60_000)
    service.beat()
    vitals = read_vitals(store, POLICY, service.now_ms)
    window = vitals.beating.windows[0]
    assert (window.counts.claims, window.counts.requests, window.counts.errors) == (22, 22, 2)
    assert (window.counts.unavailable, dict(window.counts.degraded)) == (2, {"store": 2})
    assert [step.claims for step in vitals.beating.steps if step.claims] == [50, 22]
    standing = judge(vitals)
    raised = {each.limit.figure: each.state for each in standing.raised if each.limit.figure != "disk"}
    assert raised == {**dict.fromkeys(("p99", "errors", "unavailable"), State.ACT), "degraded": State.LOOK}
    assert standing.state is State.ACT


@pytest.mark.parametrize(("silent_ms", "state"), [(30_000, State.FINE), (90_000, State.LOOK), (200_000, State.ACT)])
def test_service_that_falls_silent_is_told_by_how_long(store, begin, silent_ms, state):
    """Nobody may take the last good figures for today's."""
    service = begin()
    service.beat()
    standing = judge(read_vitals(store, POLICY, service.now_ms + silent_ms))
    assert standing.figure("silence").state is state


def test_decisions_are_counted_once_and_where_they_were_made(store, monkeypatch):
    """Also in parts, and also one that came from a spool hours after it was made."""
    monkeypatch.setattr(tallying, "COUNTED_AT_ONCE", 2)
    made = {"a": ("auto_approve", 0), "b": ("manual_review", 0), "c": ("auto_approve", 2 * HOUR_MS)}
    open_monitoring(store)
    for claim_id, (action, ago_ms) in made.items():
        decide(store, claim_id, action, NOW_MS - ago_ms)
    with store.writing() as connection:
        assert [count_decisions(connection, NOW_MS) for _ in range(3)] == [1, 0, 0]
    decide(store, "late", "manual_review", NOW_MS - 3 * HOUR_MS)
    with store.reading() as connection:
        assert not_counted(connection) == 1
    with store.writing() as connection:
        count_decisions(connection, NOW_MS)
        hour, day = read_actions(connection, [NOW_MS - HOUR_MS, NOW_MS - 24 * HOUR_MS])
        assert hour == {"auto_approve": 1, "manual_review": 1}
        assert day == {"auto_approve": 2, "manual_review": 2}
        assert not_counted(connection) == 0


def test_life_has_a_name_that_its_workers_share_and_another_service_has_not(store, begin, tmp_path):
    """Counts that begin anew are never subtracted from those of before."""
    one, other = begin("a"), begin("b")
    again = Metrics(store.plan.names, tmp_path / "a" / "metrics", worker="2", process=1)
    lives = [each.life(NOW_MS) for each in (one.metrics, again, other.metrics)]
    again.stop()
    assert lives[0] == lives[1]
    assert lives[0].name != lives[2].name
