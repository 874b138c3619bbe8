"""The numbers of one worker: plain Python numbers, since a claim adds to a dozen of them.

Prometheus' own client writes each increment to a file that is mapped into memory, behind a lock of its own, at 1 to 2
microseconds each; here one costs 0.3, a whole claim some 10, and all are written once a second (`worker_files`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeAlias, TypeVar

from serving.observing.declared import Declared

Labels: TypeAlias = tuple[str, ...]

_Number = TypeVar("_Number")

MOST_SERIES: Final = 128  # of a metric; what comes on top is counted together as "other"
OTHER: Final = "other"


class Buckets:
    """A histogram of one series: how many values fell into each bucket, the last one open, and their sum."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count a value into the first bucket whose bound isn't below it."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All numbers at one moment: plain ones, and those of histograms (counts per bucket, and the sum)."""

    counters: Mapping[tuple[str, Labels], float]
    gauges: Mapping[tuple[str, Labels], float]
    histograms: Mapping[tuple[str, Labels], tuple[tuple[int, ...], float]]


class Tallies:
    """Counts for one worker. May be shared between threads."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._counters: dict[str, dict[Labels, float]] = {}
        self._gauges: dict[str, dict[Labels, float]] = {}
        self._histograms: dict[str, dict[Labels, Buckets]] = {}

    def add(self, metric: Declared, labels: Labels = (), amount: float = 1) -> None:
        """Add to a counter."""
        with self.lock:
            series = self._counters.setdefault(metric.name, {})
            labels = _bounded(series, labels)
            series[labels] = series.get(labels, 0) + amount

    def set(self, metric: Declared, labels: Labels, value: float) -> None:
        """Set a gauge."""
        with self.lock:
            series = self._gauges.setdefault(metric.name, {})
            series[_bounded(series, labels)] = value

    def forget(self, metric: Declared, labels: Labels) -> None:
        """Tell nothing of a gauge any more."""
        with self.lock:
            self._gauges.get(metric.name, {}).pop(labels, None)

    def buckets(self, metric: Declared, labels: Labels = ()) -> Buckets:
        """The buckets of a series, to be added to under the `lock` only."""
        with self.lock:
            series = self._histograms.setdefault(metric.name, {})
            return series.setdefault(_bounded(series, labels), Buckets(metric.buckets))

    def snapshot(self) -> Snapshot:
        """Copy all numbers."""
        with self.lock:
            return Snapshot(
                dict(_flat(self._counters)),
                dict(_flat(self._gauges)),
                {key: (tuple(each.counts), each.total) for key, each in _flat(self._histograms)},
            )


def _bounded(series: Mapping[Labels, _Number], labels: Labels) -> Labels:
    return labels if labels in series or len(series) < MOST_SERIES else (OTHER,) * len(labels)


def _flat(metrics: Mapping[str, Mapping[Labels, _Number]]) -> Iterable[tuple[tuple[str, Labels], _Number]]:
    return (((name, labels), value) for name, series in metrics.items() for labels, value in series.items())
