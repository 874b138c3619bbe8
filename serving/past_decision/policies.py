"""The policy that a past decision was made under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import sqlalchemy as sa

from serving.policy import Policy, parse_policy_text
from serving.policy_versions import find_policy_text

Source: TypeAlias = Literal["kept", "current", "another"]


@dataclass(frozen=True, slots=True)
class FoundPolicy:
    """A policy that was looked for, and where it comes from: the store, or the current one.

    `another` is the current policy in the place of the one that was looked for, which isn't to be had.
    """

    policy: Policy
    source: Source


def find_past_policy(connection: sa.Connection, version: str, current: Policy) -> FoundPolicy:
    """The policy of a version: the current one if that is it, else as the service kept it, else the current one.

    Raises:
        PolicyError: the kept text can't be read by this release.
    """
    if current.version == version:
        return FoundPolicy(current, "current")
    text = find_policy_text(connection, version)
    if text is None:
        return FoundPolicy(current, "another")
    return FoundPolicy(parse_policy_text(text, f"policy {version} of the store"), "kept")
