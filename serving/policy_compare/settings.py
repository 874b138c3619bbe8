"""In what two policies differ: each setting by its key, with its value in either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from serving.policy import Policy

SECRETS: Final = frozenset({"seed"})  # whoever knows it can foresee whom an audit draws


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting that two policies have different values of, as JSON; None where one has no such setting."""

    key: str
    a: str | None
    b: str | None


def setting_changes(a: Policy, b: Policy) -> tuple[SettingChange, ...]:
    """The settings in which two policies differ, in the order of the first one's, defaults included."""
    ours, theirs = (dict(_flat(policy.model_dump(mode="json"))) for policy in (a, b))
    return tuple(
        SettingChange(key, *(_shown(key, side.get(key)) for side in (ours, theirs)))
        for key in dict.fromkeys([*ours, *theirs])
        if ours.get(key) != theirs.get(key)
    )


def _shown(key: str, value: str | None) -> str | None:
    return '"(secret)"' if value is not None and key.rpartition(".")[2] in SECRETS else value


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - whatever a policy's JSON holds
    match value:
        case {}:
            for name, inner in value.items():
                yield from _flat(inner, f"{key}.{name}" if key else name)
        case [{"id": _}, *_]:  # rules and the like are known by their ids, and their order is told by itself
            yield key, json.dumps([each["id"] for each in value], ensure_ascii=False)
            for each in value:
                yield from _flat({name: inner for name, inner in each.items() if name != "id"}, f"{key}.{each['id']}")
        case _:
            yield key, json.dumps(value, ensure_ascii=False)
