"""What a service has counted since it began. A window is a subtraction here, too."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from serving.observing import declared
from serving.observing.worker_files import Totals

COUNTED: Final = frozenset(
    metric.name
    for metric in (declared.STAGE, declared.REQUESTS, declared.UNAVAILABLE, declared.DECISIONS, declared.DEGRADED)
)
_BOUNDS: Final = declared.SECONDS
_PLACES: Final = len(_BOUNDS) + 1
_API: Final = "/v1/"  # what callers wait for; probes and the console's own pages are not meant


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals of all workers of a service.

    Attributes:
        latencies: answers to claims by how long they took: one number for each of `SECONDS`, and one beyond them.
        requests, errors, unavailable: requests to the API, those answered with 500 or more, and with 503.
        decisions: claims decided.
        degraded: those of them that the service couldn't tell, by cause.
    """

    latencies: tuple[int, ...] = (0,) * _PLACES
    requests: int = 0
    errors: int = 0
    unavailable: int = 0
    decisions: int = 0
    degraded: Mapping[str, int] = field(default_factory=dict)

    @property
    def claims(self) -> int:
        """Claims that were answered, repeated ones too."""
        return sum(self.latencies)

    def plus(self, other: Counts, sign: int = 1) -> Counts:
        """The sum of both, or with -1 what has come since `other`."""
        degraded = Counter(self.degraded)
        for cause, number in other.degraded.items():
            degraded[cause] += sign * number
        return Counts(
            tuple(own + sign * its for own, its in zip(self.latencies, other.latencies, strict=True)),
            self.requests + sign * other.requests,
            self.errors + sign * other.errors,
            self.unavailable + sign * other.unavailable,
            self.decisions + sign * other.decisions,
            {cause: number for cause, number in degraded.items() if number},
        )

    def quantile_ms(self, share: float) -> float | None:
        """The time (ms) within which this share of claims was answered, evenly within a bucket; None without claims.

        Beyond the last bound nothing is known: then it is that bound, and the truth may be more.

        >>> round(Counts(latencies=(0, 0, 100) + (0,) * 15).quantile_ms(0.5), 3)
        0.75
        """
        if not self.claims:
            return None
        upto = list(accumulate(self.latencies))
        rank = share * upto[-1]
        place = min(bisect_left(upto, max(rank, 1e-9)), _PLACES - 1)
        if place == _PLACES - 1:
            return 1000 * _BOUNDS[-1]
        low, high = _BOUNDS[place - 1] if place else 0.0, _BOUNDS[place]
        before = upto[place] - self.latencies[place]
        return 1000 * (low + (high - low) * (rank - before) / self.latencies[place])

    def to_body(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "latencies": self.latencies,
            "requests": self.requests,
            "errors": self.errors,
            "unavailable": self.unavailable,
            "decisions": self.decisions,
            "degraded": dict(self.degraded),
        }

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> Counts:
        """What `to_body` made."""
        return cls(**{**body, "latencies": tuple(body["latencies"])})


def counts_of(totals: Totals) -> Counts:
    """The counts among what all workers have written (`serving.observing.worker_files`)."""
    latencies = dict.fromkeys((*map(float, _BOUNDS), float("inf")), 0)
    numbers: Counter[str] = Counter()
    degraded: Counter[str] = Counter()
    for (name, labels), value in totals.items():
        said = dict(labels)
        if name == f"{declared.STAGE.name}_bucket" and said.get("stage") == "whole":
            latencies[float(said["le"])] += int(value)
        elif name == f"{declared.DECISIONS.name}_total":
            numbers["decisions"] += int(value)
        elif name == f"{declared.DEGRADED.name}_total":
            degraded[said["cause"]] += int(value)
        elif said.get("endpoint", "").startswith(_API):
            for each in _kinds_of_request(name, said):
                numbers[each] += int(value)
    return Counts(tuple(latencies.values()), degraded=dict(degraded), **numbers)


def _kinds_of_request(name: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    if name == f"{declared.UNAVAILABLE.name}_total":
        return ("unavailable",)
    if name == f"{declared.REQUESTS.name}_total":
        return ("requests", "errors") if labels["status"] == "5xx" else ("requests",)
    return ()
