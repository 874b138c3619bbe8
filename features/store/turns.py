"""Whose turn it is to write into an SQLite store: a lock of the operating system, beside the database's own.

SQLite lets one write at a time, and who waits sleeps in growing steps: writers that meet wait far longer than a write
takes. In a queue of the operating system the next one is woken at once. It orders those who come politely and protects
nothing: SQLite's own lock does.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock


class Turns:
    """One at a time, over all threads and processes that write into one file."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-turn")
        self._lock = Lock()  # between threads, which would share the file's lock
        self._file: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn, and have it."""
        with self._lock:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
