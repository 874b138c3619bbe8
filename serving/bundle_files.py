"""The files of a bundle: text, hashed, named one by one in a manifest. What they mean is `serving.bundle`'s concern."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from serving.booster import BundleError

FORMAT: Final = 5
HASHED_FILES: Final = (
    "abuse.txt",
    "calibration.json",
    "card.html",
    "card.md",
    "columns.json",
    "probes.json",
    "reasons.json",
    "recovery.txt",
    "text.json",
)
_ADDED: Final = {"probes.json": 4, "card.html": 5}  # files that bundles have only since a format
_OLDEST_FORMAT: Final = 3
WRITE_AGAIN: Final = "write the bundle again"
_COPY_AGAIN: Final = "copy the bundle again, whole"

_Shape = TypeVar("_Shape", bound=BaseModel)


class FileShape(BaseModel):
    """JSON with these keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Format(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)
    format: int


class Manifest(FileShape):
    """What `manifest.json` holds."""

    format: int
    model_version: str
    created_at_ms: int
    files: dict[str, str]
    training: dict[str, JsonValue]
    metrics: dict[str, JsonValue]
    versions: dict[str, str]


def read_files(path: Path) -> tuple[Manifest, dict[str, str]]:
    """The manifest of a bundle's folder and the text of each file that it lists, all of them as they were written.

    A bundle of an older format may lack files that came later.

    Raises:
        BundleError: names the file, says what is wrong, and what to do.
    """
    manifest = _read_manifest(path)
    return manifest, {name: _read_hashed(path, name, manifest.files[name]) for name in sorted(manifest.files)}


def to_json(name: str, content: object) -> str:
    """A file's content as JSON, in a form that depends on the content alone.

    Raises:
        BundleError: if it can't be written as JSON.
    """
    try:
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise BundleError(f"{name}: can't be written as JSON ({error}); leave that value out") from error


def sha256(content: bytes) -> str:
    """The hex digits of a file's SHA-256."""
    return hashlib.sha256(content).hexdigest()


def version_of(hashes: Mapping[str, str]) -> str:
    """The version that belongs to the hashes of all files, by name."""
    return sha256("".join(f"{name} {hashes[name]}\n" for name in sorted(hashes)).encode())[:12]


def read_model_version(path: Path) -> str:
    """The version of a bundle as its manifest has it, without a look at its other files.

    Raises:
        BundleError: the manifest can't be read.
    """
    return _read_manifest(path).model_version


def _read_manifest(path: Path) -> Manifest:
    text = _decode("manifest.json", _read(path, "manifest.json"))
    # The format is looked at first: a newer one may well have other keys, and the advice is then another.
    found = parse_shape("manifest.json", text, _Format).format
    if not _OLDEST_FORMAT <= found <= FORMAT:
        advice = "train the model again" if found < FORMAT else WRITE_AGAIN
        raise BundleError(
            f"manifest.json: format {found}, and this release reads {_OLDEST_FORMAT} to {FORMAT}; {advice}"
        )
    manifest = parse_shape("manifest.json", text, Manifest)
    files = [name for name in HASHED_FILES if _ADDED.get(name, 0) <= found]
    if set(manifest.files) != set(files):
        raise BundleError(f"manifest.json: must list exactly {', '.join(files)}; {WRITE_AGAIN}")
    if manifest.model_version != version_of(manifest.files):
        raise BundleError(f"manifest.json: model_version doesn't belong to the listed hashes; {_COPY_AGAIN}")
    return manifest


def _read(path: Path, name: str) -> bytes:
    try:
        return (path / name).read_bytes()
    except OSError as error:
        raise BundleError(f"{name}: can't be read ({error.strerror}); {_COPY_AGAIN}") from error


def _read_hashed(path: Path, name: str, expected: str) -> str:
    content = _read(path, name)
    if sha256(content) != expected:
        raise BundleError(f"{name}: differs from its SHA-256 in manifest.json; {_COPY_AGAIN}")
    return _decode(name, content)


def _decode(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BundleError(f"{name}: not UTF-8; {WRITE_AGAIN}") from error


def parse_shape(name: str, text: str, shape: type[_Shape]) -> _Shape:
    """Read a JSON file into a shape.

    Raises:
        BundleError: for the first key that doesn't fit.
    """
    try:
        return shape.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "content"
        raise BundleError(f"{name}: {key}: {first['msg']}; {WRITE_AGAIN}") from error
