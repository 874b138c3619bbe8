"""The operators' page over a full store: 100,000 cases, as many decisions, and two days of two hosts' pulses."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from console.browsing import DATABASES, empty_store, page_figures, page_times
from console.opening import fill_ledger
from console.queue_page import CASES, fill_queue
from features.plan import default_plan
from features.store import Store
from features.store.rows import write_rows
from figures import Figure, no_more_than
from serving.monitoring.beating import Heart, InForce
from serving.monitoring.counts import Counts
from serving.monitoring.pulse import BEAT_MS, KEPT_MS, Pulse
from serving.monitoring.tables import PULSE, open_monitoring
from serving.monitoring.tallying import count_decisions
from serving.observing.metrics import Metrics
from serving.outbox.subscriptions import add_webhook
from serving.spool import Spool
from tests.contract.outbox import with_outbox
from tests.unit.serving.console.visiting import NOW_MS, desk_of

HOSTS = 2
BEATS = 60
PAGE_MS = 30
BEAT_TARGET_MS = 5  # by the clock, with a commit on disk


def run() -> list[Figure]:
    """The page and a pulse, on each database."""
    figures = []
    for database in DATABASES:
        with empty_store(database) as store:
            fill_queue(store)
            fill_ledger(with_outbox(store))
            _fill_pulses(store)
            prefix = "" if database == "sqlite" else f"{database}_"
            times = page_times(desk_of(store), "/console/monitor/now", "ops", "administrator")
            figures += page_figures(f"console/{prefix}monitor_page", times, PAGE_MS, cases=CASES, hosts=HOSTS)
            figures += _beats(store, prefix)
    return figures


def _fill_pulses(store: Store) -> None:
    open_monitoring(store)
    latencies = tuple(range(18))
    rows = []
    for beat in range(KEPT_MS // BEAT_MS):
        counts = Counts(tuple(beat * each for each in latencies), beat * 153, beat, 0, beat * 153, {"no_model": beat})
        for host in range(HOSTS):
            at_ms = NOW_MS - beat * BEAT_MS
            began_ms = NOW_MS - 30 * KEPT_MS
            pulse = Pulse(
                service=f"host-{host}", began_ms=began_ms, at_ms=at_ms, counts=counts, model="m", policy="p", spool=0
            )
            rows.append((pulse.slot, pulse.service, pulse.to_text()))
    with store.writing() as connection:
        write_rows(connection, PULSE, rows, ("slot", "service", "body"))
        add_webhook(connection, "https://example.org/hook", ["claim.decided"], NOW_MS)
        while count_decisions(connection, NOW_MS):
            pass
        connection.execute(sa.text("ANALYZE"))


def _beats(store: Store, prefix: str) -> list[Figure]:
    """How long a pulse takes, by the clock and of the processor, with as many series as a busy service has."""
    moment = [NOW_MS]
    with tempfile.TemporaryDirectory(prefix="clearclaim-bench-") as name:
        metrics = Metrics(default_plan().names, Path(name) / "metrics")
        for endpoint in range(20):
            metrics.count_request(f"/v1/{endpoint}", 200, 0.004)
        metrics.flush()
        heart = Heart(store, metrics, Spool(Path(name)), lambda: InForce("p", "m"), lambda: moment[0])
        walls, processor = [], []
        for _ in range(BEATS):
            moment[0] += BEAT_MS
            began, began_cpu = time.perf_counter(), time.thread_time()
            heart.beat()
            walls.append(1000 * (time.perf_counter() - began))
            processor.append(1000 * (time.thread_time() - began_cpu))
        metrics.stop()
    name = f"console/{prefix}pulse_ms"
    detail = {"processor_ms": statistics.median(processor), "most": max(walls)}
    return [no_more_than(name, statistics.median(walls), "ms", BEAT_TARGET_MS, beats=BEATS, **detail)]
