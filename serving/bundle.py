"""The model bundle: a folder of text files that says all a service needs of a model, checked before it is used.

| file | what it holds |
|---|---|
| `abuse.txt` | the model, as LightGBM writes it |
| `calibration.json` | from its raw score to the abuse probability |
| `columns.json` | its columns in order, each with its reason code, and the hash of the catalogue they come from |
| `reasons.json` | what each reason code says, per language |
| `card.md` | the model's card, for people |
| `manifest.json` | SHA-256 of each of these, the version made from them, and how the model was trained |

Training writes it, the service reads it, and no pickle is in it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, RootModel, ValidationError

from serving.booster import Booster, BundleError
from serving.calibration import Calibration

__all__ = [
    "FORMAT",
    "LANGUAGES",
    "Bundle",
    "BundleContents",
    "BundleError",
    "ModelColumn",
    "check_catalog",
    "read_bundle",
    "write_bundle",
]

FORMAT: Final = 1
LANGUAGES: Final = ("en", "zh-CN")  # each reason has a text in each
HASHED_FILES: Final = ("abuse.txt", "calibration.json", "card.md", "columns.json", "reasons.json")
_WRITE_AGAIN: Final = "write the bundle again"
_COPY_AGAIN: Final = "copy the bundle again, whole"

_Shape = TypeVar("_Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ModelColumn:
    """One column of the model: its name in the catalogue, and the reason code under which it speaks."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class BundleContents:
    """What a bundle says. `reason_texts` maps reason code to language to text; `training` holds what made the model
    (window, parameters, run), `metrics` how good it was, `versions` those of the packages used.
    """

    model_text: str
    calibration: Calibration
    catalog_hash: str
    columns: tuple[ModelColumn, ...]
    reason_texts: Mapping[str, Mapping[str, str]]
    card: str
    created_at_ms: int
    training: Mapping[str, JsonValue]
    metrics: Mapping[str, JsonValue]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk that passed every check. The same content has the same `model_version`, whenever written."""

    path: Path
    model_version: str
    contents: BundleContents


class _FileShape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Columns(_FileShape):
    catalog_hash: str
    columns: tuple[ModelColumn, ...]


class _Reasons(RootModel[dict[str, dict[str, str]]]):
    model_config = ConfigDict(frozen=True, strict=True)


class _Format(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)
    format: int


class _Manifest(_FileShape):
    format: int
    model_version: str
    created_at_ms: int
    files: dict[str, str]
    training: dict[str, JsonValue]
    metrics: dict[str, JsonValue]
    versions: dict[str, str]


def read_bundle(path: Path) -> Bundle:
    """Read a bundle and check all of it: format, hashes, model, calibration, columns and reasons.

    Raises:
        BundleError: one line that names the folder, the file in it, what is wrong, and what to do.
    """
    try:
        manifest = _read_manifest(path)
        texts = {name: _read_hashed(path, name, manifest.files[name]) for name in HASHED_FILES}
        contents = _parse(texts, manifest)
        _check(contents)
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from error
    return Bundle(path, manifest.model_version, contents)


def write_bundle(path: Path, contents: BundleContents) -> Bundle:
    """Write a bundle into a new (or empty) folder, whole or not at all, and return it.

    Raises:
        BundleError: the contents don't pass the checks of `read_bundle`, or the folder can't be written or is in use.
    """
    partial = path.parent / f".{path.name}.{secrets.token_hex(4)}.partial"
    try:
        _check(contents)
        texts = _file_texts(contents)
        partial.mkdir(parents=True)
        for name, text in texts.items():
            (partial / name).write_bytes(text.encode())
        # A rename puts the folder in place at once, and fails where a folder with something in it stands.
        partial.rename(path)
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from error
    except OSError as error:
        raise BundleError(f"{path}: can't be written ({error.strerror}); choose a new folder") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return read_bundle(path)


def check_catalog(bundle: Bundle, catalog_hash: str) -> None:
    """Refuse a bundle whose columns were made from another catalogue of features than the given one.

    Raises:
        BundleError: the hashes differ.
    """
    trained_on = bundle.contents.catalog_hash
    if trained_on != catalog_hash:
        raise BundleError(
            f"{bundle.path}: columns.json: model {bundle.model_version} was trained on feature catalogue {trained_on}, "
            f"and this service computes {catalog_hash}; train it again, or run the release it was trained with"
        )


def _file_texts(contents: BundleContents) -> dict[str, str]:
    texts = {
        "abuse.txt": contents.model_text,
        "calibration.json": _to_json("calibration.json", contents.calibration.to_json()),
        "card.md": contents.card,
        "columns.json": _to_json(
            "columns.json",
            {"catalog_hash": contents.catalog_hash, "columns": [asdict(column) for column in contents.columns]},
        ),
        "reasons.json": _to_json("reasons.json", {code: dict(texts) for code, texts in contents.reason_texts.items()}),
    }
    hashes = {name: _sha256(text.encode()) for name, text in sorted(texts.items())}
    manifest = {
        "format": FORMAT,
        "model_version": _version(hashes),
        "created_at_ms": contents.created_at_ms,
        "files": hashes,
        "training": dict(contents.training),
        "metrics": dict(contents.metrics),
        "versions": dict(contents.versions),
    }
    return {**texts, "manifest.json": _to_json("manifest.json", manifest)}


def _to_json(name: str, content: object) -> str:
    try:
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise BundleError(f"{name}: can't be written as JSON ({error}); leave that value out") from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _version(hashes: Mapping[str, str]) -> str:
    return _sha256("".join(f"{name} {hashes[name]}\n" for name in sorted(hashes)).encode())[:12]


def _read_manifest(path: Path) -> _Manifest:
    text = _decode("manifest.json", _read(path, "manifest.json"))
    # The format is looked at first: a newer one may well have other keys, and the advice is then another.
    if (found := _parse_shape("manifest.json", text, _Format).format) != FORMAT:
        raise BundleError(f"manifest.json: format {found}, and this release reads {FORMAT}; {_WRITE_AGAIN}")
    manifest = _parse_shape("manifest.json", text, _Manifest)
    if set(manifest.files) != set(HASHED_FILES):
        raise BundleError(f"manifest.json: must list exactly {', '.join(HASHED_FILES)}; {_WRITE_AGAIN}")
    if manifest.model_version != _version(manifest.files):
        raise BundleError(f"manifest.json: model_version doesn't belong to the listed hashes; {_COPY_AGAIN}")
    return manifest


def _read(path: Path, name: str) -> bytes:
    try:
        return (path / name).read_bytes()
    except OSError as error:
        raise BundleError(f"{name}: can't be read ({error.strerror}); {_COPY_AGAIN}") from error


def _read_hashed(path: Path, name: str, sha256: str) -> str:
    content = _read(path, name)
    if _sha256(content) != sha256:
        raise BundleError(f"{name}: differs from its SHA-256 in manifest.json; {_COPY_AGAIN}")
    return _decode(name, content)


def _decode(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BundleError(f"{name}: not UTF-8; {_WRITE_AGAIN}") from error


def _parse(texts: Mapping[str, str], manifest: _Manifest) -> BundleContents:
    columns = _parse_shape("columns.json", texts["columns.json"], _Columns)
    try:
        calibration = Calibration.from_json(json.loads(texts["calibration.json"]))
    except ValueError as error:
        raise BundleError(f"calibration.json: {error}; {_WRITE_AGAIN}") from error
    return BundleContents(
        model_text=texts["abuse.txt"],
        calibration=calibration,
        catalog_hash=columns.catalog_hash,
        columns=columns.columns,
        reason_texts=_parse_shape("reasons.json", texts["reasons.json"], _Reasons).root,
        card=texts["card.md"],
        created_at_ms=manifest.created_at_ms,
        training=manifest.training,
        metrics=manifest.metrics,
        versions=manifest.versions,
    )


def _parse_shape(name: str, text: str, shape: type[_Shape]) -> _Shape:
    try:
        return shape.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "content"
        raise BundleError(f"{name}: {key}: {first['msg']}; {_WRITE_AGAIN}") from error


def _check(contents: BundleContents) -> None:
    """Hold the parts of a bundle against each other."""
    names = [column.name for column in contents.columns]
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise BundleError(f"columns.json: column {repeated[0]} is listed twice; {_WRITE_AGAIN}")
    for column in contents.columns:
        for language in LANGUAGES:
            if not contents.reason_texts.get(column.reason, {}).get(language, "").strip():
                raise BundleError(f"reasons.json: {column.reason} has no text in {language}; add it and {_WRITE_AGAIN}")
    try:
        with Booster(contents.model_text) as booster:
            _check_columns(names, booster)
    except BundleError as error:
        raise BundleError(f"abuse.txt: {error}") from error


def _check_columns(names: list[str], booster: Booster) -> None:
    if len(names) != booster.n_columns:
        raise BundleError(
            f"the model takes {booster.n_columns} columns and columns.json lists {len(names)}; {_WRITE_AGAIN}"
        )
    # A model trained on a bare matrix calls its columns Column_0, Column_1 ...: it has no names to compare.
    unnamed = [f"Column_{number}" for number in range(len(names))]
    for name, model_name, placeholder in zip(names, booster.column_names, unnamed, strict=True):
        if model_name not in {name, placeholder}:
            raise BundleError(f"the model's column {model_name} is {name} in columns.json; {_WRITE_AGAIN}")
