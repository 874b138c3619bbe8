"""Services measured in turns, so that whatever befalls the machine befalls all of them; then medians over rounds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.load import Measured, send

ROUNDS = 7
SECONDS = 3.0
WARM_SECONDS = 2.0
FEWEST = 5  # answers that a round must have before it says anything


@dataclass(frozen=True)
class Pace:
    """How often and how long to measure."""

    rounds: int = ROUNDS
    seconds: float = SECONDS


@dataclass(frozen=True)
class Side:
    """A service with the requests to send to it; they go on where the last round stopped."""

    name: str
    port: int
    requests: Iterator[bytes]


@dataclass(frozen=True)
class Rounds:
    """What came of one side's rounds."""

    measured: tuple[Measured, ...]

    @property
    def per_second(self) -> float:
        """Answers a second: the median of rounds."""
        return statistics.median(each.per_second for each in self.measured)

    @property
    def p50_ms(self) -> float:
        """The median latency: the median of rounds."""
        return statistics.median(each.p50_ms for each in self.measured)

    @property
    def p99_ms(self) -> float:
        """The 99th percentile: the median of rounds."""
        return statistics.median(each.p99_ms for each in self.measured)

    @property
    def bodies(self) -> Iterator[bytes]:
        """All answers, those before the clock ran too."""
        return (body for each in self.measured for body in (*each.first_bodies, *each.bodies))

    def detail(self) -> dict[str, float]:
        """The numbers for a figure's detail."""
        numbers = {"per_second": self.per_second, "p50_ms": self.p50_ms, "p99_ms": self.p99_ms}
        return {name: round(value, 3) for name, value in numbers.items()}


def warmed(side: Side, connections: int) -> Rounds:
    """A first round, which doesn't count."""
    return Rounds((send(side.requests, side.port, connections, WARM_SECONDS),))


def in_turns(sides: Sequence[Side], connections: int, pace: Pace) -> list[Rounds]:
    """Rounds of each side in turns.

    Raises:
        ValueError: if a round has too few answers, as where the prepared requests have run out.
    """
    measured: list[list[Measured]] = [[] for _ in sides]
    for _ in range(pace.rounds):
        for own, side in zip(measured, sides, strict=True):
            own.append(send(side.requests, side.port, connections, pace.seconds))
            if len(own[-1].latencies_ms) < FEWEST:
                raise ValueError(f"{side.name}: {len(own[-1].latencies_ms)} answers in {pace.seconds} s")
    return [Rounds(tuple(own)) for own in measured]
