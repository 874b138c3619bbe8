"""One day as a decider sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the period: its number from 0, and between which moments it lies, milliseconds UTC.

    `events` makes the table of all events that are known within it, claims included, in `EVENT_SCHEMA` and in order.
    """

    number: int
    start_ms: int
    end_ms: int
    events: Callable[[], pa.Table]
