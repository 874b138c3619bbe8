"""A folder that appears whole or not at all, with a manifest that tells whether a file in it was changed since."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from training.stored.hashing import file_hash

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1


class StoredError(ValueError):
    """A folder that can't be used: the message says which, why, and what to do."""


@contextmanager
def appearing_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `path` once all went well, and is gone if it did not.

    Raises:
        StoredError: if what is there now wasn't made in this way, so that nobody's files are deleted.
    """
    if path.exists() and (not path.is_dir() or (any(path.iterdir()) and not (path / MANIFEST).is_file())):
        raise StoredError(f"{path} is there and was not made by this command; name another folder, or empty it")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    before = path.with_name(f".{path.name}.{os.getpid()}.before")
    try:
        unfinished.mkdir()
        yield unfinished
        if path.exists():
            path.rename(before)
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write facts beside the size and SHA-256 of each file that is in the folder."""
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": file_hash(path)}
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    }
    text = json.dumps({"format": FORMAT, **facts, "files": files}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The facts of a folder, once all of its files are found to be as they were written.

    Raises:
        StoredError: if the manifest or a file is missing, or isn't as it was.
    """
    try:
        facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {name: (each["bytes"], each["sha256"]) for name, each in facts["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoredError(f"{folder}: no readable {MANIFEST} ({type(error).__name__}); make the folder anew") from error
    if facts.get("format") != FORMAT:
        raise StoredError(f"{folder}: format {facts.get('format')} instead of {FORMAT}; make the folder anew")
    for name, (size, digest) in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or file_hash(path) != digest:
            raise StoredError(f"{path} is missing or was changed since it was written; make the folder anew")
    return dict(facts)
