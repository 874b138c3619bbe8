"""The tables of the first stores: events, history, served vectors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    key = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
    number_key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "event",
        sa.Column("sequence", number_key, primary_key=True),
        sa.Column("event_id", key, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("occurred_at_ms", sa.BigInteger, nullable=False),
        sa.Column("known_at_ms", sa.BigInteger, nullable=False),
        sa.Column("order_id", sa.Text),
        sa.Column("claim_id", key),
        sa.Column("buyer_id", sa.Text),
        sa.Column("merchant_id", sa.Text),
        sa.Column("product_id", sa.Text),
        sa.Column("amount_minor", sa.BigInteger),
        sa.Column("quantity", sa.BigInteger),
        sa.Column("order_amount_minor", sa.BigInteger),
        sa.Column("order_paid_at_ms", sa.BigInteger),
        sa.Column("order_delivered_at_ms", sa.BigInteger),
        sa.Column("claim_type", sa.Text),
        sa.Column("claim_reason", sa.Text),
        sa.Column("evidence_count", sa.BigInteger),
        sa.Column("claim_text", sa.Text),
        sa.Column("action", sa.Text),
        sa.Column("verdict", sa.Text),
        sa.Column("verdict_source", sa.Text),
        sa.Column("merchant_at_fault", sa.Boolean),
        sa.UniqueConstraint("event_id"),
    )
    op.create_index("event_of_claim", "event", ["claim_id", "kind"])
    op.create_table(
        "history",
        sa.Column("entity", key, primary_key=True),
        sa.Column("known_at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "vector",
        sa.Column("claim_id", key, primary_key=True),
        sa.Column("as_of_ms", sa.BigInteger, nullable=False),
        sa.Column("catalog_hash", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "store_info",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
