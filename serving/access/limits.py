"""How often a caller may call, and how often an address may come with a bad key.

Each worker counts by itself, for a share of the limit: to share one count would cost every request a lock between
processes. So a caller who keeps one connection open, and thereby one worker, gets only that worker's share.

A token bucket needs one number for each name: the moment at which its bucket will be full again (the generic cell rate
algorithm; ITU-T I.371, annex A).
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from serving.access.callers import Caller

Seconds = Callable[[], float]

MOST_NAMES: Final = 10_000  # that are remembered: some 2 MB
# An honest caller whose key has just expired tries a few times. Who comes more often only fills logs.
FAILURES_AT_ONCE: Final = 20
FAILURES_PER_SECOND: Final = 1 / 3


class Buckets:
    """A bucket of tokens for each name. The name not seen for longest is forgotten, as if its bucket were full."""

    def __init__(self, seconds: Seconds, most: int = MOST_NAMES) -> None:
        self._seconds, self._most = seconds, most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str, per_second: float, burst: float) -> float:
        """Take a token and return 0.0; or take none, and return the seconds until there is one.

        Args:
            name: whose bucket.
            per_second: how many tokens come back in a second.
            burst: how many the bucket holds, at least 1.
        """
        now = self._seconds()
        full_at = max(self._full_at.get(name, now), now) + 1 / per_second
        wait = full_at - now - burst / per_second
        taken = wait <= 1e-9  # that is the rounding of a sum
        if taken:
            self._full_at[name] = full_at
        self._full_at.move_to_end(name)  # a full bucket has a token, so one that has none is remembered
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0 if taken else wait

    def __len__(self) -> int:
        """How many names are remembered."""
        return len(self._full_at)


class RateLimits:
    """What each caller may do in a second, in one of so many workers."""

    def __init__(self, workers: int = 1, seconds: Seconds = time.monotonic, most: int = MOST_NAMES) -> None:
        self._workers = workers
        self._buckets = Buckets(seconds, most)

    def wait_seconds(self, caller: Caller) -> float:
        """Count a request: 0.0 if it may go on, else the seconds until the next one may."""
        if caller.requests_per_second is None:
            return 0.0
        share = 1 / self._workers
        return self._buckets.take(caller.name, caller.requests_per_second * share, max(1.0, caller.burst * share))


class FailureLimits:
    """How often an address may come with a key that isn't good.

    It decides only what a bad key is answered. A good one passes from any address: behind a balancer all callers may
    share one, and whoever sends it bad keys must not lock the others out. Keys can't be guessed, so nothing is lost.
    """

    def __init__(self, seconds: Seconds = time.monotonic, most: int = MOST_NAMES) -> None:
        self._buckets = Buckets(seconds, most)

    def wait_seconds(self, address: str) -> float:
        """Count a failure: 0.0 while there were few, else the seconds until the next one is counted as one of few."""
        return self._buckets.take(_network(address), FAILURES_PER_SECOND, FAILURES_AT_ONCE)


def _network(address: str) -> str:
    """An address; of IPv6 the /64, since who has one address has all of these."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
