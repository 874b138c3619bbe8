"""The ledger: one row per decision, written in the claim's own transaction and never changed.

A row holds all that the claim was decided on, so that it can be decided again under another policy: its facts, and
beside its feature vector (`features.store.vectors`) the probabilities and prices of that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from features.events import EventKind
from features.store import Store, StoreError
from features.store.address import cannot_open, make_engine, parse_url
from features.store.driver import fetch
from features.store.locks import lock_tables_to_make
from features.store.rows import write_rows
from features.store.schema import EVENT

LEDGER_METADATA: Final = sa.MetaData()

DECISION: Final = sa.Table(
    "decision",
    LEDGER_METADATA,
    sa.Column("claim_id", sa.Text, primary_key=True),
    sa.Column("decided_at_ms", sa.BigInteger, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("abuse_probability", sa.Double),
    sa.Column("model_version", sa.Text),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    # decisions of before these columns have none of them
    sa.Column("recovery_probability", sa.Double),
    sa.Column("review_gain_minor", sa.Double),
    sa.Column("capacity_price_minor", sa.Double),
    sa.Column("audit_stratum", sa.Text),
    sa.Column("audit_propensity_ppm", sa.BigInteger),
    sa.Column("audited", sa.Boolean),
    sa.Column("facts", sa.Text),
    sa.Index("decision_by_moment", "decided_at_ms"),
)
IS_REVIEW: Final = sa.text("decision.action = 'manual_review'")  # without a parameter, as the index says it
sa.Index(
    "decision_to_review",
    DECISION.c.decided_at_ms,
    DECISION.c.claim_id,
    sqlite_where=sa.text("action = 'manual_review'"),
    postgresql_where=sa.text("action = 'manual_review'"),
)

REVIEW_PRICE: Final = sa.Table(  # what a place in the reviewers' queue cost from a moment on, and why
    "review_price",
    LEDGER_METADATA,
    # two processes may set a price in the same millisecond
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("price_minor", sa.Double, nullable=False),
    sa.Column("target_minor", sa.Double, nullable=False),
    sa.Column("reviews_today", sa.BigInteger, nullable=False),
    sa.Column("claims_expected", sa.Double, nullable=False),
    sa.Column("waiting", sa.BigInteger, nullable=False),
    sa.Column("capacity", sa.BigInteger, nullable=False),
    sa.Index("review_price_by_moment", "at_ms"),
)


_values_of: Final = attrgetter(*DECISION.c.keys())


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One decision: what was asked (as a digest), the answer (as JSON) that was given, and what it rests on.

    Attributes:
        recovery_probability: P(an advance comes back) that the costs were made with.
        review_gain_minor: what a review would have saved; None where nothing else could be done.
        capacity_price_minor: what a place in the reviewers' queue cost then.
        audit_stratum: of the approvals that were up for audit, the stratum; None for all else.
        audit_propensity_ppm: the chance of an audit, in millionths.
        audited: whether it was drawn for one.
        facts: the claim's facts as JSON (`serving.decision.facts_from_json`).
    """

    claim_id: str
    decided_at_ms: int
    content_hash: str
    action: str
    abuse_probability: float | None
    model_version: str | None
    policy_version: str
    answer: str
    recovery_probability: float | None = None
    review_gain_minor: float | None = None
    capacity_price_minor: float | None = None
    audit_stratum: str | None = None
    audit_propensity_ppm: int | None = None
    audited: bool | None = None
    facts: str | None = None


def find_decision(connection: sa.Connection, claim_id: str) -> LedgerEntry | None:
    """The decision on a claim, or None."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"SELECT {', '.join(DECISION.c.keys())} FROM decision WHERE claim_id = {mark}"  # noqa: S608 - own names
    rows = fetch(connection, statement, (claim_id,))
    if not rows:
        return None
    entry = dict(zip(DECISION.c.keys(), rows[0], strict=True))
    audited = entry["audited"]
    return LedgerEntry(**{**entry, "audited": None if audited is None else bool(audited)})


def record_decision(connection: sa.Connection, entry: LedgerEntry) -> None:
    """Write a decision. A claim has one; a second row for it is an error of the database."""
    write_rows(connection, DECISION, [_values_of(entry)])


def count_open_reviews(connection: sa.Connection, since_ms: int) -> int:
    """How many claims that were sent to a person since a moment still wait for anybody's ruling."""
    ruling = sa.exists().where(EVENT.c.claim_id == DECISION.c.claim_id, EVENT.c.kind == EventKind.CLAIM_ADJUDICATED)
    open_reviews = sa.select(sa.func.count()).where(IS_REVIEW, DECISION.c.decided_at_ms >= since_ms, ~ruling)
    return connection.scalar(open_reviews.select_from(DECISION)) or 0


def open_ledger(store: Store) -> None:
    """Make the ledger's tables where they are not there yet.

    Raises:
        StoreError: if an older clearclaim made them.
    """
    store.once_open(lambda: refuse_old_ledger(store))
    store.create(LEDGER_METADATA)


def refuse_old_ledger(store: Store) -> None:
    """Refuse a store whose ledger lacks a column.

    Raises:
        StoreError: if an older clearclaim made it.
    """
    with store.reading() as connection:
        if _missing_columns(connection):
            raise StoreError(
                f"store {store.name}: its ledger was made by an older clearclaim; "
                f"run 'clearclaim store upgrade --store {store.name}'"
            )


def upgrade_ledger_at(url: str) -> bool:
    """Bring the ledger of the store at a URL up to date, as `upgrade_ledger` does.

    Raises:
        StoreError: if the database can't be opened or changed.
    """
    address = parse_url(url)
    engine = make_engine(address)
    try:
        return upgrade_ledger(engine)
    except sa.exc.SQLAlchemyError as error:
        raise cannot_open(address, error) from error
    finally:
        engine.dispose()


def upgrade_ledger(engine: sa.Engine) -> bool:
    """Bring a store's ledger up to date; return whether there was anything to do. Its decisions stay as they are.

    All or nothing. A store in which nothing was ever decided has no ledger, and needs none.
    """
    with engine.begin() as connection:
        lock_tables_to_make(connection)
        missing = _missing_columns(connection)
        if not missing:
            return False
        operations = Operations(MigrationContext.configure(connection))
        for column in missing:
            operations.add_column(DECISION.name, sa.Column(column.name, column.type))
        there = {index["name"] for index in sa.inspect(connection).get_indexes(DECISION.name)}
        for index in DECISION.indexes:
            if index.name not in there:
                index.create(connection)
        LEDGER_METADATA.create_all(connection)
        return True


def _missing_columns(connection: sa.Connection) -> list[sa.Column[object]]:
    inspector = sa.inspect(connection)
    if not inspector.has_table(DECISION.name):
        return []
    there = {column["name"] for column in inspector.get_columns(DECISION.name)}
    return [column for column in DECISION.c if column.name not in there]
