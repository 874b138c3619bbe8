"""Who took a claim's record out: one row for each pack that was made, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store

PACKS_METADATA: Final = sa.MetaData()

EVIDENCE_PACK: Final = sa.Table(
    "evidence_pack",
    PACKS_METADATA,
    sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("made_at_ms", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("manifest_hash", sa.Text, nullable=False),  # SHA-256 of its MANIFEST.json, hex
    sa.Column("zip_bytes", sa.BigInteger, nullable=False),
    sa.Index("evidence_pack_of_claim", "claim_id", "sequence"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """One row of `evidence_pack`: who made which pack, when, for whom."""

    claim_id: str
    made_at_ms: int
    made_by: str
    role: str
    audience: str
    language: str
    manifest_hash: str
    zip_bytes: int


def open_packs(store: Store) -> None:
    """Make the table where it is not there yet."""
    store.create(PACKS_METADATA)


def record_making(connection: sa.Connection, making: Making) -> None:
    """Put on record that a pack was made, before anybody gets it."""
    values = {name: getattr(making, name) for name in Making.__dataclass_fields__}
    connection.execute(sa.insert(EVIDENCE_PACK).values(values))


def makings_of_claim(connection: sa.Connection, claim_id: str, at_most: int = 100) -> list[Making]:
    """The packs that were made of a claim, the newest first; none where the store never made one."""
    if not sa.inspect(connection).has_table(EVIDENCE_PACK.name):
        return []
    columns = [EVIDENCE_PACK.c[name] for name in Making.__dataclass_fields__]
    query = sa.select(*columns).where(EVIDENCE_PACK.c.claim_id == claim_id)
    rows = connection.execute(query.order_by(EVIDENCE_PACK.c.sequence.desc()).limit(at_most))
    return [Making(**row._mapping) for row in rows]  # noqa: SLF001 - public: a row as a mapping
