"""The form of labels, whatever they derive from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.event_table import MISSING, EventTable
from features.events import EventKind

UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Labels:
    """One label a claim, each column of shape (n,), in the order in which the claims were asked for.

    Attributes:
        abusive: int8, 1 abusive, 0 not, -1 unknown.
        known_at_ms: when the label became known; `features.event_table.MISSING` where it is unknown.
        kind: what the labels derive from, "verdict", "verdict_or_silence" or "high_refund_proxy".
    """

    abusive: npt.NDArray[np.int8]
    known_at_ms: Ints
    kind: str

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        """Which claims have a label."""
        return np.not_equal(self.abusive, UNKNOWN)


def blank_labels(events: EventTable, claim_rows: Ints, kind: str) -> Labels:
    """Labels that are all unknown, for a maker of labels to fill in.

    Raises:
        ValueError: if a row is no `claim_filed` event.
    """
    others = np.setdiff1d(claim_rows, events.rows_of(EventKind.CLAIM_FILED))
    if len(others):
        raise ValueError(f"row {others[0]} is no claim_filed event; ask for labels of claims only")
    count = len(claim_rows)
    return Labels(np.full(count, UNKNOWN, dtype=np.int8), np.full(count, MISSING, dtype=np.int64), kind)
