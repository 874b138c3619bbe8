"""All of a dataset that no cut of time changes: the claims, their feature vectors and their texts.

Made once, it is cut at as many moments as an evaluation needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.event_table import MISSING, EventTable, from_arrow
from features.events import EventKind
from features.plan import Plan
from features.progress import Progress
from training.dataset.config import DatasetError
from training.dataset.keeping import Claims, VectorMaker, compute
from training.labels.measured import MeasuredReviewers
from training.stored.vectors import Vectors
from training.text.claim_texts import ClaimTexts, texts_of


@dataclass(frozen=True, slots=True)
class Spine:
    """Claims that a service would be asked to score, n of them by time, and how many were filed and left out.

    `rows` are their `claim_filed` events, `as_of_ms` their moments and `buyers` the codes of who filed; shape (n,).
    """

    rows: Ints
    as_of_ms: Ints
    buyers: Ints
    filed: int
    without_order: int
    without_buyer: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """Events, once as they were given and once as NumPy columns, and their claims with vectors and texts.

    `vectors` has shape (n, columns of the plan), n being the claims of the spine. By `reviewers`, labels of those who
    are less reliable count less.
    """

    events: pa.Table
    table: EventTable
    spine: Spine
    vectors: Vectors
    texts: ClaimTexts
    columns: tuple[str, ...]
    reviewers: MeasuredReviewers | None = None

    @property
    def end_ms(self) -> int:
        """Just after the last event became known."""
        return int(self.table["known_at_ms"].max()) + 1


def gather(
    events: pa.Table, plan: Plan, progress: Progress | None = None, vectors_of: VectorMaker = compute
) -> Gathered:
    """Find the claims that can be scored, and make their features.

    Args:
        events: checked events (`training.source.events_from`).
        plan: the compiled catalogue.
        progress: called with (done, total, what).
        vectors_of: where their features come from; by default, computed in memory.

    Raises:
        DatasetError: if there is no such claim.
        StoredError: if vectors that were kept can't be used.
    """
    table = from_arrow(events)
    spine = find_spine(table)
    vectors = vectors_of(plan, Claims(events, table, spine.rows), progress)
    return Gathered(events, table, spine, vectors, texts_of(events, table, spine.rows), plan.names)


def find_spine(table: EventTable) -> Spine:
    """The claims with a buyer and their order's facts.

    Raises:
        DatasetError: if there are none.
    """
    filed = table.rows_of(EventKind.CLAIM_FILED)
    has_order = table["order_amount_minor"][filed] != MISSING
    has_buyer = table["buyer_id"][filed] >= 0
    rows = filed[has_order & has_buyer]
    if len(rows) == 0:
        raise DatasetError("no claim with a buyer and its order's facts; load or simulate some")
    rows = rows[np.argsort(table["known_at_ms"][rows], kind="stable")]
    without_order, without_buyer = int((~has_order).sum()), int((has_order & ~has_buyer).sum())
    return Spine(rows, table["known_at_ms"][rows], table["buyer_id"][rows], len(filed), without_order, without_buyer)
