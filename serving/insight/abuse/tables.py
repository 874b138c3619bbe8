"""What people say about findings: which places are public, and what became of a finding."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.store import Store

ABUSE_METADATA: Final = sa.MetaData()


def _number() -> sa.Column[int]:
    return sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


PUBLIC_PLACE: Final = sa.Table(
    "public_place",
    ABUSE_METADATA,
    _number(),
    sa.Column("kind", sa.Text, nullable=False),  # device, address, payment, picture
    sa.Column("place", sa.Text, nullable=False),  # its id, as the store has it
    sa.Column("added_at_ms", sa.BigInteger, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("ended_at_ms", sa.BigInteger),
    sa.Column("ended_by", sa.Text),
    sa.Index("public_place_by_place", "kind", "place"),
)

FINDING_NOTE: Final = sa.Table(
    "finding_note",
    ABUSE_METADATA,
    _number(),
    sa.Column("key", sa.Text, nullable=False, index=True),  # of the finding
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)


def open_abuse(store: Store) -> None:
    """Make the tables that aren't there yet."""
    store.create(ABUSE_METADATA)
