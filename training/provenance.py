"""Which code made a model: the commit of the checkout that this package lies in."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from pathlib import Path
from typing import Final

NO_COMMIT: Final = "none"
CHANGES: Final = "+changes"
_PATIENCE_SECONDS: Final = 10


def clearclaim_version() -> str:
    """The version of this package."""
    return importlib.metadata.version("clearclaim")


def git_commit(file: Path = Path(__file__)) -> str:
    """The commit that a file was checked out from, with "+changes" where tracked files differ from it.

    "none" where the file belongs to no repository: installed packages that happen to lie within somebody's checkout
    aren't part of it. Files that git doesn't know are not looked at, since data and databases lie about everywhere.
    """
    if _git(file.parent, "ls-files", "--error-unmatch", file.name) is None:
        return NO_COMMIT
    # by its hash alone, which a tag would hide
    commit = _git(file.parent, "describe", "--always", "--abbrev=40", "--exclude=*", f"--dirty={CHANGES}")
    return commit or NO_COMMIT


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None where it refuses, is missing or takes too long."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the arguments are ours
            [git, "-C", folder, *arguments], capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout.strip()
