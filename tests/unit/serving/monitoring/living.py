"""A store with a service that beats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from features.plan import default_plan
from features.store import Store
from serving.ledger import LedgerEntry, record_decision
from serving.monitoring.beating import Heart, InForce
from serving.observing.laps import Laps
from serving.observing.metrics import Metrics
from serving.outbox.rows import note_decision
from serving.outbox.tables import open_outbox
from serving.spool import Spool
from tests.unit.serving.cases.quality.worlds import make_store

NOW_MS = 1_767_225_600_000 + 43_200_000  # 2026-01-01T12:00Z


class Service:
    """A worker of a service on a store: its metrics, its heart, and a clock that is set by hand."""

    def __init__(self, store: Store, folder: Path, in_force: Callable[[], InForce] | None = None) -> None:
        self.store, self.now_ms = store, NOW_MS
        self.metrics = Metrics(default_plan().names, folder / "metrics")
        self.spool = Spool(folder / "spool")
        force = InForce(policy="p1", model="m1")
        self.heart = Heart(store, self.metrics, self.spool, in_force or (lambda: force), lambda: self.now_ms)

    def answer(self, claims: int, seconds: float = 0.004, status: int = 200, degraded_by: str | None = None) -> None:
        """Claims that the service counts; the ledger isn't told."""
        laps = Laps()
        laps.seconds.append(("whole", seconds))
        for _ in range(claims):
            self.metrics.count_request("/v1/score", status, seconds)
            self.metrics.count_decision("manual_review", None, degraded_by)
            self.metrics.observe_laps(laps)

    def beat(self, after_ms: int = 15_000) -> bool:
        """Let time pass, and the heart beat."""
        self.now_ms += after_ms
        self.metrics.flush()
        return self.heart.beat()


def decide(store: Store, claim_id: str, action: str, at_ms: int) -> None:
    """A decision as the desk writes it: in the ledger, and in the outbox."""
    with store.writing() as connection:
        entry = LedgerEntry(claim_id, at_ms, "c0ffee", action, 0.1, "m1", "p1", "{}")
        record_decision(connection, entry)
        note_decision(connection, claim_id, at_ms)


def living_store(folder: Path) -> Store:
    """A store with the tables of cases, ledger and outbox."""
    store = make_store(folder / "store.db")
    open_outbox(store)
    return store
