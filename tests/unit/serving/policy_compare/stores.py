"""Stores with past decisions in them, written as the service writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from features.events import Event, EventKind
from features.store import Store
from features.store.log import insert_events
from features.store.vectors import log_vector
from serving.decision import facts_to_json
from serving.ledger import LedgerEntry, open_ledger, record_decision
from serving.policy_compare.past import PastCase
from tests.unit.serving.policy_compare.past_claims import DAY_MS


def entry_of(past: PastCase, **changes: Any) -> LedgerEntry:
    """The ledger's row for a past claim."""
    case = past.case
    source = "policy_default" if case.recovery_probability is None else "model"
    row = {
        "claim_id": case.facts.claim_id,
        "decided_at_ms": case.facts.as_of_ms,
        "content_hash": "00",
        "action": past.action,
        "abuse_probability": case.abuse_probability,
        "model_version": "m1",
        "policy_version": "p1",
        "answer": f'{{"recovery_source":"{source}"}}',
        "recovery_probability": 0.8 if case.recovery_probability is None else case.recovery_probability,
        "capacity_price_minor": case.capacity_price_minor,
        "audit_propensity_ppm": None if past.audit_chance is None else round(past.audit_chance * 1e6),
        "audited": past.audited,
        "facts": facts_to_json(case.facts),
    }
    return LedgerEntry(**{**row, **changes})


def ruling(past: PastCase, verdict: str, source: str, days: float) -> Event:
    """A verdict on a claim, so many days after it."""
    facts, at_ms = past.case.facts, past.case.facts.as_of_ms + round(days * DAY_MS)
    return Event(
        event_id=f"{facts.claim_id}:{source}:{at_ms}",
        kind=EventKind.CLAIM_ADJUDICATED,
        occurred_at_ms=at_ms,
        known_at_ms=at_ms,
        claim_id=facts.claim_id,
        merchant_id="M1",
        product_id="P1",
        verdict=verdict,
        verdict_source=source,
    )


def settlement(past: PastCase, recovered_minor: int, days: float) -> Event:
    """What came back of the advance on a claim."""
    facts, at_ms = past.case.facts, past.case.facts.as_of_ms + round(days * DAY_MS)
    return Event(
        event_id=f"{facts.claim_id}:settled",
        kind=EventKind.ADVANCE_SETTLED,
        occurred_at_ms=at_ms,
        known_at_ms=at_ms,
        claim_id=facts.claim_id,
        merchant_id="M1",
        product_id="P1",
        amount_minor=facts.amount_minor,
        recovered_minor=recovered_minor,
    )


def fill(store: Store, entries: Iterable[LedgerEntry], events: Iterable[Event] = ()) -> None:
    """Write decisions and what became of them."""
    open_ledger(store)
    with store.writing() as connection:
        for entry in entries:
            record_decision(connection, entry)
        insert_events(connection, list(events))


def log_vectors(store: Store, cases: Iterable[PastCase], catalog_hash: str | None = None) -> None:
    """Log the feature vectors of claims, under the store's own catalogue if no other is named."""
    with store.writing() as connection:
        for past in cases:
            assert past.case.vector is not None
            log_vector(
                connection,
                past.case.facts.claim_id,
                past.case.facts.as_of_ms,
                catalog_hash or store.plan.catalog_hash,
                past.case.vector,
            )
