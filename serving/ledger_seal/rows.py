"""Decisions with what belongs to them (the claim's vector and its filing), as digests, some hundreds at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from features.events import EventKind
from features.store.schema import EVENT, VECTOR
from serving.ledger import DECISION
from serving.ledger_seal.digests import RowDigest, digest_parts

PART_ROWS: Final = 1_000  # a part's vectors, answers and filings take some ten megabytes

# the number that a store gave an event isn't what the platform said, and is another one in a copy
_EVENT_COLUMNS: Final = [column for column in EVENT.c if column.name != "sequence"]


@dataclass(frozen=True, slots=True)
class RowDigests:
    """What a decision is now: when it was made, and the digests of its row, its claim's vector and its filing."""

    claim_id: str
    decided_at_ms: int
    decision: bytes
    vector: bytes | None
    event: bytes | None

    @property
    def parts(self) -> tuple[bytes, bytes | None, bytes | None]:
        """The three digests."""
        return self.decision, self.vector, self.event


def read_digests(connection: sa.Connection, claim_ids: Sequence[str]) -> dict[str, RowDigests]:
    """The digests of the decisions on some claims, by claim; those without a decision are left out."""
    vectors = _digests_of(connection, sa.select(VECTOR).where(VECTOR.c.claim_id.in_(claim_ids)), VECTOR.name)
    filed = sa.select(*_EVENT_COLUMNS).where(
        EVENT.c.claim_id.in_(claim_ids), EVENT.c.kind == str(EventKind.CLAIM_FILED)
    )
    events = _digests_of(connection, filed, EVENT.name)
    result = connection.execute(sa.select(DECISION).where(DECISION.c.claim_id.in_(claim_ids)))
    names = list(result.keys())
    digest = RowDigest(DECISION.name, names)
    claim_at, moment_at = names.index("claim_id"), names.index("decided_at_ms")
    return {
        row[claim_at]: RowDigests(
            row[claim_at], row[moment_at], digest.of(row), vectors.get(row[claim_at]), events.get(row[claim_at])
        )
        for row in result
    }


def _digests_of(connection: sa.Connection, query: sa.Select[Any], table: str) -> dict[str, bytes]:
    each: defaultdict[str, list[bytes]] = defaultdict(list)
    result = connection.execute(query)
    names = list(result.keys())
    digest, claim_at = RowDigest(table, names), names.index("claim_id")
    for row in result:
        each[row[claim_at]].append(digest.of(row))
    # a claim has one of each; were there two, both count
    return {claim: found[0] if len(found) == 1 else digest_parts(sorted(found)) for claim, found in each.items()}
