"""Argon2id, no more at a time than claims can spare.

A hash takes 24 ms of a core and 19 MB, on purpose. So whoever sends sign-ins as fast as he can would take the machine
from the claims: at most two are computed at once in a process, and no more than some in a second; who comes beyond is
told to try again. Sessions that are open need no hash and go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from serving.access.limits import Buckets
from serving.console.sign_in.password_rules import LONGEST, normal

# OWASP, Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes and one lane
TIME_COST: Final = 2
MEMORY_KIB: Final = 19_456
AT_ONCE: Final = 2
PER_SECOND: Final = 5.0
BURST: Final = 10.0


class TooManyAtOnceError(RuntimeError):
    """More passwords are being checked than this process may; try again in a moment."""


class Passwords:
    """Makes and compares the hashes of passwords. May be shared between threads.

    Args:
        time_cost: passes over the memory.
        memory_kib: of each hash.
        at_once: how many may be computed at the same time.
        per_second: how many may be computed in a second, in the long run.
        burst: how many may come together before that counts.
        seconds: a clock that only goes forward.
    """

    def __init__(
        self,
        *,
        time_cost: int = TIME_COST,
        memory_kib: int = MEMORY_KIB,
        at_once: int = AT_ONCE,
        per_second: float = PER_SECOND,
        burst: float = BURST,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._nobodys = self._hasher.hash("nobody has this one")
        self._free = threading.BoundedSemaphore(at_once)
        self._buckets, self._per_second, self._burst = Buckets(seconds), per_second, burst
        self._counting = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A turn at hashing, for one attempt. Nobody waits for it: a thread that waits would be missed elsewhere.

        Raises:
            TooManyAtOnceError: if there is none now.
        """
        if not self._free.acquire(blocking=False):
            raise TooManyAtOnceError
        try:
            with self._counting:
                if self._buckets.take("", self._per_second, self._burst):
                    raise TooManyAtOnceError
            yield
        finally:
            self._free.release()

    def hash(self, password: str) -> str:
        """What is stored in the place of a password: Argon2id, with a salt and the parameters."""
        return self._hasher.hash(normal(password))

    def matches(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password of a hash. Where there is no hash it takes as long, and isn't."""
        given = normal(password)
        try:
            is_it = self._hasher.verify(self._nobodys if hashed is None else hashed, given[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
        return is_it and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Whether a hash was made with other parameters than are in force now."""
        return self._hasher.check_needs_rehash(hashed)
