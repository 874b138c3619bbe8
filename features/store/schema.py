"""The tables of events and history.

`event` is the record of all that was reported; everything else can be made again from it, but for `vector`, what was
served, and `entity_floor`, what was promised. `history` holds one row per entity and moment at which the entity
learned something, so its key is the index that a seek needs.

A change here needs a new revision in `migrations/versions`; tests hold the two against each other.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TEXT

from features.events import ALWAYS, EVENT_FIELDS, FieldType

REVISION: Final = "0005"  # of these tables: the newest in `migrations/versions`
OLDER_REVISIONS: Final = ("0001", "0002", "0003", "0004")

METADATA: Final = sa.MetaData()

# compared byte by byte: order and speed must not hang on a locale
_KEY: Final = sa.Text().with_variant(TEXT(collation="C"), "postgresql")

_SQL_TYPES: Final = {
    FieldType.ID: sa.Text,
    FieldType.TIME: sa.BigInteger,
    FieldType.MONEY: sa.BigInteger,
    FieldType.COUNT: sa.BigInteger,
    FieldType.CATEGORY: sa.Text,
    FieldType.FLAG: sa.Boolean,
    FieldType.RATING: sa.BigInteger,
    FieldType.TEXT: sa.Text,
    FieldType.HASHES: sa.Text,  # with commas between; empty for none, null where nobody said
}

# SQLite counts up only a plain INTEGER key, and stores it as the row's own number
_NUMBER_KEY: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")

EVENT: Final = sa.Table(
    "event",
    METADATA,
    sa.Column("sequence", _NUMBER_KEY, primary_key=True),  # the order in which events came in
    *(
        sa.Column(
            name,
            _KEY if name in {"event_id", "claim_id"} else _SQL_TYPES[spec.type],
            nullable=name not in ALWAYS,
        )
        for name, spec in EVENT_FIELDS.items()
    ),
    sa.UniqueConstraint("event_id"),
    sa.Index("event_of_claim", "claim_id", "kind"),
)

# What a person reads of a buyer and of a merchant. All other events about a claim are found by its id, so that these
# two hold a part of the log only.
OF_A_BUYER: Final = "kind IN ('order_paid', 'order_shipped', 'claim_filed')"
OF_A_MERCHANT: Final = "kind = 'claim_filed'"
sa.Index(
    "event_of_buyer",
    EVENT.c.buyer_id,
    EVENT.c.kind,
    EVENT.c.known_at_ms,
    sqlite_where=sa.text(OF_A_BUYER),
    postgresql_where=sa.text(OF_A_BUYER),
)
sa.Index(
    "event_of_merchant",
    EVENT.c.merchant_id,
    EVENT.c.known_at_ms,
    sqlite_where=sa.text(OF_A_MERCHANT),
    postgresql_where=sa.text(OF_A_MERCHANT),
)

HISTORY: Final = sa.Table(
    "history",
    METADATA,
    sa.Column("entity", _KEY, primary_key=True),
    sa.Column("known_at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

MEETING: Final = sa.Table(  # when an entity first met another one
    "meeting",
    METADATA,
    sa.Column("entity", _KEY, primary_key=True),
    sa.Column("other", _KEY, primary_key=True),
    sa.Column("known_at_ms", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

PICTURE: Final = sa.Table(  # who first showed a picture, and when another buyer first did
    "picture",
    METADATA,
    sa.Column("hash", _NUMBER_KEY, primary_key=True, autoincrement=False),
    sa.Column("buyer_id", sa.Text, nullable=False),
    sa.Column("known_at_ms", sa.BigInteger, nullable=False),
    sa.Column("others_at_ms", sa.BigInteger),
)

PICTURE_BAND: Final = sa.Table(  # pictures by a part of their hash: alike ones share one
    "picture_band",
    METADATA,
    sa.Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# the least moment that an entity's next event may have, as somebody read it then; on PostgreSQL its rows are the locks
ENTITY_FLOOR: Final = sa.Table(
    "entity_floor",
    METADATA,
    sa.Column("entity", _KEY, primary_key=True),
    sa.Column("floor_ms", sa.BigInteger, nullable=False),
)

VECTOR: Final = sa.Table(
    "vector",
    METADATA,
    sa.Column("claim_id", _KEY, primary_key=True),
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

# Alembic's own table, which says of which revision the others are
VERSION: Final = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
