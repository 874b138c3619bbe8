"""Brings what SQLite has written ahead into the database proper, beside those who write.

Left to itself SQLite does that in the middle of somebody's commit, who then waits a hundred times as long as usual.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from threading import Event, Thread
from typing import Final

EVERY_SECONDS: Final = 0.5
# Past so many pages written ahead (of 4 kB), writers have to wait for once: else the file would grow for ever where
# somebody is always reading.
MOST_PAGES: Final = 50_000
LOGGER: Final = logging.getLogger("clearclaim.store")


class Checkpointer:
    """A thread that does this until it is stopped. Any number of processes may have one for the same file."""

    def __init__(self, database: Path, every_seconds: float = EVERY_SECONDS) -> None:
        self._database, self._every_seconds = database, every_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="clearclaim-checkpoints", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after a last look."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        connection = sqlite3.connect(self._database, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            stopping = False
            while not stopping:
                stopping = self._stopping.wait(self._every_seconds)
                self._look(connection)
        finally:
            connection.close()

    def _look(self, connection: sqlite3.Connection) -> None:
        try:
            _, written, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if written > MOST_PAGES:
                connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except sqlite3.Error as error:
            LOGGER.warning("%s: what was written ahead can't be brought in now (%s)", self._database.name, error)
