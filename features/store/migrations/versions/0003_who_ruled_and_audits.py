"""Who ruled on a claim, and the chance with which a decision is drawn for an audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what an event may say now."""
    op.add_column("event", sa.Column("reviewer_id", sa.Text))
    op.add_column("event", sa.Column("audit_propensity_ppm", sa.BigInteger))
