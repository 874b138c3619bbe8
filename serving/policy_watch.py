"""The policy in force while the service runs: its file is looked at now and then, and taken up when it has changed.

A file that can't be used changes nothing: that is logged once, in one line, and the policy of before stays in force.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, TypeAlias

from serving.policy import Policy, PolicyError, parse_policy_text, read_policy

PolicySource: TypeAlias = Callable[[], Policy]
TakenUp: TypeAlias = Callable[[Policy, str], None]

LOOK_SECONDS: Final = 2.0  # an operator who saved a file sees it in the next answers; a look costs some microseconds
LOGGER: Final = logging.getLogger("clearclaim.policy")

_Stamp: TypeAlias = tuple[int, int, int] | None


class PolicyWatch:
    """Call it for the policy in force. May be shared between threads.

    Args:
        path: the policy's file.
        seconds: a clock that only goes forward; files change by this machine's time, whatever moment claims are of.
        taken_up: is told of each policy that comes into force, with the text of its file.

    Raises:
        PolicyError: the file can't be used; nothing is in force yet that could stay.
    """

    def __init__(
        self, path: Path, seconds: Callable[[], float] = time.monotonic, taken_up: TakenUp | None = None
    ) -> None:
        self._path, self._seconds, self._taken_up = path, seconds, taken_up
        self._lock = Lock()
        # the stamp first: what changes while the file is read is seen at the next look
        self._stamp = _stamp_of(path)
        self._policy = read_policy(path)
        self._looked_at = seconds()
        self.refused: str | None = None  # why the file can't be taken up as it is now
        self._tell()

    def __call__(self) -> Policy:
        """The policy in force now."""
        with self._lock:
            now = self._seconds()
            if now - self._looked_at >= LOOK_SECONDS:
                self._looked_at = now
                self._look()
            return self._policy

    def _look(self) -> None:
        stamp = _stamp_of(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        before = self._policy.version
        try:
            self._policy = read_policy(self._path)
        except PolicyError as error:
            self.refused = str(error)
            LOGGER.error("%s; until then policy %s stays in force", error, before)  # noqa: TRY400 - one line, no trace
            return
        self.refused = None
        if self._policy.version != before:
            LOGGER.info("%s: policy %s is in force now, in the place of %s", self._path, self._policy.version, before)
            self._tell()

    def _tell(self) -> None:
        if self._taken_up is None:
            return
        try:
            text = self._path.read_bytes().decode()
            same = parse_policy_text(text, str(self._path)).version == self._policy.version
        except (OSError, ValueError, PolicyError):
            return  # it is changing again: the next look tells
        if same:
            self._taken_up(self._policy, text)


def _stamp_of(path: Path) -> _Stamp:
    """What changes when a file is written or put in the place of another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
