"""The tables of notifications: what there is to tell, to whom, and what is left to be told again.

What went well at the first attempt leaves no row of its own: a subscription's `place` moves on. Only messages that
failed, or wait behind one that did, have a row in `delivery`. How many went through, and how quickly, is counted.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.store import Store
from features.store.locks import lock_tables_to_make
from serving.ledger import DECISION
from serving.outbox.kinds import CLAIM_DECIDED

OUTBOX_METADATA: Final = sa.MetaData()

# One row for each thing to tell. Its place is its turn: places rise in the order of commits, sequences needn't
# (`serving.outbox.rows`). SQLite commits in the order of sequences, so there the sequence is the place.
OUTBOX: Final = sa.Table(
    "outbox",
    OUTBOX_METADATA,
    sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("claim_id", sa.Text, nullable=False),  # as the ledger has it, or its index would be of no use
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.Text),  # JSON; null where the ledger has it
    sa.Column("place", sa.BigInteger),
)
sa.Index("outbox_unplaced", OUTBOX.c.sequence, postgresql_where=OUTBOX.c.place.is_(None)).ddl_if("postgresql")
sa.Index("outbox_by_place", OUTBOX.c.place, unique=True, postgresql_where=OUTBOX.c.place.is_not(None)).ddl_if(
    "postgresql"
)

COUNTER: Final = sa.Table(  # places that were given, and that were pruned; the row is the lock of who gives them
    "outbox_counter",
    OUTBOX_METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, nullable=False),
)
PLACED: Final = "placed"
PRUNED: Final = "pruned"
PRUNED_AT_MS: Final = "pruned_at_ms"  # of the latest row that was pruned: no place, but a moment; missing until then

WEBHOOK: Final = sa.Table(
    "webhook",
    OUTBOX_METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("kinds", sa.Text, nullable=False),  # with commas between
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    sa.Column("removed_at_ms", sa.BigInteger),
    sa.Column("secret_version", sa.BigInteger, nullable=False),
    sa.Column("both_secrets_until_ms", sa.BigInteger, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False),  # up to where it was told, or has rows in `delivery`
    sa.Column("failures", sa.BigInteger, nullable=False),  # rounds in a row in which nothing went through
    sa.Column("paused_until_ms", sa.BigInteger, nullable=False),
)

DELIVERY: Final = sa.Table(
    "delivery",
    OUTBOX_METADATA,
    sa.Column("webhook_id", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("attempts", sa.BigInteger, nullable=False),
    sa.Column("next_at_ms", sa.BigInteger),  # null once it is dead
    sa.Column("failed_at_ms", sa.BigInteger),
    sa.Column("failure", sa.Text),
    sa.Index("delivery_of_claim", "webhook_id", "claim_id", "place"),
)

# How many messages of each hour were delivered, and how many of them in time: a report asks for it long afterwards
DELIVERED: Final = sa.Table(
    "outbox_delivered",
    OUTBOX_METADATA,
    sa.Column("webhook_id", sa.Text, primary_key=True),
    sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),  # of what they tell, since 1970
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("in_time", sa.BigInteger, nullable=False),
)

LEASE: Final = sa.Table(
    "outbox_lease",
    OUTBOX_METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until_ms", sa.BigInteger, nullable=False),
)
DELIVERING: Final = "delivering"


def open_outbox(store: Store) -> None:
    """Make the tables where they are not there yet; decisions of before them are put into the feed."""
    store.once_open(lambda: _make_tables(store))


def _make_tables(store: Store) -> None:
    with store.reading() as connection:
        there = set(sa.inspect(connection).get_table_names())
    if set(OUTBOX_METADATA.tables) <= there:
        return
    with store.writing() as connection:
        lock_tables_to_make(connection)
        inspector = sa.inspect(connection)
        is_new, has_ledger = not inspector.has_table(OUTBOX.name), inspector.has_table(DECISION.name)
        OUTBOX_METADATA.create_all(connection)
        if is_new:
            connection.execute(sa.insert(COUNTER), [{"name": name, "place": 0} for name in (PLACED, PRUNED)])
            connection.execute(sa.insert(LEASE).values(name=DELIVERING, holder="", until_ms=0))
        if is_new and has_ledger:
            told = sa.select(DECISION.c.claim_id, sa.literal(CLAIM_DECIDED), DECISION.c.decided_at_ms)
            in_order = told.order_by(DECISION.c.decided_at_ms, DECISION.c.claim_id)
            connection.execute(sa.insert(OUTBOX).from_select(["claim_id", "kind", "at_ms"], in_order))


def place_in(connection: sa.Connection) -> sa.Column[int]:
    """The column that says at which place a row of the outbox is."""
    return OUTBOX.c.sequence if connection.dialect.name == "sqlite" else OUTBOX.c.place
