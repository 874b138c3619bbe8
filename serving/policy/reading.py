"""A policy read from its file; whatever is wrong with it is one line that names file and key and says what to do."""

from __future__ import annotations

import difflib
import importlib.resources
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from serving.policy.checks.contradictions import contradictions
from serving.policy.policy import Policy


class PolicyError(Exception):
    """A policy file that can't be used: the message names the file and the key and says what to do, in one line."""


def default_policy_path() -> Path:
    """The path of the policy that comes with the package."""
    return Path(str(importlib.resources.files("serving"))) / "policies" / "default.toml"


def shipped_policy_path(currency: str) -> Path:
    """The path of the policy for a currency that comes with the package.

    Raises:
        PolicyError: there is none for this currency.
    """
    folder = default_policy_path().parent
    # of two for one currency the default one counts: its name comes last here
    shipped = {parse_policy(path).currency: path for path in sorted(folder.glob("*.toml"), reverse=True)}
    if currency.upper() not in shipped:
        raise PolicyError(f"{currency}: no policy comes with this currency; use one of {', '.join(sorted(shipped))}")
    return shipped[currency.upper()]


def read_policy(path: Path) -> Policy:
    """Read a policy from a TOML file.

    Raises:
        PolicyError: the file can't be read, is no TOML, has a key that is unknown, missing or out of range, or rules
            that can't be followed.
    """
    policy = parse_policy(path)
    for finding in contradictions(policy):
        raise PolicyError(f"{path}: {finding}")
    return policy


def parse_policy(path: Path) -> Policy:
    """The same, but rules of equal priority may contradict each other: for finding all contradictions at once."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise PolicyError(f"{path}: can't be read ({error.strerror}); name a policy file") from error
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    return parse_policy_text(text, str(path))


def parse_policy_text(text: str, name: str) -> Policy:
    """A policy from the text of a file, under whose name its mistakes are told.

    Raises:
        PolicyError: as `parse_policy` does.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: not TOML: {error}; mend that line") from error
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(f"{name}: {_first_complaint(error, content)}") from error


def _first_complaint(error: ValidationError, content: Mapping[str, object]) -> str:
    details = error.errors(include_url=False)
    # A mistyped key is also missing under its right name: the mistyped one is what the reader has to mend.
    first = min(details, key=lambda detail: detail["type"] != "extra_forbidden")
    key = ".".join(_named(first["loc"], content))
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key; {_nearest(first, content)}"
    if first["type"] == "missing":
        return f"{key}: missing; add it"
    if not key:  # tables that don't go together: the message names their keys itself
        return first["msg"].removeprefix("Value error, ")
    if first["type"] == "policy_mistake":
        return f"{key}: {first['msg']}"
    return f"{key}: is {first['input']!r:.60}; {_lower_first(first['msg'])}"


def _named(place: Sequence[int | str], content: object) -> list[str]:
    """A place in a policy as its keys; what has an id is named by it: `rules.vip_small.when`."""
    names: list[str] = []
    for part in place:
        if isinstance(content, Mapping):
            content = content.get(part)
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            content = content[part]
        else:
            content = None
        named = isinstance(part, int) and isinstance(content, Mapping) and isinstance(content.get("id"), str)
        names.append(str(content["id"]) if named and isinstance(content, Mapping) else str(part))
    return names


def _nearest(detail: ErrorDetails, content: Mapping[str, object]) -> str:
    *tables, name = detail["loc"]
    known = _known_keys(tables)
    if near := difflib.get_close_matches(str(name), known, n=1):
        return f"did you mean {'.'.join([*_named(tables, content), near[0]])}?"
    return f"use one of {', '.join(known)}, or take it out"


def _known_keys(tables: Sequence[int | str]) -> list[str]:
    part: type[BaseModel] = Policy
    free = False
    for table in tables:
        if free:  # a table under a name of the reader's, or one of a list
            free = False
            continue
        annotation = part.model_fields[str(table)].annotation
        part = _part_in(annotation) or part
        free = get_origin(annotation) not in {None, Union, UnionType}
    return list(part.model_fields)


def _part_in(annotation: object) -> type[BaseModel] | None:
    """The table that a field holds: itself, or one of many."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _part_in(each)) is not None), None)


def _lower_first(message: str) -> str:
    return message[:1].lower() + message[1:]
