"""All parts anew."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from features.progress import Progress
from features.store import Store
from serving.insight.keeping import Row, rows_of
from serving.insight.parts import PARTS, Ground, Part
from serving.insight.reading import read_record
from serving.insight.rounds import keep_results
from serving.insight.tables import open_insight
from serving.policy import Policy


class InsightError(RuntimeError):
    """A part that can't be worked out: the message says which one, and why."""


def refresh(
    store: Store,
    policy: Policy,
    until_ms: int,
    progress: Progress | None = None,
    *,
    parts: Sequence[Part] = PARTS,
    now_ms: int | None = None,
) -> dict[str, int]:
    """Work out every part as of a moment and keep the results; return how many each has.

    All are worked out first, and shown in one moment, so that pages never show parts of two. Of two refreshes at once,
    the one that began to write later is shown. `now_ms` is when that is done, where `until_ms` isn't now.

    Raises:
        InsightError: if a part can't be worked out; then everything stays as it was.
    """
    open_insight(store)
    record = read_record(store, until_ms, progress=progress)
    results = {}
    with store.reading() as connection:
        ground = Ground(record, policy, connection)
        for number, part in enumerate(parts, 1):
            results[part.name] = _worked_out(part, ground)
            if progress is not None:
                progress(number, len(parts), f"{part.name} worked out")
    keep_results(store, results, until_ms, now_ms)
    return {name: len(rows) for name, rows in results.items()}


def _worked_out(part: Part, ground: Ground) -> list[Row]:
    try:
        return rows_of(part.name, part.compute(ground))
    except sa.exc.SQLAlchemyError:
        raise  # the store's trouble, not the part's
    except Exception as error:
        raise InsightError(f"{part.name} can't be worked out: {type(error).__name__}: {error}") from error
