"""A decision as it is on record: the answer that was given, and what it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from pydantic import ValidationError

from features.arrays import Floats
from features.events import Event
from features.store.errors import StoreError
from features.store.log import stored_claim
from features.store.schema import VECTOR
from serving.answer import Answer
from serving.decision import ClaimFacts, facts_from_json
from serving.ledger import DECISION, LedgerEntry, find_decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """A decision with what belongs to it.

    Attributes:
        entry: the ledger's row.
        answer: that was given.
        facts: of the claim; None where they were not kept then.
        filed: the claim's `claim_filed` event; None where it was pruned.
        vector: float64, shape (columns,); None where none was logged.
        catalog_hash: of the vector's columns.
    """

    entry: LedgerEntry
    answer: Answer
    facts: ClaimFacts | None
    filed: Event | None
    vector: Floats | None
    catalog_hash: str | None


def find_past_decision(connection: sa.Connection, claim_id: str) -> PastDecision | None:
    """The decision on a claim with what belongs to it, or None if it was never decided.

    Raises:
        StoreError: the stored answer or facts can't be read.
    """
    if not sa.inspect(connection).has_table(DECISION.name):
        return None
    entry = find_decision(connection, claim_id)
    if entry is None:
        return None
    stored = connection.execute(
        sa.select(VECTOR.c.vector, VECTOR.c.catalog_hash).where(VECTOR.c.claim_id == claim_id)
    ).one_or_none()
    try:
        answer = Answer.model_validate_json(entry.answer)
        facts = None if entry.facts is None else facts_from_json(entry.facts)
    except (ValidationError, ValueError, TypeError) as error:
        said = str(error).splitlines()[0]
        raise StoreError(f"the decision on claim {claim_id!r} can't be read: {said}; restore it from a copy") from error
    return PastDecision(
        entry=entry,
        answer=answer,
        facts=facts,
        filed=stored_claim(connection, claim_id),
        vector=None if stored is None else np.frombuffer(stored.vector, dtype="<f8"),
        catalog_hash=None if stored is None else stored.catalog_hash,
    )
