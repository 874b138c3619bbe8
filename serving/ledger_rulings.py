"""What people ruled, as the ledger keeps it: one row per ruling, written when it is released, and never changed.

A decision says what the machine did; this says what a person decided after it. Seals cover both
(`serving.ledger_seal`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store

RULINGS_METADATA: Final = sa.MetaData()

RULING: Final = sa.Table(
    "ruling",
    RULINGS_METADATA,
    sa.Column("ruling_id", sa.Text, primary_key=True),  # the id of the verdict that it wrote
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("case_number", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # of the case
    sa.Column("recorded_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ruling", sa.Text, nullable=False),
    sa.Column("refund_minor", sa.BigInteger),  # null where nothing is released: an audit
    sa.Column("denial_reason", sa.Text),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("merchant_at_fault", sa.Boolean),
    sa.Column("ruled_by", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.Text),  # where it took two people
    sa.Column("told", sa.Text, nullable=False),  # JSON: what the platform was told, `claim.ruled`
    sa.Index("ruling_of_claim", "claim_id"),
    sa.Index("ruling_by_moment", "recorded_at_ms"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingEntry:
    """One row of `ruling`: a moment is milliseconds UTC, money is in minor units."""

    ruling_id: str
    claim_id: str
    case_number: int
    kind: str
    recorded_at_ms: int
    ruling: str
    refund_minor: int | None
    denial_reason: str | None
    verdict: str
    merchant_at_fault: bool | None
    ruled_by: str
    proposed_by: str | None
    told: str


def open_rulings(store: Store) -> None:
    """Make the table where it is not there yet."""
    store.create(RULINGS_METADATA)


def record_ruling(connection: sa.Connection, entry: RulingEntry) -> None:
    """Write a ruling. A second row of its id is an error of the database."""
    connection.execute(sa.insert(RULING).values(asdict(entry)))


def rulings_of_claim(connection: sa.Connection, claim_id: str) -> list[RulingEntry]:
    """What people ruled on a claim, the oldest first."""
    query = sa.select(RULING).where(RULING.c.claim_id == claim_id)
    rows = connection.execute(query.order_by(RULING.c.recorded_at_ms, RULING.c.case_number))
    return [RulingEntry(**row._mapping) for row in rows]  # noqa: SLF001 - public: a row as a mapping
