"""The claims that came after a training: as a service logged them, or as the batch engine computes them from a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from features.engines.batch import feature_vectors
from features.event_table import EventTable, from_arrow
from features.events import EventKind
from features.plan import Plan
from features.progress import Progress
from features.store import Store
from features.store.log import read_log
from features.store.vectors import read_vectors
from serving.bundle import Bundle, check_catalog
from serving.scorer import Scorer
from training.dataset.gathering import find_spine
from training.source import events_from
from training.text.appended import read_texts
from training.text.claim_texts import texts_of


@dataclass(frozen=True, slots=True)
class LaterClaims:
    """n claims of a period by their moments, with what a model takes and gives.

    Attributes:
        from_ms, to_ms: the period; the second is exclusive.
        known_by_ms: just after the last event; what is known of the claims was known by then.
        events: all of them.
        rows: the claims' `claim_filed` events, shape (n,).
        vectors: shape (n, columns of the model).
        probabilities: what the model gives them, shape (n,).
        logged: whether a service logged the vectors; otherwise they were computed from events.
        unknown: vectors that were logged for claims that the log doesn't have.
    """

    from_ms: int
    to_ms: int
    known_by_ms: int
    events: EventTable
    rows: Ints
    vectors: Floats
    probabilities: Floats
    logged: bool
    unknown: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def as_of_ms(self) -> Ints:
        """When each was filed, shape (n,)."""
        return self.events["known_at_ms"][self.rows]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which claims: those filed from one moment on and before another.

    Without the first, those after all that the training knew; without the second, all to the end.
    """

    from_ms: int | None = None
    to_ms: int | None = None


def later_from_store(
    url: str, plan: Plan, bundle: Bundle, since_ms: int, asked: Asked, progress: Progress | None = None
) -> LaterClaims:
    """The claims whose vectors a service logged under the plan's catalogue.

    Args:
        url: of the store.
        plan: the features.
        bundle: the model that is asked about; it scores these claims anew, whichever model did then.
        since_ms: the end of what its training knew.
        asked: which claims.
        progress: called with (done, total, what).

    Raises:
        BundleError: if the model belongs to another catalogue.
        StoreError: if the store can't be opened.
    """
    check_catalog(bundle, plan.catalog_hash)
    _tell(progress, 0, "reading the store")
    store = Store.open(url, plan, existing=True)
    try:
        with store.reading() as connection:
            logged = read_vectors(connection, plan.catalog_hash, len(plan.columns))
            log = read_log(connection)
    finally:
        store.close()
    events = from_arrow(log)
    period = _period(events, since_ms, asked)
    moments = np.array(logged.as_of_ms, dtype=np.int64)
    within = np.flatnonzero((moments >= period[0]) & (moments < period[1]))
    row = _rows_of(events, logged.claim_ids)[within]
    known = within[row >= 0]
    unknown, row = int((row < 0).sum()), row[row >= 0]
    return _complete(log, events, row, logged.vectors[known], bundle, period, progress, logged=True, unknown=unknown)


def later_from_events(
    source: str, plan: Plan, bundle: Bundle, since_ms: int, asked: Asked, progress: Progress | None = None
) -> LaterClaims:
    """The claims of a file of events that can be scored, their vectors by the batch engine.

    Takes and raises what `later_from_store` does, and EventError if the file is missing or holds a wrong event, and
    DatasetError if it holds no claim that can be scored.
    """
    check_catalog(bundle, plan.catalog_hash)
    _tell(progress, 0, "reading events")
    log = events_from(source)
    events = from_arrow(log)
    period = _period(events, since_ms, asked)
    spine = find_spine(events)
    rows = spine.rows[(spine.as_of_ms >= period[0]) & (spine.as_of_ms < period[1])]
    vectors = feature_vectors(plan, events, rows, progress)
    return _complete(log, events, rows, vectors, bundle, period, progress, logged=False)


def _period(events: EventTable, since_ms: int, asked: Asked) -> tuple[int, int]:
    end_ms = int(events["known_at_ms"].max(initial=0)) + 1
    start_ms = since_ms if asked.from_ms is None else asked.from_ms
    return start_ms, max(start_ms, end_ms if asked.to_ms is None else asked.to_ms)


def _rows_of(events: EventTable, claim_ids: tuple[str, ...]) -> Ints:
    """The `claim_filed` row of each claim id, -1 where the log has none."""
    filed = events.rows_of(EventKind.CLAIM_FILED)
    words = events.ids["claim_id"].take(pa.array(events["claim_id"][filed]))
    found = pc.index_in(pa.array(claim_ids, pa.string()), value_set=words.cast(pa.string()))
    place = np.asarray(pc.fill_null(found.cast(pa.int64()), -1), dtype=np.int64)
    return np.where(place >= 0, np.append(filed, -1)[place], -1).astype(np.int64)


def _complete(
    log: pa.Table,
    events: EventTable,
    rows: Ints,
    vectors: Floats,
    bundle: Bundle,
    period: tuple[int, int],
    progress: Progress | None,
    *,
    logged: bool,
    unknown: int = 0,
) -> LaterClaims:
    """Read the texts as the model does, and score."""
    _tell(progress, 1, "scoring")
    texts, reader = texts_of(log, events, rows), bundle.contents.reader
    if reader is not None:
        vectors = np.concatenate([vectors, read_texts(texts, lambda _: reader)], axis=1)
    with Scorer(bundle) as scorer:
        probabilities = scorer.score_many(np.ascontiguousarray(vectors)) if len(rows) else np.zeros(0)
    known_by_ms = int(events["known_at_ms"].max(initial=0)) + 1
    _tell(progress, 2, "scoring")
    return LaterClaims(*period, known_by_ms, events, rows, vectors, probabilities, logged, unknown)


def _tell(progress: Progress | None, done: int, what: str) -> None:
    if progress is not None:
        progress(done, 2, what)
