"""Policies that were in force, kept as the text of their files: a decision names its policy by version only."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from serving.policy import Policy

POLICIES_METADATA: Final = sa.MetaData()

POLICY_VERSION: Final = sa.Table(
    "policy_version",
    POLICIES_METADATA,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("toml", sa.Text, nullable=False),
    sa.Column("first_seen_ms", sa.BigInteger, nullable=False),
)

# of several services that take up one policy, the first one keeps it
_REMEMBER: Final = sa.text(
    "INSERT INTO policy_version (version, toml, first_seen_ms) VALUES (:version, :toml, :first_seen_ms) "
    "ON CONFLICT (version) DO NOTHING"
)


def remember_policy(connection: sa.Connection, policy: Policy, text: str, *, now_ms: int) -> None:
    """Keep the text of a policy that is taken up; one that is kept already stays as it is.

    Args:
        connection: to a store with `POLICIES_METADATA`'s tables.
        policy: as it was read from the text.
        text: the file's, TOML.
        now_ms: when it was taken up.
    """
    connection.execute(_REMEMBER, {"version": policy.version, "toml": text, "first_seen_ms": now_ms})


def find_policy_text(connection: sa.Connection, version: str) -> str | None:
    """The text of a policy by its version; None where no service kept it, or the store is older than that."""
    if not sa.inspect(connection).has_table(POLICY_VERSION.name):
        return None
    return connection.scalar(sa.select(POLICY_VERSION.c.toml).where(POLICY_VERSION.c.version == version))
