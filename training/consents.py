"""Which merchants agreed to be charged: no event says it, so a file does."""

from __future__ import annotations

from pathlib import Path


def read_consents(path: Path) -> frozenset[str]:
    """The merchants' ids in a file, one a line.

    Raises:
        ValueError: it can't be read.
    """
    try:
        return frozenset(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: can't be read; give a file of merchants' ids, one a line") from error
