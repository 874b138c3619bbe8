"""The ledger: one row per decision, written in the claim's own transaction and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

LEDGER_METADATA: Final = sa.MetaData()

DECISION: Final = sa.Table(
    "decision",
    LEDGER_METADATA,
    sa.Column("claim_id", sa.Text, primary_key=True),
    sa.Column("decided_at_ms", sa.BigInteger, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("abuse_probability", sa.Double),
    sa.Column("model_version", sa.Text),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One decision: what was asked (as a digest) and the answer (as JSON) that was given."""

    claim_id: str
    decided_at_ms: int
    content_hash: str
    action: str
    abuse_probability: float | None
    model_version: str | None
    policy_version: str
    answer: str


def find_decision(connection: sa.Connection, claim_id: str) -> LedgerEntry | None:
    """The decision on a claim, or None."""
    row = connection.execute(sa.select(DECISION).where(DECISION.c.claim_id == claim_id)).one_or_none()
    return None if row is None else LedgerEntry(*row)


def record_decision(connection: sa.Connection, entry: LedgerEntry) -> None:
    """Write a decision. A claim has one; a second row for it is an error of the database."""
    connection.execute(
        sa.insert(DECISION).values({column: getattr(entry, column) for column in DECISION.c.keys()})  # noqa: SIM118
    )
