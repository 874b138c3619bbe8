"""The feature vectors that were served: what a claim looked like when it was scored, kept as bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from features.arrays import Floats
from features.store.rows import write_rows
from features.store.schema import VECTOR


@dataclass(frozen=True, slots=True)
class LoggedVectors:
    """Vectors of n claims: `vectors` has shape (n, columns); each was served as of `as_of_ms`."""

    claim_ids: tuple[str, ...]
    as_of_ms: tuple[int, ...]
    vectors: Floats


def log_vector(connection: sa.Connection, claim_id: str, as_of_ms: int, catalog_hash: str, vector: Floats) -> None:
    """Keep the vector, shape (columns,), that a claim was scored on."""
    write_rows(connection, VECTOR, [(claim_id, as_of_ms, catalog_hash, vector.astype("<f8", copy=False).tobytes())])


def read_vectors(connection: sa.Connection, catalog_hash: str, width: int) -> LoggedVectors:
    """All vectors that were served under a catalogue, in the order of their moments."""
    query = (
        sa.select(VECTOR.c.claim_id, VECTOR.c.as_of_ms, VECTOR.c.vector)
        .where(VECTOR.c.catalog_hash == catalog_hash)
        .order_by(VECTOR.c.as_of_ms, VECTOR.c.claim_id)
    )
    rows = connection.execute(query).all()
    vectors = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f8").reshape(-1, width)
    return LoggedVectors(tuple(row.claim_id for row in rows), tuple(row.as_of_ms for row in rows), vectors)
