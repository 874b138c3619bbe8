"""The keys that a machine's workers read last, in a file: for a worker that starts while the store is away.

Its neighbours go on with the keys that they hold in memory, for an hour after they read them last; with this file it
does the same, and not a minute longer. A key that was revoked while the whole machine was off may open until then,
but only while the store is away. Nothing that opens anything can be read out of the file: it holds hashes of secrets,
as the table does. Whoever could write it could let himself in, so one that others may touch isn't believed.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from serving.access.key_table import ApiKey

FILE_NAME: Final = "keys"
KEEP_EVERY_MS: Final = 60_000  # where nothing has changed; so much earlier the hour may be over
LOGGER: Final = logging.getLogger("clearclaim.access")


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """Keys out of the file, and how long ago they were read out of the store."""

    keys: tuple[ApiKey, ...]
    age_seconds: float


class KeptKeys:
    """The file of one store's keys, written by all workers of a machine.

    Args:
        folder: of the file; it is made.
        store: the store's name: keys of another store open nothing here.
    """

    def __init__(self, folder: Path, store: str) -> None:
        self._path, self._store = folder / FILE_NAME, store
        self._kept: tuple[ApiKey, ...] | None = None
        self._kept_at_ms = 0
        self._fails = False

    def keep(self, keys: Iterable[ApiKey], now_ms: int) -> None:
        """Write down the keys that were read out of the store just now, if they changed or a minute is over."""
        found = tuple(keys)
        if found == self._kept and 0 <= now_ms - self._kept_at_ms < KEEP_EVERY_MS:
            return
        content = {"store": self._store, "read_at_ms": now_ms, "keys": [_fields(key) for key in found]}
        part = self._path.with_name(f"{FILE_NAME}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                part.unlink()
            number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump(content, file)
            part.replace(self._path)
        except OSError as error:
            if not self._fails:
                LOGGER.warning("%s: the keys can't be kept (%s)", self._path, error.strerror)
            self._fails = True
            return
        self._kept, self._kept_at_ms, self._fails = found, now_ms, False

    def find(self, now_ms: int) -> FoundKeys | None:
        """The keys that were kept last, whatever their age; None where there are none of this store to be believed."""
        try:
            with self._path.open(encoding="utf-8") as file:
                about = os.fstat(file.fileno())
                if about.st_uid != os.geteuid() or about.st_mode & 0o077:
                    LOGGER.warning("%s: others may write or read it, so its keys aren't believed", self._path)
                    return None
                content = json.load(file)
            age_ms = now_ms - content["read_at_ms"]
            if content["store"] != self._store or age_ms < 0:  # whose clock was ahead may be older than it says
                return None
            return FoundKeys(tuple(map(_key, content["keys"])), age_ms / 1000)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            LOGGER.warning("%s: the keys can't be read (%s)", self._path, type(error).__name__)
            return None


def _fields(key: ApiKey) -> dict[str, Any]:
    return {**asdict(key), "hash": key.hash.hex(), "scopes": sorted(key.scopes)}


def _key(fields: Mapping[str, Any]) -> ApiKey:
    return ApiKey(**{**fields, "hash": bytes.fromhex(fields["hash"]), "scopes": frozenset(fields["scopes"])})
