"""Work that is done every so often beside the requests, in a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

LOGGER = logging.getLogger("clearclaim.background")


class InBackground(Protocol):
    """What works beside the requests from its start until it is stopped."""

    def start(self) -> None:
        """Begin, and return at once."""

    def stop(self) -> None:
        """End what is being done."""


class Background:
    """Does something every so many seconds until it is stopped, whatever goes wrong on the way.

    The thread is a daemon: a process that ends doesn't wait for it.

    Args:
        name: of the thread, for logs and profiles.
        seconds: between the end of one time and the beginning of the next.
        action: what to do; what it raises is logged in one line, the first time in a row, and it is done again.
    """

    def __init__(self, name: str, seconds: float, action: Callable[[], object]) -> None:
        self.name = name
        self._seconds, self._action = seconds, action
        self._over = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin; once it runs, a second call does nothing."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def stop(self, within_seconds: float = 5.0) -> None:
        """End it, and wait for what is being done just now, but no longer than that."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(within_seconds)

    def _run(self) -> None:
        failing = False
        while not self._over.wait(self._seconds):
            try:
                self._action()
                failing = False
            except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by nobody
                if not failing:
                    LOGGER.error("%s: %s: %s; it is tried again", self.name, type(error).__name__, error)  # noqa: TRY400
                failing = True
