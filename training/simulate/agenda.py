"""What is still to come, by day: things that were set going earlier, and the orders' own moments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.spans import DAY_MS
from training.simulate.config import SimulationConfig

Rows: TypeAlias = dict[str, npt.NDArray[Any]]


class Agenda:
    """Rows that become due on some day; those due after the end of the period are forgotten."""

    def __init__(self, config: SimulationConfig) -> None:
        self._start_ms, self._days = config.start_ms, config.days
        self._due: dict[tuple[str, int], list[Rows]] = {}

    def add(self, what: str, due_ms: Ints, rows: Mapping[str, npt.NDArray[Any]]) -> None:
        """Put down rows, columns of shape (n, ...), each due at a moment of its own; never before the period."""
        day = (due_ms - self._start_ms) // DAY_MS
        order = np.argsort(day, kind="stable")
        order = order[: int(np.searchsorted(day[order], self._days))]
        if len(order) == 0:
            return
        sorted_rows = {name: column[order] for name, column in rows.items()}
        ends = [*(np.flatnonzero(np.diff(day[order])) + 1).tolist(), len(order)]
        first = 0
        for end in ends:
            piece = {name: column[first:end] for name, column in sorted_rows.items()}
            self._due.setdefault((what, int(day[order[first]])), []).append(piece)
            first = end

    def take(self, what: str, day: int) -> Rows | None:
        """What is due on a day, in the order in which it was put down; gone afterwards. None if nothing is."""
        pieces = self._due.pop((what, day), None)
        if pieces is None:
            return None
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


class Timetable:
    """Numbers of orders by the day of one of their moments."""

    def __init__(self, config: SimulationConfig, at_ms: Ints) -> None:
        """Args: the moments, milliseconds UTC, shape (orders,)."""
        self._order = np.argsort(at_ms, kind="stable").astype(np.int64)
        ends_ms = config.start_ms + DAY_MS * np.arange(config.days + 1)
        self._ends = np.searchsorted(at_ms[self._order], ends_ms)

    def of(self, day: int) -> Ints:
        """The orders whose moment lies in a day, by time."""
        return self._order[self._ends[day] : self._ends[day + 1]]
