"""The form of labels, whatever they derive from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.event_table import MISSING, EventTable, code_of
from features.events import EventKind

UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Labels:
    """One label a claim, each column of shape (n,), in the order in which the claims were asked for.

    Attributes:
        abusive: int8, 1 abusive, 0 not, -1 unknown.
        known_at_ms: when the label became known; `features.event_table.MISSING` where it is unknown.
        probability: P(abusive) by what was found and how far the finders can be relied on; NaN where nobody found.
        kind: what the labels derive from, such as "verdict" or "high_refund_proxy".
    """

    abusive: npt.NDArray[np.int8]
    known_at_ms: Ints
    probability: Floats
    kind: str

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        """Which claims have a label."""
        return np.not_equal(self.abusive, UNKNOWN)


def refuse_other_rows(events: EventTable, claim_rows: Ints) -> None:
    """Labels are asked for by the rows of claims.

    Raises:
        ValueError: if a row is no `claim_filed` event.
    """
    others = claim_rows[events["kind"][claim_rows] != code_of("kind", EventKind.CLAIM_FILED)]
    if len(others):
        raise ValueError(f"row {others[0]} is no claim_filed event; ask for labels of claims only")


def blank_labels(count: int, kind: str) -> Labels:
    """Labels that are all unknown, for a maker of labels to fill in."""
    return Labels(
        np.full(count, UNKNOWN, dtype=np.int8), np.full(count, MISSING, dtype=np.int64), np.full(count, np.nan), kind
    )
