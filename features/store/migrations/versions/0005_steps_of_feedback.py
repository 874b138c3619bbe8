"""Which step of a claim's handling a rating is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; ratings of before are about the whole."""
    op.add_column("event", sa.Column("feedback_step", sa.Text))
