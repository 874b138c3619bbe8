"""Retention: what no window of the catalogue reaches any more may go, and every number stays as it is.

A window needs an entity's totals just before it begins. So of the rows older than the longest window the newest of each
entity stays, and lifetime totals live on in it. Who met whom, and who showed which picture first, is kept for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.progress import Progress
from features.spans import DAY_MS
from features.store.database import Store
from features.store.errors import StoreError
from features.store.schema import EVENT, HISTORY

PART_ROWS: Final = 50_000  # looked at in one transaction: a service that writes meanwhile waits no longer than that
PRUNED_INFO: Final = "log_pruned_before_ms"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a pruning did: the moment before which things could go, rows of history and events that went."""

    before_ms: int
    history_rows: int
    events: int


def prune_history(
    store: Store, keep_days: int | None = None, *, events: bool = False, progress: Progress | None = None
) -> Pruned:
    """Remove rows of history that no window reaches any more, all but the newest of them of each entity.

    Age is counted back from the newest row of all, and a day is added for clocks that differ: vectors of claims from
    then on stay exactly what they were. Safe while a service runs, and when it is stopped half-way.

    Args:
        store: the store.
        keep_days: how much to keep; the longest window of the plan if None.
        events: whether events of that age go from the log too. Then history can't be rebuilt from the store any more,
            an old event that is sent again counts again, and an old claim takes no later events.
        progress: called with (done, total, what is being done); both count rows that were looked at.

    Raises:
        StoreError: if `keep_days` is shorter than the longest window, or the history is of another catalogue.
    """
    store.refuse_other_layout()
    longest = store.plan.longest_window_ms
    keep_ms = longest if keep_days is None else keep_days * DAY_MS
    if keep_ms < longest:
        raise StoreError(
            f"--keep-days {keep_days}: the longest window of the catalogue has {-(-longest // DAY_MS)} days; "
            "keep at least as many"
        )
    with store.reading() as connection:
        newest = connection.scalar(sa.select(sa.func.max(HISTORY.c.known_at_ms))) or 0
    before_ms = max(0, newest - keep_ms - DAY_MS)
    rows = _prune_rows(store, before_ms, progress)
    return Pruned(before_ms, rows, _prune_events(store, before_ms) if events else 0)


def _prune_rows(store: Store, before_ms: int, progress: Progress | None) -> int:
    newer = HISTORY.alias("newer")
    outlived = (
        sa.select(newer.c.entity)
        .where(newer.c.entity == HISTORY.c.entity, newer.c.known_at_ms > HISTORY.c.known_at_ms)
        .where(newer.c.known_at_ms < before_ms)
        .exists()
    )
    with store.reading() as connection:
        total = connection.scalar(sa.select(sa.func.count()).select_from(HISTORY)) or 0
    removed, looked_at = 0, 0
    after: str | None = ""
    while after is not None:
        with store.writing(long=True) as connection:
            of_next = HISTORY.c.entity > after
            query = sa.select(HISTORY.c.entity).where(of_next).order_by(HISTORY.c.entity).offset(PART_ROWS).limit(1)
            last = connection.scalar(query)
            in_part = of_next if last is None else sa.and_(of_next, HISTORY.c.entity <= last)
            old = sa.delete(HISTORY).where(in_part, HISTORY.c.known_at_ms < before_ms, outlived)
            removed += connection.execute(old).rowcount
        after = last
        looked_at = total if last is None else min(looked_at + PART_ROWS, total)
        if progress is not None:
            progress(looked_at, total, "rows of history")
    return removed


def _prune_events(store: Store, before_ms: int) -> int:
    with store.writing(long=True) as connection:
        store.lock_all(connection)
        removed = connection.execute(sa.delete(EVENT).where(EVENT.c.known_at_ms < before_ms)).rowcount
        if removed:
            store.set_info(connection, PRUNED_INFO, str(before_ms))
    return removed
