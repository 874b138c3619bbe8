"""What is kept beside the cases: known answers, which cases are gold or doubles, and how far the doubles have come."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.store import Store

QUALITY_METADATA: Final = sa.MetaData()
_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")

GOLD_ANSWER: Final = sa.Table(  # apart from all that a page of a case reads
    "gold_answer",
    QUALITY_METADATA,
    sa.Column("claim_id", sa.Text, primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("chosen_by", sa.Text, nullable=False),
    sa.Column("chosen_at_ms", sa.BigInteger, nullable=False),
    sa.Column("given", sa.BigInteger, nullable=False),  # how often it was opened as a case
    sa.Column("given_at_ms", sa.BigInteger),
    sa.Column("ended_at_ms", sa.BigInteger),  # from when on it is no gold claim any more
)

GOLD_CASE: Final = sa.Table(
    "gold_case",
    QUALITY_METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
    sa.Index("gold_case_by_moment", "opened_at_ms"),
)

DOUBLE_CASE: Final = sa.Table(
    "double_case",
    QUALITY_METADATA,
    sa.Column("review_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
    sa.Index("double_case_by_moment", "opened_at_ms"),
)

QUALITY_MARK: Final = sa.Table(  # up to which moment something was looked through
    "quality_mark",
    QUALITY_METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)

DRILL_RUN: Final = sa.Table(
    "drill_run",
    QUALITY_METADATA,
    sa.Column("number", _NUMBER, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("claim_reason", sa.Text),
    sa.Column("started_at_ms", sa.BigInteger, nullable=False),
    sa.Index("drill_run_of_person", "person", "number"),
)

DRILL_ANSWER: Final = sa.Table(
    "drill_answer",
    QUALITY_METADATA,
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("ruling", sa.Text),
    sa.Column("denial_reason", sa.Text),
    sa.Column("is_right", sa.Boolean),
    sa.Column("answered_at_ms", sa.BigInteger),
    sa.Index("drill_answer_of_claim", "claim_id"),
)


def open_quality(store: Store) -> None:
    """Make the tables where they are not there yet."""
    store.create(QUALITY_METADATA)


def mark(connection: sa.Connection, name: str) -> int | None:
    """Up to which moment something was looked through, None where nothing was."""
    return connection.scalar(sa.select(QUALITY_MARK.c.at_ms).where(QUALITY_MARK.c.name == name))


def set_mark(connection: sa.Connection, name: str, at_ms: int) -> None:
    """Write down up to which moment something was looked through."""
    connection.execute(sa.delete(QUALITY_MARK).where(QUALITY_MARK.c.name == name))
    connection.execute(sa.insert(QUALITY_MARK).values(name=name, at_ms=at_ms))
