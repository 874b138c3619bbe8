"""Files into one zip that is the same for the same files: fixed times, fixed order, and a hash of each.

The hash that stands for a pack is that of its MANIFEST.json, which lists the hashes of all other files: another zlib
may compress the same files to other bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, Final

MANIFEST: Final = "MANIFEST.json"
SUMS: Final = "SHA256SUMS"
FORMAT: Final = "clearclaim evidence pack 1"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say; the moment is in the manifest
_PIECE: Final = 1 << 16


def write_zip(out: IO[bytes], files: Mapping[str, Iterable[bytes]], facts: Mapping[str, Any]) -> str:
    """Write files, then the manifest that lists them, then the sums of all; give the manifest's SHA-256, hex.

    Args:
        out: where to; it can be sought in.
        files: by name, each bit by bit, in the order in which they are written.
        facts: what the manifest says beside hashes.
    """
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for name, pieces in files.items():
            digest, size = _write(packed, name, pieces)
            listed.append({"name": name, "bytes": size, "sha256": digest})
        listed.sort(key=lambda each: each["name"])
        manifest = to_json({"format": FORMAT, **facts, "files": listed})
        manifest_hash, _ = _write(packed, MANIFEST, [manifest])
        sums = {**{each["name"]: each["sha256"] for each in listed}, MANIFEST: manifest_hash}
        _write(packed, SUMS, ["".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()])
    return manifest_hash


def to_json(value: object) -> bytes:
    """JSON for people and programs, in one form only."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=_plain) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def json_list(before: Mapping[str, Any], name: str, rows: Iterable[object]) -> Iterator[bytes]:
    """An object whose last field is a list of any length, never held as a whole."""
    head = json.dumps(before, indent=1, ensure_ascii=False, default=_plain)
    head = head[:-2] + ",\n" if before else "{\n"
    yield f"{head} {json.dumps(name)}: [".encode("utf-8", "backslashreplace")
    buffer = io.StringIO()
    separator = "\n"
    for row in rows:
        buffer.write(separator + json.dumps(row, ensure_ascii=False, allow_nan=False, default=_plain))
        separator = ",\n"
        if buffer.tell() > _PIECE:
            yield buffer.getvalue().encode("utf-8", "backslashreplace")
            buffer = io.StringIO()
    yield (buffer.getvalue() + "\n]}\n").encode("utf-8", "backslashreplace")


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON of a {type(value).__name__}")


def _write(packed: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # the same on every system
    info.external_attr = 0o644 << 16
    digest, size = hashlib.sha256(), 0
    with packed.open(info, "w", force_zip64=True) as file:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    return digest.hexdigest(), size
