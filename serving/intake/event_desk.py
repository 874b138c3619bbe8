"""Events of a call, from their JSON to the store, in one transaction.

What needs no lock is done before it is taken: the events are checked, completed, and known ones left out. Under the
lock remains what must not change: how far each entity's history reaches, and so when these events become known. All
become known at one moment where they can, as they came in one call; so an entity that many of them touch gets one row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from features.arrays import Ints
from features.event_table import EventTable, from_arrow
from features.events import EventKind
from features.plan import Plan
from features.store import Store
from features.store.history import extend_history
from features.store.keys import claim_id_key
from features.store.log_table import to_log
from features.store.lookup import find_events
from features.store.reach import Touched
from features.store.rows import write_table
from features.store.schema import EVENT
from serving.claim_desk import CLOCK_TOLERANCE_MS
from serving.clock import now_ms as wall_ms
from serving.intake.completing import complete_all
from serving.intake.problems import EventsConflictError, refuse
from serving.intake.reading import parse_events, read_events
from serving.intake.refusing import claims_taken, future_times, new_among, sent_moments, taken_ids
from serving.intake.sent_event import EventsAnswer
from serving.ledger import open_ledger

ATTEMPTS: Final = 3


class EventDesk:
    """Takes events into one store.

    Args:
        store: the store, whose tables of the ledger are made if they aren't there.
        recorded: whether recorded history is played: then events may say themselves when they became known.
        now_ms: the time in milliseconds UTC.
        change: what is done to events before they are stored, such as hashing the ids of people.
    """

    def __init__(
        self,
        store: Store,
        *,
        recorded: bool = False,
        now_ms: Callable[[], int] = wall_ms,
        change: Callable[[pa.Table], pa.Table] | None = None,
    ) -> None:
        self.store = store
        self._recorded, self._now_ms, self._change = recorded, now_ms, change
        open_ledger(store)
        store.refuse_other_layout()

    def take_body(self, body: bytes) -> EventsAnswer:
        """Take the events in the body of a call: `{"events": [...]}`. Returns and raises what `take` does."""
        return self.take(parse_events(body))

    def take(self, rows: Sequence[Any]) -> EventsAnswer:
        """Take all of these events, as they came out of JSON, or none. Those on record already change nothing.

        Raises:
            EventsError: if any is wrong.
            EventsConflictError: if an event's id is on record with other content, or only the service may write it.
        """
        sent = read_events(rows)
        if self._change is not None:
            sent = self._change(sent)
        refuse(taken_ids(sent))
        refuse(future_times(sent, self._now_ms() + CLOCK_TOLERANCE_MS))
        if not self._recorded:
            refuse(sent_moments(sent))
        for _ in range(ATTEMPTS - 1):
            try:
                return self._take(sent)
            except (_OvertakenError, sa.exc.IntegrityError):
                continue  # somebody has just stored an event under one of these ids: look again what is known
        return self._take(sent)

    def _take(self, sent: pa.Table) -> EventsAnswer:
        with self.store.reading() as connection:
            full = complete_all(connection, sent)
            new = new_among(connection, full)
        known = len(sent) - int(new.sum())
        if known == len(sent):
            return EventsAnswer(taken=0, known=known, known_at_ms=None)
        batch = _Batch.of(full, new, self.store.plan)
        with self.store.writing() as connection:
            moments = self._write(connection, batch)
        return EventsAnswer(taken=len(moments), known=known, known_at_ms=int(moments.max()))

    def _write(self, connection: sa.Connection, batch: _Batch) -> Ints:
        plan = self.store.plan
        floors = self.store.lock(connection, batch.keys)
        taken = list(claims_taken(connection, batch.events, batch.rows))
        if taken and len(find_events(connection, batch.events["event_id"].to_pylist())):
            raise _OvertakenError
        refuse(iter(taken), EventsConflictError)
        reached = batch.touched.reach(connection, plan, floors)
        moments = batch.touched.stamp(reached, floors, batch.wishes(self._now_ms()))
        for _ in write_table(connection, EVENT, batch.log_rows(moments)):
            pass
        columns = {**batch.table.columns, "known_at_ms": moments}
        extend_history(connection, self.store, replace(batch.table, columns=columns), reached=reached)
        return moments


class _OvertakenError(Exception):
    """Some of these events were new a moment ago."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """New events, made ready for the store as far as that goes without a lock.

    `rows` says where they stood in the call; `table` is what history is made from, still without moments; `log` what
    the log gets, without the columns that are empty; `keys` are to be locked.
    """

    events: pa.Table
    rows: Ints
    log: pa.Table
    table: EventTable
    touched: Touched
    keys: frozenset[str]

    @classmethod
    def of(cls, full: pa.Table, new: npt.NDArray[np.bool_], plan: Plan) -> _Batch:
        events = (full if new.all() else full.filter(pa.array(new))).combine_chunks()
        log = to_log(events)
        log = log.select([name for name in log.column_names if log[name].null_count < len(log)])
        table = from_arrow(events)
        touched = Touched.by(replace(table, columns={**table.columns, "known_at_ms": np.zeros(len(table), int)}), plan)
        filed = pc.is_in(events["kind"], pa.array([str(EventKind.CLAIM_FILED), str(EventKind.CLAIM_DECIDED)]))
        claims = events["claim_id"].filter(filed).to_pylist()
        keys = frozenset(touched.all_keys().union(map(claim_id_key, claims)))
        return cls(events, np.flatnonzero(new), log, table, touched, keys)

    def wishes(self, now_ms: int) -> Ints:
        """When each event should become known: now, unless a recorded one says when."""
        return np.asarray(pc.fill_null(self.events["known_at_ms"], now_ms), dtype=np.int64)

    def log_rows(self, moments: Ints) -> pa.Table:
        """What the log gets, stamped; events that don't say when they happened happen as they become known."""
        stamped = {"known_at_ms": pa.array(moments)}
        occurred = self.events["occurred_at_ms"]
        stamped["occurred_at_ms"] = pc.coalesce(occurred, stamped["known_at_ms"])
        rest = [name for name in self.log.column_names if name not in stamped]
        return pa.table({**{name: self.log[name] for name in rest}, **stamped})
