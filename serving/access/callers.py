"""Scopes, who calls, and why somebody is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Scope: TypeAlias = Literal["platform", "reviewer", "scientist", "auditor"]

SCOPES: Final[dict[Scope, str]] = {
    "platform": "scores claims, sends events, reads claims, decisions and policy cards",
    "reviewer": "reads claims and explanations, and rules on claims",
    "scientist": "reads decisions and explanations",
    "auditor": "reads all that can be read, and writes nothing",
}

Reason: TypeAlias = Literal[
    "unknown_caller", "wrong_scope", "too_many_requests", "too_many_failures", "keys_out_of_reach"
]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by a key that was found good.

    Attributes:
        name: of the user; limits are counted by it, so a second key doesn't double them.
        scopes: what the key may do.
        key_id: which of the user's keys it was.
        requests_per_second: over all workers; None for no limit.
        burst: how many requests may come at once, over all workers.
    """

    name: str
    scopes: frozenset[Scope]
    key_id: str = ""
    requests_per_second: float | None = None
    burst: int = 1

    def may(self, scopes: frozenset[Scope]) -> bool:
        """Whether one of these scopes is among the caller's."""
        return not self.scopes.isdisjoint(scopes)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further: `message` says what to do, `wait_seconds` when to try again, where that helps."""

    reason: Reason
    message: str
    wait_seconds: float | None = None


NOBODY: Final = Caller("nobody", frozenset())  # who calls what needs no key
ANYBODY: Final = Caller("anybody", frozenset(SCOPES))  # whoever calls while CLEARCLAIM_AUTH is off
