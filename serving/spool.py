"""Where answers wait that the store couldn't take: a folder with a file for each, on disk before the answer leaves.

All workers of a machine share it. A claim's file is made once and never changed, so a repeated request gets the answer
that was given; once the store has the claim, the file goes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

REFUSED: Final = "refused"  # a folder for answers that the store can't take, for people to look at


class SpoolError(OSError):
    """The spool can't take an answer, either: the disk is full, or gone."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One claim and the answer that was given to it, both as JSON."""

    claim_id: str
    content_hash: str
    claim: str
    answer: str
    at_ms: int


class Spool:
    """Keeps answers until the store has them. The folder is made with the first one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, claim_id: str) -> Spooled | None:
        """The answer that waits for a claim, or None."""
        return _read(self._path(claim_id))

    def has(self, claim_id: str) -> bool:
        """Whether an answer waits for a claim; quick, as it is asked for every one."""
        return os.path.exists(self._path(claim_id))  # noqa: PTH110 - a third of the time

    def keep(self, spooled: Spooled) -> Spooled:
        """Put an answer on disk for good, unless one is there; return the one that is there then.

        Raises:
            SpoolError: it can't be kept.
        """
        path = self._path(spooled.claim_id)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as file:
                json.dump(asdict(spooled), file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another worker was quicker with the same claim
                os.link(part, path)
            _sync_folder(self.folder)
            there = _read(path)
        except OSError as error:
            raise SpoolError(error.errno, f"{self.folder}: can't keep an answer ({error.strerror})") from error
        finally:
            with suppress(OSError):
                part.unlink()
        return spooled if there is None else there

    def waiting(self) -> Iterator[Spooled]:
        """The answers that wait, the oldest first."""
        found = (_read(path) for path in self._files())
        yield from sorted((each for each in found if each is not None), key=lambda each: each.at_ms)

    def count(self) -> int:
        """How many answers wait."""
        return sum(1 for _ in self._files())

    def done(self, spooled: Spooled) -> None:
        """Forget an answer that the store has now."""
        self._path(spooled.claim_id).unlink(missing_ok=True)

    def refuse(self, spooled: Spooled) -> None:
        """Lay an answer aside that the store will never take."""
        aside = self.folder / REFUSED
        aside.mkdir(exist_ok=True)
        path = self._path(spooled.claim_id)
        path.replace(aside / path.name)

    def _files(self) -> Iterator[Path]:
        return self.folder.glob("*.json")

    def _path(self, claim_id: str) -> Path:
        # an id may hold what no file's name can
        return self.folder / f"{hashlib.sha256(claim_id.encode()).hexdigest()}.json"


def _read(path: Path) -> Spooled | None:
    try:
        return Spooled(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
