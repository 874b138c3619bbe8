"""Orders and claims by buyer, claims by merchant: what a person who reads a claim wants to see of both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# as they were in this revision
_INDEXES = (
    ("event_of_buyer", ["buyer_id", "kind", "known_at_ms"], "kind IN ('order_paid', 'order_shipped', 'claim_filed')"),
    ("event_of_merchant", ["merchant_id", "known_at_ms"], "kind = 'claim_filed'"),
)


def upgrade() -> None:
    """Add the indexes."""
    for name, columns, kinds in _INDEXES:
        where = sa.text(kinds)
        op.create_index(name, "event", columns, sqlite_where=where, postgresql_where=where)
