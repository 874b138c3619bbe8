"""What was decided first on claims, as known before a moment. Later decisions follow from what came since."""

from __future__ import annotations

import numpy as np

from features.arrays import Ints
from features.event_table import MISSING, EventTable
from features.events import EventKind


def first_decisions(events: EventTable, claim_rows: Ints, known_by_ms: int) -> Ints:
    """The row of the first decision on each claim, -1 where there is none. Shape (n,).

    Of two at the same moment it takes the same one, however the rows are ordered.

    Args:
        events: all events; what is known at or after `known_by_ms` plays no part.
        claim_rows: the claims, shape (n,).
        known_by_ms: the moment.
    """
    rows = events.rows_of(EventKind.CLAIM_DECIDED)
    rows = rows[events["known_at_ms"][rows] < known_by_ms]
    if len(rows) == 0:
        return np.full(len(claim_rows), -1)
    audit = events.columns.get("audit_propensity_ppm", np.full(len(events), MISSING))[rows]
    order = rows[np.lexsort((audit, events["action"][rows], events["known_at_ms"][rows], events["claim_id"][rows]))]
    claims = events["claim_id"][claim_rows]
    first = order[np.minimum(np.searchsorted(events["claim_id"][order], claims), len(order) - 1)]
    return np.where(events["claim_id"][first] == claims, first, -1)
