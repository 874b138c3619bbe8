"""Where pulses are kept for two days, and decisions counted by action for eight."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.store import Store

MONITOR_METADATA: Final = sa.MetaData()

PULSE: Final = sa.Table(
    "pulse",
    MONITOR_METADATA,
    sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),  # which 15 seconds since 1970
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),  # JSON
    sqlite_with_rowid=False,
)

ACTION_TALLY: Final = sa.Table(
    "action_tally",
    MONITOR_METADATA,
    sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),  # which 5 minutes it was decided in
    sa.Column("action", sa.Text, primary_key=True),
    sa.Column("decisions", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

TALLY_CURSOR: Final = sa.Table(  # up to which place of the outbox decisions are counted; the row is the lock
    "action_tally_cursor",
    MONITOR_METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, nullable=False),
)


def open_monitoring(store: Store) -> None:
    """Make the tables that aren't there yet."""
    store.create(MONITOR_METADATA)
