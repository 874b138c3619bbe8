"""Rounds: results are written beside those that are shown, a few at a time, and then shown all at once.

Who writes claims never waits for longer than a few rows take, however many merchants there are. A round that ends in
the middle leaves rows that nobody sees, which the next one takes away.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Final

import sqlalchemy as sa

from features.store import Store
from features.store.rows import write_rows
from serving.insight.keeping import Row
from serving.insight.tables import INSIGHT, INSIGHT_PART, INSIGHT_ROUND

ROWS_AT_ONCE: Final = 200
_LONGEST_PAUSE: Final = 0.1  # seconds


def keep_results(store: Store, results: Mapping[str, Sequence[Row]], as_of_ms: int, now_ms: int | None = None) -> bool:
    """Show the results of these parts in the place of those of before, in one moment for all of them.

    Args:
        store: with the tables (`open_insight`).
        results: all rows of each part (`serving.insight.keeping.rows_of`).
        as_of_ms: what became known before this moment counts.
        now_ms: when it is worked out, where that isn't `as_of_ms`.

    Returns:
        Whether they are shown now: not where a round that began later is shown already.
    """
    if not results:
        return True
    number = _begin(store, now_ms or as_of_ms)
    rows = list(chain.from_iterable(results.values()))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        with _writing_briefly(store) as connection:
            some = rows[start : start + ROWS_AT_ONCE]
            write_rows(connection, INSIGHT, [(part, number, *rest) for part, *rest in some])
    when = {"as_of_ms": as_of_ms, "worked_out_at_ms": now_ms or as_of_ms, "round": number}
    told = [{"part": part, "rows": len(of_part), **when} for part, of_part in results.items()]
    with store.writing() as connection:
        shown = _newest_shown(connection, results)
        if shown < number:
            connection.execute(sa.delete(INSIGHT_PART).where(INSIGHT_PART.c.part.in_(results)))
            connection.execute(sa.insert(INSIGHT_PART), told)
    _clear(store, results, max(number, shown))
    return shown < number


def _begin(store: Store, now_ms: int) -> int:
    with store.writing() as connection:
        begun = sa.insert(INSIGHT_ROUND).values(begun_at_ms=now_ms).returning(INSIGHT_ROUND.c.number)
        return int(connection.scalars(begun).one())


def _newest_shown(connection: sa.Connection, parts: Collection[str]) -> int:
    """The newest round among those that parts show, or 0; nobody else shows another one until the transaction ends.

    SQLite has one writer at a time anyway. Pages read on.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text(f"LOCK TABLE {INSIGHT_PART.name} IN SHARE ROW EXCLUSIVE MODE"))
    return connection.scalar(sa.select(sa.func.max(INSIGHT_PART.c.round)).where(INSIGHT_PART.c.part.in_(parts))) or 0


def _clear(store: Store, parts: Collection[str], before: int) -> None:
    """Take away what isn't shown any more, or never was, of rounds before one."""
    shown = sa.select(INSIGHT_PART.c.round).where(INSIGHT_PART.c.part == INSIGHT.c.part).scalar_subquery()
    hidden = sa.select(INSIGHT.c.part, INSIGHT.c.round).where(
        INSIGHT.c.part.in_(parts), INSIGHT.c.round < before, INSIGHT.c.round != sa.func.coalesce(shown, 0)
    )
    with store.reading() as connection:
        over = connection.execute(hidden.distinct()).all()
    for part, old in over:
        of_old = sa.and_(INSIGHT.c.part == part, INSIGHT.c.round == old)
        lowest = sa.select(sa.func.min(INSIGHT.c.rank)).where(of_old)
        left = True
        while left:
            with _writing_briefly(store) as connection:
                rank = connection.scalar(lowest)
                left = rank is not None
                if left:
                    connection.execute(sa.delete(INSIGHT).where(of_old, INSIGHT.c.rank < rank + ROWS_AT_ONCE))
    with store.writing() as connection:
        connection.execute(sa.delete(INSIGHT_ROUND).where(INSIGHT_ROUND.c.number < before))


@contextmanager
def _writing_briefly(store: Store) -> Iterator[sa.Connection]:
    """A short transaction, and then as long a pause, in which those who waited for it have their turn."""
    began = time.monotonic()
    with store.writing() as connection:
        yield connection
    time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))
