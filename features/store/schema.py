"""The tables of events and history.

`event` is the record of all that was reported; everything else can be made again from it. `history` holds one row
per entity and moment at which the entity learned something, so its key is the index that a seek needs.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.events import ALWAYS, EVENT_FIELDS, FieldType

METADATA: Final = sa.MetaData()

_SQL_TYPES: Final = {
    FieldType.ID: sa.Text,
    FieldType.TIME: sa.BigInteger,
    FieldType.MONEY: sa.BigInteger,
    FieldType.COUNT: sa.BigInteger,
    FieldType.CATEGORY: sa.Text,
    FieldType.FLAG: sa.Boolean,
    FieldType.TEXT: sa.Text,
}

EVENT: Final = sa.Table(
    "event",
    METADATA,
    # the order in which events came in; SQLite counts up only a plain INTEGER key
    sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    *(sa.Column(name, _SQL_TYPES[spec.type], nullable=name not in ALWAYS) for name, spec in EVENT_FIELDS.items()),
    sa.UniqueConstraint("event_id"),
    sa.Index("event_of_claim", "claim_id", "kind"),
)

HISTORY: Final = sa.Table(
    "history",
    METADATA,
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("known_at_ms", sa.BigInteger, primary_key=True),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

VECTOR: Final = sa.Table(
    "vector",
    METADATA,
    sa.Column("claim_id", sa.Text, primary_key=True),
    sa.Column("as_of_ms", sa.BigInteger, nullable=False),
    sa.Column("catalog_hash", sa.Text, nullable=False),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)

STORE_INFO: Final = sa.Table(
    "store_info",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
