"""The model bundle: a folder of text files that says all a service needs of a model, checked before it is used.

| file | what it holds |
|---|---|
| `abuse.txt` | the abuse model, as LightGBM writes it |
| `recovery.txt` | the recovery model, likewise, on the same columns; empty where none could be learned |
| `calibration.json` | from the raw score of each to its probability; `null` for a recovery model that isn't there |
| `columns.json` | the columns in order, each with its reason code, and the hash of the catalogue they come from |
| `reasons.json` | what each reason code says, per language |
| `text.json` | what reads the free text of claims, as weights of n-grams; `null` where none was learned |
| `probes.json` | rows, and what LightGBM's own predict made of them; `null` where there are none |
| `card.md`, `card.html` | the model's card, for people; the page is empty where nobody made one |
| `manifest.json` | SHA-256 of each of these, the version made from them, and how the model was trained |

Training writes it, the service reads it, and no pickle is in it.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, JsonValue, RootModel

from serving.booster import Booster, BundleError
from serving.bundle_files import (
    FORMAT,
    WRITE_AGAIN,
    FileShape,
    Manifest,
    parse_shape,
    read_files,
    sha256,
    to_json,
    version_of,
)
from serving.calibration import Calibration
from serving.probes import PROBES_FILE, Probes, check_shape, parse_probes, probes_json
from serving.text import file as text_file
from serving.text.columns import TEXT_COLUMNS
from serving.text.reader import TextReader

__all__ = [
    "FORMAT",
    "LANGUAGES",
    "Bundle",
    "BundleContents",
    "BundleError",
    "ModelColumn",
    "RecoveryHead",
    "check_catalog",
    "read_bundle",
    "write_bundle",
]

LANGUAGES: Final = ("en", "zh-CN")  # each reason has a text in each


@dataclass(frozen=True, slots=True)
class ModelColumn:
    """One column of the model: its name in the catalogue, and the reason code under which it speaks."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecoveryHead:
    """What tells the share of an advance that comes back from the merchant, on the columns of the abuse model."""

    model_text: str
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class BundleContents:
    """What a bundle says. `reason_texts` maps reason code to language to text; `training` holds what made the model
    (window, parameters, run), `metrics` how good it was, `versions` those of the packages used. Without a `recovery`
    model, the policy says what is believed about advances.

    With a `reader` of texts, the last columns are `serving.text.columns.TEXT_COLUMNS`; without one, none of them is.
    Without `probes`, a service can only tell whether its own ways of scoring agree.
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
    reader: TextReader | None = None
    recovery: RecoveryHead | None = None
    probes: Probes | None = None
    card_html: str = ""

    @property
    def catalog_columns(self) -> int:
        """How many of the columns the catalogue makes; those of the text come after them."""
        return len(self.columns) - (0 if self.reader is None else len(TEXT_COLUMNS))


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk that passed every check. The same content has the same `model_version`, whenever written."""

    path: Path
    model_version: str
    contents: BundleContents


class _Columns(FileShape):
    catalog_hash: str
    columns: tuple[ModelColumn, ...]


class _Calibrations(FileShape):
    abuse: JsonValue
    recovery: JsonValue


class _Reasons(RootModel[dict[str, dict[str, str]]]):
    model_config = ConfigDict(frozen=True, strict=True)


def read_bundle(path: Path) -> Bundle:
    """Read a bundle and check all of it: format, hashes, model, calibration, columns and reasons.

    Raises:
        BundleError: one line that names the folder, the file in it, what is wrong, and what to do.
    """
    try:
        manifest, texts = read_files(path)
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
    recovery = contents.recovery
    calibrations = {
        "abuse": contents.calibration.to_json(),
        "recovery": None if recovery is None else recovery.calibration.to_json(),
    }
    texts = {
        "abuse.txt": contents.model_text,
        "recovery.txt": "" if recovery is None else recovery.model_text,
        "calibration.json": to_json("calibration.json", calibrations),
        "card.html": contents.card_html,
        "card.md": contents.card,
        "columns.json": to_json(
            "columns.json",
            {"catalog_hash": contents.catalog_hash, "columns": [asdict(column) for column in contents.columns]},
        ),
        PROBES_FILE: to_json(PROBES_FILE, probes_json(contents.probes)),
        "reasons.json": to_json("reasons.json", {code: dict(texts) for code, texts in contents.reason_texts.items()}),
        "text.json": to_json("text.json", None if contents.reader is None else text_file.to_json(contents.reader)),
    }
    hashes = {name: sha256(text.encode()) for name, text in sorted(texts.items())}
    manifest = {
        "format": FORMAT,
        "model_version": version_of(hashes),
        "created_at_ms": contents.created_at_ms,
        "files": hashes,
        "training": dict(contents.training),
        "metrics": dict(contents.metrics),
        "versions": dict(contents.versions),
    }
    return {**texts, "manifest.json": to_json("manifest.json", manifest)}


def _parse(texts: Mapping[str, str], manifest: Manifest) -> BundleContents:
    columns = parse_shape("columns.json", texts["columns.json"], _Columns)
    calibration, of_recovery = _parse_calibrations(texts["calibration.json"])
    try:
        written = json.loads(texts["text.json"])
        reader = None if written is None else text_file.from_json(written)
    except ValueError as error:
        raise BundleError(f"text.json: {error}; {WRITE_AGAIN}") from error
    return BundleContents(
        model_text=texts["abuse.txt"],
        calibration=calibration,
        catalog_hash=columns.catalog_hash,
        columns=columns.columns,
        reason_texts=parse_shape("reasons.json", texts["reasons.json"], _Reasons).root,
        card=texts["card.md"],
        created_at_ms=manifest.created_at_ms,
        training=manifest.training,
        metrics=manifest.metrics,
        versions=manifest.versions,
        reader=reader,
        recovery=_parse_recovery(texts["recovery.txt"], of_recovery),
        probes=parse_probes(texts[PROBES_FILE]) if PROBES_FILE in texts else None,
        card_html=texts.get("card.html", ""),
    )


def _parse_calibrations(text: str) -> tuple[Calibration, Calibration | None]:
    """Those of the abuse model and of the recovery model."""
    content = parse_shape("calibration.json", text, _Calibrations)
    try:
        abuse = Calibration.from_json(content.abuse)
        return abuse, None if content.recovery is None else Calibration.from_json(content.recovery)
    except ValueError as error:
        raise BundleError(f"calibration.json: {error}; {WRITE_AGAIN}") from error


def _parse_recovery(model_text: str, calibration: Calibration | None) -> RecoveryHead | None:
    if calibration is None and model_text:
        raise BundleError(f"recovery.txt: has a model, and calibration.json none for it; {WRITE_AGAIN}")
    return None if calibration is None else RecoveryHead(model_text, calibration)


def _check(contents: BundleContents) -> None:
    """Hold the parts of a bundle against each other."""
    names = [column.name for column in contents.columns]
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise BundleError(f"columns.json: column {repeated[0]} is listed twice; {WRITE_AGAIN}")
    _check_text_columns(names, contents)
    for column in contents.columns:
        for language in LANGUAGES:
            if not contents.reason_texts.get(column.reason, {}).get(language, "").strip():
                raise BundleError(f"reasons.json: {column.reason} has no text in {language}; add it and {WRITE_AGAIN}")
    _check_model("abuse.txt", contents.model_text, names)
    if contents.recovery is not None:
        _check_model("recovery.txt", contents.recovery.model_text, names)
    check_shape(contents.probes, len(names), recovers=contents.recovery is not None)


def _check_model(file: str, model_text: str, names: list[str]) -> None:
    try:
        with Booster(model_text) as booster:
            _check_columns(names, booster)
    except BundleError as error:
        raise BundleError(f"{file}: {error}") from error


def _check_columns(names: list[str], booster: Booster) -> None:
    if len(names) != booster.n_columns:
        raise BundleError(
            f"the model takes {booster.n_columns} columns and columns.json lists {len(names)}; {WRITE_AGAIN}"
        )
    # A model trained on a bare matrix calls its columns Column_0, Column_1 ...: it has no names to compare.
    unnamed = [f"Column_{number}" for number in range(len(names))]
    for name, model_name, placeholder in zip(names, booster.column_names, unnamed, strict=True):
        if model_name not in {name, placeholder}:
            raise BundleError(f"the model's column {model_name} is {name} in columns.json; {WRITE_AGAIN}")


def _check_text_columns(names: list[str], contents: BundleContents) -> None:
    """With a reader of texts, its columns are the last ones; without one, there are none."""
    of_text = [column.name for column in TEXT_COLUMNS]
    expected = [] if contents.reader is None else of_text
    if [name for name in names if name in of_text] != expected or names[contents.catalog_columns :] != expected:
        must = "has a reader, so columns.json must end" if expected else "has no reader, so columns.json can't go"
        raise BundleError(f"text.json: {must} with {of_text[0]} to {of_text[-1]}; {WRITE_AGAIN}")
