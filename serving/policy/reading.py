"""A policy read from its file; whatever is wrong with it is one line that names file and key and says what to do."""

from __future__ import annotations

import difflib
import importlib.resources
import tomllib
from pathlib import Path
from types import UnionType
from typing import TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from serving.policy.policy import Policy


class PolicyError(Exception):
    """A policy file that can't be used: the message names the file and the key and says what to do, in one line."""


def default_policy_path() -> Path:
    """The path of the policy that comes with the package."""
    return Path(str(importlib.resources.files("serving"))) / "policies" / "default.toml"


def read_policy(path: Path) -> Policy:
    """Read a policy from a TOML file.

    Raises:
        PolicyError: the file can't be read, is no TOML, or has a key that is unknown, missing or out of range.
    """
    try:
        content = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise PolicyError(f"{path}: can't be read ({error.strerror}); name a policy file") from error
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path}: not TOML: {error}; mend that line") from error
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(f"{path}: {_first_complaint(error)}") from error


def _first_complaint(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_context=False)
    # A mistyped key is also missing under its right name: the mistyped one is what the reader has to mend.
    first = min(details, key=lambda detail: detail["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"])
    if not key:  # tables that don't go together: the message names them itself
        return first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key; {_nearest(first)}"
    if first["type"] == "missing":
        return f"{key}: missing; add it"
    return f"{key}: is {first['input']!r:.60}; {_lower_first(first['msg'])}"


def _nearest(detail: ErrorDetails) -> str:
    *tables, name = (str(part) for part in detail["loc"])
    known = _known_keys(tables)
    if near := difflib.get_close_matches(name, known, n=1):
        return f"did you mean {'.'.join([*tables, near[0]])}?"
    return f"use one of {', '.join(known)}, or take it out"


def _known_keys(tables: list[str]) -> list[str]:
    within: object = Policy
    for table in tables:
        if _is_table(within):
            within = _without_none(within.model_fields[table].annotation)
        else:  # tables under free names, or a list of them
            within = next(part for part in get_args(within) if _is_table(part))
    return list(within.model_fields) if _is_table(within) else []


def _is_table(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _without_none(annotation: object) -> object:
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation
    return next(part for part in get_args(annotation) if part is not type(None))


def _lower_first(message: str) -> str:
    return message[:1].lower() + message[1:]
