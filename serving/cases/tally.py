"""How many cases are open, without counting them: each step notes what it changes, and the sum of it is what is there.

To count 100,000 cases takes a database as long as a page may take in all. One row with the number would do, but all who
rule at once would wait for that row. So changes are rows of their own, in the transaction of the step, and somebody
folds them now and then into one row for each sum. Sums are by the hour of the target, so that they also say how many
are late, but for the hour that is running.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import sqlalchemy as sa

from features.store import Store
from features.store.rows import write_rows
from serving.cases.priority import MS_PER_HOUR
from serving.cases.tables import CASE_TALLY
from serving.cases.words import CaseKind, CaseState

FOLD_ROWS: Final = 500  # which a page may as well read
FOLDED_AT_ONCE: Final = 20_000
_HEAP: Final = (CASE_TALLY.c.state, CASE_TALLY.c.kind, CASE_TALLY.c.target_hour)


class Heap(NamedTuple):
    """Cases that are counted together."""

    state: CaseState
    kind: CaseKind
    target_hour: int


def heap_of(state: CaseState, kind: CaseKind, target_ms: int) -> Heap:
    """Where a case belongs."""
    return Heap(state, kind, target_ms // MS_PER_HOUR)


def note_changes(connection: sa.Connection, come: Iterable[Heap] = (), gone: Iterable[Heap] = ()) -> None:
    """Note cases that have come to heaps, and gone from them; closed ones are not counted."""
    changes = Counter(come)
    changes.subtract(Counter(gone))
    rows = [(*heap, change) for heap, change in changes.items() if change and heap.state != "closed"]
    if rows:
        write_rows(connection, CASE_TALLY, rows, (*Heap._fields, "change"))


def read_tally(connection: sa.Connection, hour: int) -> Mapping[tuple[CaseState, CaseKind], tuple[int, int]]:
    """How many open cases there are by state and kind, and of how many the target lies before an hour."""
    row = CASE_TALLY.c
    before = sa.func.sum(sa.case((row.target_hour < hour, row.change), else_=0))
    query = sa.select(row.state, row.kind, sa.func.sum(row.change), before).group_by(row.state, row.kind)
    found = connection.execute(query)
    return {(state, kind): (int(count), int(late)) for state, kind, count, late in found if count}


def fold_tally(store: Store, beyond: int = FOLD_ROWS) -> bool:
    """Fold the changes into one row for each heap, if there are so many more rows; return whether it was done.

    Several may do so at once: each folds what no other has.
    """
    number = CASE_TALLY.c.sequence
    with store.reading() as connection:
        rows = connection.scalar(sa.select(sa.func.count()).select_from(CASE_TALLY)) or 0
        heaps = connection.scalar(sa.select(sa.func.count()).select_from(sa.select(*_HEAP).distinct().subquery())) or 0
    if rows <= heaps + beyond:
        return False
    some = sa.select(number).order_by(number).limit(FOLDED_AT_ONCE).with_for_update(skip_locked=True)
    fold = sa.delete(CASE_TALLY).where(number.in_(some)).returning(*_HEAP, CASE_TALLY.c.change)
    with store.writing() as connection:
        sums: Counter[Heap] = Counter()
        for state, kind, target_hour, change in connection.execute(fold):
            sums[Heap(state, kind, target_hour)] += change
        folded = [(*heap, change) for heap, change in sums.items() if change]
        write_rows(connection, CASE_TALLY, folded, (*Heap._fields, "change"))
    return True
