"""The one question that the edge asks before it reads a body: who is it, and may the request go on?"""

from __future__ import annotations

import logging
from typing import Final

from serving.access.callers import ANYBODY, Caller, Refusal, Scope
from serving.access.key_ring import KeyRing
from serving.access.limits import FailureLimits, RateLimits

LOGGER: Final = logging.getLogger("clearclaim.access")


class Admission:
    """Lets callers in, by their key, its scopes and its limit. Not for several threads at once.

    Args:
        ring: the keys; None lets anybody do anything (CLEARCLAIM_AUTH=off), which is logged as a warning.
        limits: what each caller may do in a second.
        failures: how often an address may fail.
    """

    def __init__(
        self, ring: KeyRing | None, limits: RateLimits | None = None, failures: FailureLimits | None = None
    ) -> None:
        self._ring = ring
        self._limits = limits or RateLimits()
        self._failures = failures or FailureLimits()
        if ring is None:
            LOGGER.warning(
                "CLEARCLAIM_AUTH IS OFF: ANYBODY WHO REACHES THIS SERVICE MAY DECIDE CLAIMS AND READ THEM; "
                "for trials on 127.0.0.1 only"
            )

    def admit(self, header: str | None, address: str, scopes: frozenset[Scope]) -> Caller | Refusal:
        """Let a request in, or say why not. Takes some microseconds and asks no store.

        Args:
            header: the Authorization header, or None.
            address: of the client, as the connection has it; what a header says of it, anybody could write.
            scopes: the key needs one of these.
        """
        if self._ring is None:
            return ANYBODY
        found = self._ring.authenticate(header)
        if isinstance(found, Refusal):
            return self._failed(found, address)
        wait = self._limits.wait_seconds(found)
        if wait > 0:
            return Refusal("too_many_requests", _too_many(found), wait)
        if not found.may(scopes):
            needed = " or ".join(sorted(scopes))
            return Refusal("wrong_scope", f"the key of {found.name} lacks the scope {needed}; ask the operator for it")
        return found

    def _failed(self, refusal: Refusal, address: str) -> Refusal:
        if refusal.reason != "unknown_caller":
            return refusal
        wait = self._failures.wait_seconds(address)
        if wait > 0:
            return Refusal("too_many_failures", "too many requests without a good key came from this address", wait)
        return refusal


def _too_many(caller: Caller) -> str:
    return (
        f"over the limit of {caller.name}, {caller.requests_per_second:g} requests a second in all workers; "
        "wait as Retry-After says, or ask the operator for more"
    )
