"""A console's people on a store of its own, with a clock that stands still and hashes that cost next to nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from features.store import Store
from serving.console.sign_in.opening import SignInParts, open_sign_in
from serving.console.sign_in.passwords import Passwords
from serving.console.sign_in.signing_in import SignedIn
from tests.unit.serving.console.visiting import NOW_MS

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
PASSWORD = "green tea, two cups"  # noqa: S105 - of nobody


def quick_passwords(**changed: Any) -> Passwords:
    """Hashes without the price that makes them strong."""
    return Passwords(**{"time_cost": 1, "memory_kib": 8, "per_second": 1e9, "burst": 1e9, **changed})


@dataclass
class Front:
    """One process: its parts of sign-in, by a clock that a test moves."""

    store: Store
    parts: SignInParts = field(init=False)
    ms: int = NOW_MS

    def __post_init__(self) -> None:
        self.parts = open_sign_in(self.store, lambda: self.ms, quick_passwords())

    def add(self, name: str = "ann", role: Any = "reviewer") -> None:
        """Somebody whose password is their own."""
        self.parts.people.add(name, role, by="ada", password=PASSWORD)

    def enter(self, name: str = "ann", password: str = PASSWORD, **how: Any) -> SignedIn | None:
        """Sign in."""
        return self.parts.sign_in.sign_in(name, password, **how)

    def entered(self, name: str = "ann", password: str = PASSWORD, **how: Any) -> SignedIn:
        """Sign in, and be let in."""
        signed_in = self.enter(name, password, **how)
        assert signed_in is not None
        return signed_in

    def is_in(self, cookie: str) -> bool:
        """Whether a cookie stands for a session now."""
        return self.parts.sessions.find(cookie) is not None

    def guess(self, times: int, name: str = "ann", **how: Any) -> None:
        """Guess wrongly."""
        for _ in range(times):
            assert self.enter(name, "a wrong one, surely", **how) is None
