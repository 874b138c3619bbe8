"""Results put into a store, as a refresh would."""

from __future__ import annotations

from collections.abc import Iterable

from features.store import Store
from serving.insight.keeping import Kept, rows_of
from serving.insight.rounds import keep_results


def keep(store: Store, part: str, results: Iterable[Kept], as_of_ms: int, now_ms: int | None = None) -> None:
    """Show the results of a part in the place of those of before."""
    assert keep_results(store, {part: rows_of(part, results)}, as_of_ms, now_ms)
