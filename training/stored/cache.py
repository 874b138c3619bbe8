"""A folder of vectors, each kept under the hash of what it was made from, so that they are computed once.

    CACHE/
      3f2a.../            one history of events under one catalogue
        vectors.parquet
        manifest.json

Another event, catalogue or version has another hash, so nothing stale is found. A file that was changed is noticed by
its own hash, and made again. Nothing is ever deleted: the folder, or a part of it, may go at any time.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.stored.folder import MANIFEST, StoredError, appearing_folder, read_manifest, write_manifest
from training.stored.hashing import HEX_DIGITS
from training.stored.vectors import StoredVectors, stored

VECTORS: Final = "vectors.parquet"


@dataclass(frozen=True, slots=True)
class Origin:
    """What vectors are made from: which engine did it plays no part."""

    events_hash: str
    catalog_hash: str

    @property
    def key(self) -> str:
        """First 16 hex digits of a SHA-256 over both, and over the version of this package."""
        version = importlib.metadata.version("clearclaim")
        return hashlib.sha256(f"{self.events_hash} {self.catalog_hash} {version}".encode()).hexdigest()[:HEX_DIGITS]

    def facts(self) -> dict[str, str]:
        """What a manifest says of it."""
        return {"key": self.key, "events_hash": self.events_hash, "catalog_hash": self.catalog_hash}


@dataclass(frozen=True, slots=True)
class Cache:
    """Vectors by what they were made from, in a folder that need not be there yet."""

    folder: Path

    def find(self, origin: Origin, columns: tuple[str, ...]) -> StoredVectors | None:
        """The vectors that were made from this; None if there are none.

        Raises:
            StoredError: if there are, but not as they were written.
        """
        entry = self.folder / origin.key
        return open_vectors(entry, origin, columns) if entry.exists() else None

    def add(self, origin: Origin, columns: tuple[str, ...], write: Callable[[Path], None]) -> StoredVectors:
        """Let a file of vectors be written, and keep it in place of one that may be there."""
        entry = self.folder / origin.key
        if entry.exists() and not (entry / MANIFEST).is_file():
            raise StoredError(f"{entry} has no {MANIFEST}; delete that folder")
        with appearing_folder(entry) as unfinished:
            write(unfinished / VECTORS)
            write_manifest(unfinished, origin.facts())
        return stored(entry / VECTORS, columns)

    def size(self) -> tuple[int, int]:
        """How many vectors' files are kept, and how many bytes they take."""
        files = list(self.folder.glob(f"*/{VECTORS}"))
        return len(files), sum(path.stat().st_size for path in files)


def open_vectors(folder: Path, origin: Origin, columns: tuple[str, ...]) -> StoredVectors:
    """The vectors in a folder: a cache's entry, or a dataset.

    Raises:
        StoredError: if they were made from something else, or changed since.
    """
    facts = read_manifest(folder)
    for name, value in origin.facts().items():
        if facts.get(name) != value:
            raise StoredError(
                f"{folder} was made from something else: its {name} is {facts.get(name)}, and now it is {value}; "
                "make the folder anew"
            )
    return stored(folder / VECTORS, columns)
