"""The time, as an argument: a clock says at which moment, in milliseconds since 1970 UTC, a claim comes in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeAlias

from serving.claim import Claim

Clock: TypeAlias = Callable[[Claim], int]


def now_ms() -> int:
    """The time of this machine."""
    return time.time_ns() // 1_000_000


def wall_clock(_claim: Claim) -> int:
    """Claims come in now."""
    return now_ms()


def filing_clock(claim: Claim) -> int:
    """Claims come in when the buyer filed them: to play recorded history. Those that don't say when come in now."""
    return now_ms() if claim.filed_at_ms is None else claim.filed_at_ms


CLOCKS: Final[dict[str, Clock]] = {"wall": wall_clock, "filing": filing_clock}
