"""What challengers would have done: one row per claim and challenger, beside the decisions that were made.

Rows are written after the answers have left, in batches, and some may be missing: a challenger is left out where it
would cost a claim time. They are never read for a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from serving.ledger import DECISION

SHADOW_METADATA: Final = sa.MetaData()

SHADOW: Final = sa.Table(
    "shadow",
    SHADOW_METADATA,
    sa.Column("claim_id", sa.Text, primary_key=True),
    sa.Column("model_version", sa.Text, primary_key=True),
    sa.Column("abuse_probability", sa.Double, nullable=False),
    sa.Column("recovery_probability", sa.Double),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("shadow_by_moment", "at_ms"),
)
# made once, and run for each row: to put one statement for many rows together takes longer than all of them
_INSERTS: Final[Mapping[str, sa.Insert]] = {
    "sqlite": sqlite.insert(SHADOW).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(SHADOW).on_conflict_do_nothing(),
}
_COLUMNS: Final = tuple(SHADOW.c.keys())


@dataclass(frozen=True, slots=True)
class ShadowRow:
    """What a challenger makes of a claim: its probabilities, and the action that the policy would take with them.

    `at_ms` is the moment as of which the claim was decided.
    """

    claim_id: str
    model_version: str
    abuse_probability: float
    recovery_probability: float | None
    action: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many claims were decided with one action where a challenger would have taken another, or the same."""

    model_version: str
    action: str
    shadow_action: str
    claims: int


def write_shadow(connection: sa.Connection, rows: Sequence[ShadowRow]) -> None:
    """Write rows; those that are there already stay as they are."""
    parameters = [{column: getattr(row, column) for column in _COLUMNS} for row in rows]
    connection.execute(_INSERTS[connection.dialect.name], parameters)


def shadow_compare(
    connection: sa.Connection, *, model_version: str | None = None, since_ms: int = 0
) -> tuple[Agreement, ...]:
    """Count the claims of each pair of actions: the one that was decided, and the one of a challenger.

    Args:
        connection: to a store with the ledger and the table of shadows.
        model_version: of the challenger; None for all of them.
        since_ms: only claims decided since this moment.
    """
    shadow = SHADOW.c
    pair = (shadow.model_version, DECISION.c.action, shadow.action.label("shadow_action"))
    query = (
        sa.select(*pair, sa.func.count())
        .join_from(SHADOW, DECISION, DECISION.c.claim_id == shadow.claim_id)
        .where(shadow.at_ms >= since_ms)
        .group_by(shadow.model_version, DECISION.c.action, shadow.action)
        .order_by(shadow.model_version, DECISION.c.action, shadow.action)
    )
    if model_version is not None:
        query = query.where(shadow.model_version == model_version)
    return tuple(Agreement(*row) for row in connection.execute(query))


def agreed_share(agreements: Iterable[Agreement]) -> float | None:
    """The share of claims on which both took the same action, or None where there are none.

    >>> agreed_share([Agreement("m", "manual_review", "manual_review", 3), Agreement("m", "manual_review", "auto", 1)])
    0.75
    """
    counted = tuple(agreements)
    claims = sum(each.claims for each in counted)
    return sum(each.claims for each in counted if each.action == each.shadow_action) / claims if claims else None
