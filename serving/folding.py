"""A thread that brings spooled answers into the store as soon as it takes them again."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import Final

from serving.claim_desk import ClaimDesk
from serving.counter import STORE_FAILED, fold
from serving.spool import Spool

EVERY_SECONDS: Final = 2.0
LOGGER: Final = logging.getLogger("clearclaim.spool")


class Folder:
    """Folds until it is stopped. Every worker of a machine may have one: a claim comes in once."""

    def __init__(self, desk: ClaimDesk, spool: Spool, every_seconds: float = EVERY_SECONDS) -> None:
        self._desk, self._spool, self._every_seconds = desk, spool, every_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="clearclaim-folding", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_seconds):
            try:
                if folded := fold(self._desk, self._spool):
                    LOGGER.info("%s answers came from the spool into the store", folded)
            except STORE_FAILED:
                continue  # the claims' own failures say so; later
            except Exception:
                LOGGER.exception("the spool can't be folded in; it stays as it is")
