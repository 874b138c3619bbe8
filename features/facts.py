"""What a claim itself says, as integers: the part of a feature vector that needs no history."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Ints
from features.event_table import MISSING, EventTable, code_of
from features.events import EVENT_FIELDS, Event, FieldType

FACT_FIELDS: Final = (
    "known_at_ms",
    "amount_minor",
    "quantity",
    "order_amount_minor",
    "order_paid_at_ms",
    "order_delivered_at_ms",
    "order_promised_at_ms",
    "evidence_count",
    "claim_type",
    "claim_reason",
)
AS_OF: Final = FACT_FIELDS.index("known_at_ms")  # a claim is scored as of the moment at which it became known


def facts_of_rows(events: EventTable, rows: Ints) -> Ints:
    """The facts of the `claim_filed` events at these rows, shape (n, len(FACT_FIELDS)), coded as in the table."""
    return np.stack([events[name][rows] for name in FACT_FIELDS], axis=1)


def facts_of_event(event: Event) -> Ints:
    """The facts of one `claim_filed` event, shape (1, len(FACT_FIELDS)); the same codes as `facts_of_rows`."""
    return np.array([[_coded(name, getattr(event, name)) for name in FACT_FIELDS]], dtype=np.int64)


_CATEGORIES: Final = frozenset(name for name in FACT_FIELDS if EVENT_FIELDS[name].type is FieldType.CATEGORY)


def _coded(name: str, value: int | str | None) -> int:
    if name in _CATEGORIES:
        return -1 if value is None else code_of(name, str(value))
    return MISSING if value is None else int(value)
