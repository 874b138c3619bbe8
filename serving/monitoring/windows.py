"""The last minutes, hour and day of all services together: differences between pulses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final, Literal, TypeAlias

from features.spans import MINUTE_MS
from serving.monitoring.counts import Counts
from serving.monitoring.pulse import BEAT_MS, Pulse

Length: TypeAlias = Literal["5_minutes", "1_hour", "24_hours"]
LENGTHS: Final[dict[Length, int]] = {
    "5_minutes": 5 * MINUTE_MS,
    "1_hour": 60 * MINUTE_MS,
    "24_hours": 24 * 60 * MINUTE_MS,
}
STEPS: Final = 60  # of a minute each, in the drawings
_AT: Final = attrgetter("at_ms")
LEAST_REQUESTS: Final = 20  # of fewer, a share says nothing


@dataclass(frozen=True, slots=True)
class Window:
    """What came in the last so many minutes; `covered_ms` is less than its length where nobody counted for so long."""

    length: Length
    covered_ms: int
    counts: Counts

    @property
    def claims_per_minute(self) -> float | None:
        """None where nothing was covered."""
        return self.counts.claims * MINUTE_MS / self.covered_ms if self.covered_ms else None


@dataclass(frozen=True, slots=True)
class Step:
    """One minute of a drawing; None where no pulse tells of it."""

    start_ms: int
    claims: int | None
    p95_ms: float | None


def windows_of(pulses: Iterable[Pulse], now_ms: int) -> tuple[Window, ...]:
    """The windows that end now, the shortest first."""
    by_service = _by_service(pulses)
    return tuple(_window(by_service, length, now_ms - span_ms, now_ms) for length, span_ms in LENGTHS.items())


def steps_of(pulses: Iterable[Pulse], now_ms: int) -> tuple[Step, ...]:
    """The last hour by minutes, the earliest first."""
    edges = [now_ms - place * MINUTE_MS for place in range(STEPS, -1, -1)]
    by_service = _by_service(pulses)
    return tuple(_step(by_service, start, end) for start, end in pairwise(edges))


def share_of(windows: Sequence[Window], part: Callable[[Counts], int], whole: Callable[[Counts], int]) -> float | None:
    """A share in the shortest window that has enough to tell one; None where none has.

    >>> minutes = Window("5_minutes", 300_000, Counts(requests=40, errors=1))
    >>> share_of([minutes], lambda counts: counts.errors, lambda counts: counts.requests)
    0.025
    """
    for window in windows:
        total = whole(window.counts)
        if total >= LEAST_REQUESTS:
            return part(window.counts) / total
    return None


def _by_service(pulses: Iterable[Pulse]) -> list[list[Pulse]]:
    in_order = sorted(pulses, key=attrgetter("service", "at_ms"))
    return [list(group) for _, group in groupby(in_order, key=attrgetter("service"))]


def _window(by_service: list[list[Pulse]], length: Length, start_ms: int, end_ms: int) -> Window:
    counts, covered_ms = Counts(), 0
    for pulses in by_service:
        found = _between(pulses, start_ms, end_ms)
        if found is not None:
            counts, covered_ms = counts.plus(found[0]), max(covered_ms, found[1])
    return Window(length, min(covered_ms, LENGTHS[length]), counts)


def _step(by_service: list[list[Pulse]], start_ms: int, end_ms: int) -> Step:
    found = [each for pulses in by_service if (each := _between(pulses, start_ms, end_ms)) is not None]
    if not found:
        return Step(start_ms, None, None)
    counts, *others = (counts for counts, _ in found)
    for other in others:
        counts = counts.plus(other)
    return Step(start_ms, counts.claims, counts.quantile_ms(0.95))


def _between(pulses: list[Pulse], start_ms: int, end_ms: int) -> tuple[Counts, int] | None:
    """What a service counted between two moments, as near as its pulses tell, and for how long they cover it."""
    upto = bisect_right(pulses, end_ms, key=_AT)
    if not upto or pulses[upto - 1].at_ms <= start_ms - BEAT_MS:
        return None
    last = pulses[upto - 1]
    before = bisect_right(pulses, start_ms, key=_AT)
    if not before and last.began_ms >= start_ms:
        return last.counts, last.at_ms - last.began_ms
    first = pulses[max(before, 1) - 1]
    return last.counts.plus(first.counts, -1), last.at_ms - first.at_ms
