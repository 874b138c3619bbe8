"""What a service would have seen of claims at their moments: their vectors, and what a model makes of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from features.arrays import Floats
from features.assemble import Assembler
from features.engines.online import OnlineEngine
from features.event_table import from_arrow
from features.events import Event
from features.facts import facts_of_event
from features.plan import Plan
from features.store import Store
from features.store.history import extend_history
from serving.bundle import Bundle, check_catalog
from serving.scorer import Scorer
from training.simulate.day import Day


@dataclass(frozen=True, slots=True)
class Past:
    """A history made beforehand, for several runs that share it: a database's file, and until when it knows all."""

    path: Path
    until_ms: int


@dataclass(frozen=True, slots=True)
class Scores:
    """The abuse probabilities of n claims, shape (n,), their recovery probabilities if the model knows any, and the
    catalogue's columns, shape (n, columns).
    """

    abuse: Floats
    recovery: Floats | None
    vectors: Floats

    def of(self, row: int) -> tuple[float, float | None]:
        """Those of one claim."""
        return float(self.abuse[row]), None if self.recovery is None else float(self.recovery[row])


NO_SCORES: Final = Scores(np.zeros(0), None, np.zeros((0, 0)))


class Sight:
    """The history of a store, and a scorer. Made by `sight`."""

    def __init__(self, store: Store, scorer: Scorer, knows_until_ms: int = 0) -> None:
        self._store, self._scorer, self._knows_until_ms = store, scorer, knows_until_ms
        self._online, self._assembler = OnlineEngine(store.plan), Assembler(store.plan)
        self._kept: list[pa.Table] = []

    @property
    def names(self) -> tuple[str, ...]:
        """Of the vectors' columns."""
        return tuple(self._store.plan.names)

    def look_on(self, day: Day) -> None:
        """Keep a day's events, unless the past that the history began with has them."""
        if day.end_ms > self._knows_until_ms:
            self.keep(day.events())

    def keep(self, events: pa.Table) -> None:
        """Add events to the history, after all those before. They go in once somebody looks, many at once."""
        self._kept.append(events)

    def see(self, filed: Sequence[Event]) -> Scores:
        """The scores of some claims, which are among the events kept, each as of its own moment."""
        self._take_in()
        if not filed:
            return NO_SCORES
        with self._store.reading() as connection:
            windows = [self._online.window_totals(connection, event, event.known_at_ms) for event in filed]
        vectors = np.stack([
            self._assembler.assemble(window, facts_of_event(event))[0]
            for window, event in zip(windows, filed, strict=True)
        ])  # fmt: skip
        whole = np.stack([
            self._scorer.complete(vector, event.claim_text, event.claim_reason or "")
            for vector, event in zip(vectors, filed, strict=True)
        ])  # fmt: skip
        return Scores(self._scorer.score_many(whole), self._scorer.recovery_probabilities(whole), vectors)

    def _take_in(self) -> None:
        kept, self._kept = [events for events in self._kept if len(events)], []
        if kept:
            with self._store.writing() as connection:
                extend_history(connection, self._store, from_arrow(pa.concat_tables(kept)))


@contextmanager
def sight(bundle: Bundle, plan: Plan, past: Past | None = None) -> Iterator[Sight]:
    """A sight with a history of its own, which is forgotten at the end; it may begin with a past.

    Raises:
        BundleError: if the model was trained on another catalogue of features.
    """
    check_catalog(bundle, plan.catalog_hash)
    with TemporaryDirectory(prefix="clearclaim-loop-") as folder, Scorer(bundle) as scorer:
        path = Path(folder) / "history.db"
        if past is not None:
            shutil.copyfile(past.path, path)
        with _fleeting(path, plan) as store:
            yield Sight(store, scorer, 0 if past is None else past.until_ms)


def make_past(path: Path, plan: Plan, events: pa.Table, until_ms: int) -> Past:
    """Write the history of all events known before a moment, for runs to begin with."""
    with _fleeting(path, plan) as store, store.writing() as connection:
        extend_history(connection, store, from_arrow(events.filter(pc.less(events["known_at_ms"], until_ms))))
    return Past(path, until_ms)


@contextmanager
def _fleeting(path: Path, plan: Plan) -> Iterator[Store]:
    """A store that nobody needs after a crash, so nothing waits for the disk."""
    store = Store.open(f"sqlite:///{path}", plan)
    sa.event.listen(store.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    store.engine.dispose()  # for connections that were open before they could be told
    try:
        yield store
    finally:
        store.close()
