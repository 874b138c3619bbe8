"""The tables of seals: one row a seal, and one for each decision and each ruling that it covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TEXT

SEAL_METADATA: Final = sa.MetaData()

LEDGER_SEAL: Final = sa.Table(
    "ledger_seal",
    SEAL_METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),  # 1, 2, 3 ...
    sa.Column("from_ms", sa.BigInteger, nullable=False),
    sa.Column("to_ms", sa.BigInteger, nullable=False),  # exclusive
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("late_rows", sa.BigInteger, nullable=False),  # of them, those that lie before the period
    sa.Column("root_hash", sa.Text, nullable=False),
    sa.Column("previous_hash", sa.Text, nullable=False),
    sa.Column("sealed_at_ms", sa.BigInteger, nullable=False),
    sa.Column("tool_version", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text),  # null where the hash was made without a key
)

LEDGER_SEAL_ROW: Final = sa.Table(  # so that what was changed can be named
    "ledger_seal_row",
    SEAL_METADATA,
    # compared byte by byte: the order in which rows are hashed must not hang on a locale
    sa.Column("claim_id", sa.Text().with_variant(TEXT(collation="C"), "postgresql"), primary_key=True),
    sa.Column("seal_number", sa.BigInteger, nullable=False),
    sa.Column("decided_at_ms", sa.BigInteger, nullable=False),
    sa.Column("decision_digest", sa.LargeBinary, nullable=False),
    sa.Column("vector_digest", sa.LargeBinary),
    sa.Column("event_digest", sa.LargeBinary),
    sa.Index("ledger_seal_row_in_order", "seal_number", "decided_at_ms", "claim_id"),
)

# How many rulings a seal covers stands in its hash alone: it would take a column that older stores lack.
LEDGER_SEAL_RULING: Final = sa.Table(
    "ledger_seal_ruling",
    SEAL_METADATA,
    sa.Column("ruling_id", sa.Text().with_variant(TEXT(collation="C"), "postgresql"), primary_key=True),
    sa.Column("seal_number", sa.BigInteger, nullable=False),
    sa.Column("recorded_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ruling_digest", sa.LargeBinary, nullable=False),
    sa.Column("steps_digest", sa.LargeBinary),
    sa.Index("ledger_seal_ruling_in_order", "seal_number", "recorded_at_ms", "ruling_id"),
)


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as it is on record: over the decisions from `from_ms` on and before `to_ms`.

    Attributes:
        rows: how many decisions it covers.
        late_rows: how many of them were made before the period, and turned up after it had been sealed.
        root_hash: the seal's own hash, hex.
        previous_hash: that of the seal before it; zeros for the first.
        key_id: which key made the hash, None where it was none.
    """

    number: int
    from_ms: int
    to_ms: int
    rows: int
    late_rows: int
    root_hash: str
    previous_hash: str
    sealed_at_ms: int
    tool_version: str
    key_id: str | None


def has_seals(connection: sa.Connection) -> bool:
    """Whether the store has tables of seals."""
    return sa.inspect(connection).has_table(LEDGER_SEAL.name)


def read_seals(connection: sa.Connection) -> Iterator[Seal]:
    """All seals in their order."""
    for row in connection.execute(sa.select(LEDGER_SEAL).order_by(LEDGER_SEAL.c.number)):
        yield Seal(*row)


def last_seal(connection: sa.Connection) -> Seal | None:
    """The head of the chain, or None where nothing is sealed."""
    query = sa.select(LEDGER_SEAL).order_by(LEDGER_SEAL.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else Seal(*row)
