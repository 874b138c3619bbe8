"""What tests of cases share: stores with decisions that ask for people, and cases that are put there as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from features.store import Store
from serving.cases.case import ReviewCase
from serving.cases.opening import CaseOpener
from serving.cases.stepping import open_case, open_cases
from serving.intake.adjudicating import AdjudicationDesk
from serving.intake.verdict import Adjudication
from serving.ledger import LedgerEntry, record_decision
from serving.outbox.rows import note_decision
from serving.policy import Policy, default_policy_path, read_policy
from tests.contract.outbox import with_outbox
from tests.unit.serving.claims import NOW_MS

POLICY: Policy = read_policy(default_policy_path())
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
VALUES: dict[str, Any] = {
    "kind": "review",
    "opened_at_ms": NOW_MS,
    "target_ms": NOW_MS + HOUR_MS,
    "limit_ms": NOW_MS + 24 * HOUR_MS,
    "due_ms": NOW_MS + HOUR_MS,
    "waiting_cost_minor": 200.0,
    "reasons_arm": "first",
    "amount_minor": 5_900,
    "claim_type": "refund_only",
    "claim_reason": "damaged",
}


def with_cases(store: Store) -> Store:
    """The store, with a ledger, an outbox, and the tables of cases."""
    with_outbox(store)
    open_cases(store)
    return store


def put_case(store: Store, claim_id: str, **values: Any) -> ReviewCase:
    """A case that waits for anyone, with other values where they are given."""
    with store.writing() as connection:
        return open_case(connection, {**VALUES, "claim_id": claim_id, **values}, by="clearclaim", at_ms=NOW_MS)


def decide(
    connection: sa.Connection,
    claim_id: str,
    action: str = "manual_review",
    *,
    audited: bool | None = None,
    at_ms: int = NOW_MS,
    probability: float | None = 0.25,
    cause: str = "least_cost",
) -> None:
    """Record a decision as one claim's transaction does, and what there is to tell of it."""
    facts = {
        "amount_minor": 4_200,
        "claim_type": "return_refund",
        "as_of_ms": at_ms,
        "claim_id": claim_id,
        "reason": "defective",
        "category_id": "toys",
    }
    entry = LedgerEntry(
        claim_id,
        at_ms,
        "c0ffee",
        action,
        probability,
        None,
        "ba98",
        json.dumps({"claim_id": claim_id, "cause": cause}),
        audited=audited,
        facts=json.dumps(facts),
    )
    record_decision(connection, entry)
    note_decision(connection, claim_id, at_ms)


def decide_all(store: Store, claims: Iterable[str], action: str = "manual_review", **how: Any) -> None:
    """Decisions on these claims, in one transaction."""
    with store.writing() as connection:
        for claim_id in claims:
            decide(connection, claim_id, action, **how)


def opener_of(store: Store, **how: Any) -> CaseOpener:
    """What opens cases of a store an hour after its decisions, under the shipped policy."""
    return CaseOpener(store, lambda: POLICY, lambda: NOW_MS + HOUR_MS, **how)


def rule(
    store: Store, claim_id: str, source: str = "reviewer", *, at_ms: int = NOW_MS, name: str | None = None
) -> None:
    """A verdict by API on a claim that is in the log."""
    given = Adjudication.model_validate(
        {
            "adjudication_id": name or f"A-{claim_id}-{source}",
            "claim_id": claim_id,
            "verdict": "legitimate",
            "source": source,
        }
    )
    AdjudicationDesk(store, now_ms=lambda: at_ms).record(given, "rob")
