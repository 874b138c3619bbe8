"""Mapping files: finding one by path or shipped name, and reading it."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from training.load.errors import LoadError, first_line
from training.load.mapping import Mapping
from training.load.tables.mapping import TablesMapping


def find_mapping(name_or_path: str) -> Path:
    """The mapping file that a user means: a path if such a file exists, else the name of a shipped mapping.

    Raises:
        LoadError: if it is neither.
    """
    path = Path(name_or_path)
    return path if path.is_file() else shipped_mapping(name_or_path)


def shipped_mapping(name: str) -> Path:
    """The file of a mapping that comes with the package.

    Raises:
        LoadError: if there is none of that name.

    >>> shipped_mapping("online_retail_ii").name
    'online_retail_ii.toml'
    """
    shipped = {path.stem: path for path in sorted(Path(str(files("training.load") / "mappings")).glob("*.toml"))}
    if name not in shipped:
        raise LoadError(f"{name}: no such mapping file; give its path, or a shipped mapping: {', '.join(shipped)}")
    return shipped[name]


def read_mapping(path: Path) -> Mapping | TablesMapping:
    """Read and check a mapping file (TOML, UTF-8): of lines, or of several tables if it has `[[tables]]`.

    Raises:
        LoadError: if the file is missing or isn't TOML, or for the first key that is wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"{path}: can't be read ({error.strerror}); give the path of a mapping file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LoadError(f"{path}: not a TOML file ({first_line(error)}); correct it there") from error
    try:
        return (TablesMapping if "tables" in content else Mapping).model_validate(content)
    except ValidationError as error:
        raise LoadError(f"{path}: {_describe(error.errors()[0])}") from error


def _describe(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            return f"key {key}: unknown; remove it or correct its spelling"
        case "missing":
            return f"key {key}: missing; add it"
        case "value_error":
            return f"key {key}: {error['msg'].removeprefix('Value error, ')}"
    return f"key {key}: is {error['input']!r:.60}; {error['msg'].replace('Input', 'it')}"
