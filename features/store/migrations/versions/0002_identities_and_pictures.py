"""Devices, addresses, payments and pictures; who met whom; and the least moment of an entity's next event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0002"
down_revision = "0001"

NEW_TEXTS = (
    "category_id",
    "device_id",
    "address_id",
    "payment_id",
    "evidence_hashes",
    "merchant_response",
    "inspection",
)
NEW_NUMBERS = ("order_promised_at_ms", "claim_filed_at_ms", "recovered_minor", "rating")


def upgrade() -> None:
    """Add what an event may say now, and the tables for what it is counted in."""
    for name in NEW_TEXTS:
        op.add_column("event", sa.Column(name, sa.Text))
    for name in NEW_NUMBERS:
        op.add_column("event", sa.Column(name, sa.BigInteger))
    key = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
    number_key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "meeting",
        sa.Column("entity", key, primary_key=True),
        sa.Column("other", key, primary_key=True),
        sa.Column("known_at_ms", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "picture",
        sa.Column("hash", number_key, primary_key=True, autoincrement=False),
        sa.Column("buyer_id", sa.Text, nullable=False),
        sa.Column("known_at_ms", sa.BigInteger, nullable=False),
        sa.Column("others_at_ms", sa.BigInteger),
    )
    op.create_table(
        "picture_band",
        sa.Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entity_floor",
        sa.Column("entity", key, primary_key=True),
        sa.Column("floor_ms", sa.BigInteger, nullable=False),
    )
