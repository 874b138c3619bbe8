"""The time, as an argument: a clock says at which moment, in milliseconds since 1970 UTC, a claim comes in."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final, TypeAlias

from serving.claim import Claim

JUMP_MS: Final = 60_000  # how far the time may move at once and be followed
LOGGER: Final = logging.getLogger("clearclaim.clock")

Clock: TypeAlias = Callable[[Claim], int]


def now_ms() -> int:
    """The time of this machine."""
    return time.time_ns() // 1_000_000


class SteadyClock:
    """The time of this machine, as long as it goes on evenly.

    A time that jumps (a wrong hand, a broken time server) would be stamped into history for good, and history never
    goes back. So the clock compares it with one that only counts: small differences it follows, and after a jump it
    goes on from where it was and says `jumped`, until the two agree again.

    Args:
        wall_ms: the machine's time, milliseconds since 1970 UTC.
        counted_ms: milliseconds since any moment, never set, and not standing still while the machine sleeps.
    """

    def __init__(self, wall_ms: Callable[[], int] = now_ms, counted_ms: Callable[[], int] | None = None) -> None:
        self._wall_ms = wall_ms
        self._counted_ms = _counted_ms if counted_ms is None else counted_ms
        self._ahead_ms = wall_ms() - self._counted_ms()
        self.jumped = False

    def __call__(self, _claim: Claim) -> int:
        """The moment now."""
        return self.now_ms()

    def now_ms(self) -> int:
        """The moment now, where there is no claim."""
        wall_ms = self._wall_ms()
        ahead_ms = wall_ms - self._counted_ms()
        jumped = abs(ahead_ms - self._ahead_ms) > JUMP_MS
        if jumped != self.jumped:
            self.jumped = jumped
            if jumped:
                LOGGER.error("the machine's clock has jumped; claims go to people until it is right again")
            else:
                LOGGER.info("the machine's clock is right again")
        if jumped:
            return wall_ms - ahead_ms + self._ahead_ms
        self._ahead_ms = ahead_ms
        return wall_ms


def time_of(clock: Clock) -> Callable[[], int]:
    """The time for what is no claim: by the service's clock, or this machine's where recorded claims are played."""
    return clock.now_ms if isinstance(clock, SteadyClock) else now_ms


def has_jumped(clock: Clock) -> bool:
    """Whether a clock's moments can't be trusted now."""
    return isinstance(clock, SteadyClock) and clock.jumped


def _counted_ms() -> int:
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def filing_clock(claim: Claim) -> int:
    """Claims come in when the buyer filed them: to play recorded history. Those that don't say when come in now."""
    return now_ms() if claim.filed_at_ms is None else claim.filed_at_ms


CLOCKS: Final[dict[str, Callable[[], Clock]]] = {"wall": SteadyClock, "filing": lambda: filing_clock}
