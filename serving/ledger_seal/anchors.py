"""Heads of the chain, kept in a file: one JSON object a line. Who rewrites the database can't rewrite it there.

The file is worth something only where those who can write the database can't write it: on another machine, in a mail.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from serving.ledger_seal.chain import SealError
from serving.ledger_seal.tables import Seal


@dataclass(frozen=True, slots=True)
class Anchor:
    """The number and hash of a seal as a file has them, and where: the file and its line."""

    number: int
    hash: str
    place: str


def read_anchors(path: Path) -> list[Anchor]:
    """The heads that a file keeps.

    Raises:
        SealError: it can't be read, or a line of it is no anchor.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise SealError(f"{path}: no such file; name the one that 'ledger seal --anchor' wrote") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SealError(f"{path}: can't be read as text; name the file that 'ledger seal --anchor' wrote") from error
    return [_anchor(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def append_anchors(path: Path, seals: Iterable[Seal]) -> int:
    """Add seals to a file, flushed to the disk before it returns; return how many.

    Raises:
        SealError: it can't be written.
    """
    lines = [f"{anchor_line(seal)}\n" for seal in seals]
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SealError(f"{path}: can't be written ({error.strerror}); choose another file") from error
    return len(lines)


def anchor_line(seal: Seal) -> str:
    """A seal as a line of the file."""
    said = {
        "number": seal.number,
        "hash": seal.root_hash,
        "to_ms": seal.to_ms,
        "rows": seal.rows,
        "sealed_at_ms": seal.sealed_at_ms,
        "keyed": seal.key_id is not None,
    }
    return json.dumps(said, separators=(",", ":"))


def _anchor(line: str, place: str) -> Anchor:
    try:
        said = json.loads(line)
        number, digest = said["number"], said["hash"]
    except (ValueError, TypeError, KeyError) as error:
        raise SealError(f"{place}: no anchor; a line is what 'ledger seal --anchor' writes") from error
    if not (type(number) is int and isinstance(digest, str)):
        raise SealError(f"{place}: number or hash is of a wrong sort; a line is what 'ledger seal --anchor' writes")
    return Anchor(number, digest, place)
