"""What is done for cases beside the requests: one thread that does one thing after the other, about once a second."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from features.store import Store
from serving.access.redaction import error_line
from serving.background import Background

LOGGER: Final = logging.getLogger("clearclaim.cases")
SECONDS: Final = 1.0


class CaseKeeper:
    """Does tasks in turn until it is stopped. Several processes may do so on one store: tasks see to it themselves.

    Args:
        store: whose cases are kept; messages name it.
        tasks: each by the name that its failures are logged under, in the order in which they are done.
        seconds: between the end of one turn and the beginning of the next.
    """

    def __init__(
        self, store: Store, tasks: Sequence[tuple[str, Callable[[], object]]], *, seconds: float = SECONDS
    ) -> None:
        self._store, self._tasks = store, tuple(tasks)
        self._failing: set[str] = set()
        self._stopped = False
        self._background = Background("clearclaim-cases", seconds, self.turn)

    def start(self) -> None:
        """Begin, and return at once."""
        self._background.start()

    def stop(self) -> None:
        """Begin no more tasks, and wait a little for the one that is being done."""
        self._stopped = True
        self._background.stop()

    def turn(self) -> None:
        """Do each task once. What one raises is logged, the first time in a row, and keeps no other from its turn."""
        for name, task in self._tasks:
            if self._stopped:
                return
            try:
                task()
            except Exception as error:  # noqa: BLE001 - whatever goes wrong in one, the others go on
                self._note_failure(name, error)
            else:
                self._failing.discard(name)

    def _note_failure(self, name: str, error: Exception) -> None:
        if name not in self._failing:
            LOGGER.error("cases of %s, %s: %s; it is tried again", self._store.name, name, error_line(error))
        self._failing.add(name)
