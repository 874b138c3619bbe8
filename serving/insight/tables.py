"""Where results are kept: those of one round of each part, ready to be shown; and what people said of alarms."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.store import Store

INSIGHT_METADATA: Final = sa.MetaData()

INSIGHT: Final = sa.Table(
    "insight",
    INSIGHT_METADATA,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("round", sa.BigInteger, primary_key=True),  # which counts is said by `insight_part`
    sa.Column("key", sa.Text, primary_key=True),  # of a merchant, an alarm, a finding ..., unique in its part
    sa.Column("rank", sa.BigInteger, nullable=False),  # the order in which the part is shown, from 1
    sa.Column("body", sa.Text, nullable=False),  # JSON
    sa.Index("insight_by_rank", "part", "round", "rank"),
)

INSIGHT_PART: Final = sa.Table(
    "insight_part",
    INSIGHT_METADATA,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("as_of_ms", sa.BigInteger, nullable=False),  # what became known before this moment counts
    sa.Column("worked_out_at_ms", sa.BigInteger, nullable=False),  # when that was done
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("round", sa.BigInteger, nullable=False),  # whose rows are shown
)

# Rounds that were begun: one that is shown, those that are at work, and those that were given up in the middle.
INSIGHT_ROUND: Final = sa.Table(
    "insight_round",
    INSIGHT_METADATA,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
)

# What people said of alarms. It is here with the others, so that whoever makes them makes all of them.
ALARM_NOTE: Final = sa.Table(
    "alarm_note",
    INSIGHT_METADATA,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("alarm_id", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("alarm_note_of_alarm", "alarm_id", "number"),
)


def open_insight(store: Store) -> None:
    """Make the tables that aren't there yet."""
    store.create(INSIGHT_METADATA)
