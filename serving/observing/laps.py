"""A stopwatch for the stages of a claim."""

from __future__ import annotations

import time

from serving.observing.declared import Stage


class Laps:
    """A claim's stopwatch: each lap is the time since the one before."""

    __slots__ = ("_at", "seconds")

    def __init__(self) -> None:
        self.seconds: list[tuple[Stage, float]] = []
        self._at = time.perf_counter()

    def begin(self) -> None:
        """The next lap begins now, and what was between belongs to none."""
        self._at = time.perf_counter()

    def lap(self, stage: Stage) -> None:
        """A stage ends now, and the next one begins."""
        now = time.perf_counter()
        self.seconds.append((stage, now - self._at))
        self._at = now
