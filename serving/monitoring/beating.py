"""A service's own part: its pulse, every 15 seconds, by whichever of its workers comes first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store
from serving.background import Background
from serving.monitoring.counts import COUNTED, counts_of
from serving.monitoring.pulse import BEAT_MS, KEPT_MS, Pulse
from serving.monitoring.tables import PULSE, open_monitoring
from serving.monitoring.tallying import count_decisions, prune_actions
from serving.observing.metrics import Metrics
from serving.outbox.rows import give_places
from serving.spool import REFUSED, Spool

LOOKED_AT: Final = 10_000  # files of a spool; more are not counted
PRUNE_MS: Final = 10 * 60_000
_IS_THERE: Final = sa.text("SELECT slot FROM pulse WHERE slot = :slot AND service = :service")
_KEEP: Final = sa.text(
    "INSERT INTO pulse (slot, service, body) VALUES (:slot, :service, :body) ON CONFLICT (slot, service) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class InForce:
    """Versions in force, and what couldn't be taken up, in a line each."""

    policy: str | None
    model: str | None
    challenger: str | None = None
    refused: tuple[str, ...] = ()


class Heart:
    """Beats until it is stopped. Every worker has one: a service keeps one pulse of each 15 seconds.

    Args:
        store: where pulses go.
        metrics: of the worker, through which all workers' counts are read.
        spool: of the service's machine.
        in_force: what is in force now, put into a pulse by name.
        now_ms: the time of the console, which shows the pulses.
    """

    def __init__(
        self,
        store: Store,
        metrics: Metrics,
        spool: Spool,
        in_force: Callable[[], InForce],
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._metrics, self._spool, self._in_force, self._now_ms = store, metrics, spool, in_force, now_ms
        self._life = metrics.life(now_ms())
        self._pruned_at_ms = 0
        self._background = Background("clearclaim-pulse", BEAT_MS / 1000, self.beat)
        open_monitoring(store)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._background.start()

    def stop(self) -> None:
        """End."""
        self._background.stop()

    def beat(self) -> bool:
        """Leave a pulse, unless another worker has; return whether it was left.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the store can't be asked; the next one is as good.
        """
        now_ms = self._now_ms()
        mine = {"slot": now_ms // BEAT_MS, "service": self._life.name}
        with self._store.reading() as connection:
            if connection.scalar(_IS_THERE, mine) is not None:
                return False
        body = self._pulse(now_ms).to_text()
        give_places(self._store)
        prunes = now_ms - self._pruned_at_ms >= PRUNE_MS
        with self._store.writing() as connection:
            left = connection.execute(_KEEP, {**mine, "body": body}).rowcount == 1
            count_decisions(connection, now_ms)
            if prunes:
                connection.execute(sa.delete(PULSE).where(PULSE.c.slot < (now_ms - KEPT_MS) // BEAT_MS))
                prune_actions(connection, now_ms)
                self._pruned_at_ms = now_ms
        return left

    def _pulse(self, now_ms: int) -> Pulse:
        force = self._in_force()
        return Pulse(
            service=self._life.name,
            began_ms=self._life.began_ms,
            at_ms=now_ms,
            counts=counts_of(self._metrics.totals(COUNTED)),
            model=force.model,
            challenger=force.challenger,
            policy=force.policy,
            refused=force.refused,
            spool=_count_files(self._spool, ""),
            spool_refused=_count_files(self._spool, REFUSED),
        )


def _count_files(spool: Spool, folder: str) -> int | None:
    """How many answers lie there, `LOOKED_AT` at most; None where nobody may look."""
    try:
        return sum(1 for _ in itertools.islice((spool.folder / folder).glob("*.json"), LOOKED_AT))
    except OSError:
        return None
