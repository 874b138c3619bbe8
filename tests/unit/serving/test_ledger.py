"""The ledger keeps one decision per claim, as it was written."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.ledger import LEDGER_METADATA, LedgerEntry, find_decision, record_decision
from tests.unit.serving.claims import NOW_MS

ENTRY = LedgerEntry(
    claim_id="C1",
    decided_at_ms=NOW_MS,
    content_hash="c0ffee",
    action="auto_approve",
    abuse_probability=1 / 3,
    model_version="0123456789ab",
    policy_version="ba9876543210",
    answer='{"text": "破损\\n"}',
    recovery_probability=0.8,
    review_gain_minor=-1 / 7,
    capacity_price_minor=12.5,
    audit_stratum="0-5000/novel",
    audit_propensity_ppm=15_000,
    audited=True,
    facts='{"amount_minor":400}',
)
OLDER = LedgerEntry("C1", NOW_MS, "c0ffee", "manual_review", None, None, "ba9876543210", "{}")


@pytest.fixture
def ledger(store: Store) -> Iterator[sa.Connection]:
    store.create(LEDGER_METADATA)
    with store.writing() as connection:
        yield connection


@pytest.mark.parametrize("entry", [ENTRY, replace(ENTRY, audited=False), OLDER])
def test_decision_is_found_as_it_was_recorded(ledger: sa.Connection, entry: LedgerEntry) -> None:
    """Every field comes back, to the last bit; what a degraded decision lacks is still missing."""
    record_decision(ledger, entry)
    assert find_decision(ledger, "C1") == entry


@pytest.mark.parametrize("claim_id", ["C2", "c1", "C", "C1 ", "", "%"])
def test_decision_on_another_claim_is_not_found(ledger: sa.Connection, claim_id: str) -> None:
    """Ids are compared whole and exactly."""
    record_decision(ledger, ENTRY)
    assert find_decision(ledger, claim_id) is None


def test_second_decision_on_a_claim_is_refused_by_the_database(ledger: sa.Connection) -> None:
    """Not even a faulty service can decide a claim twice."""
    record_decision(ledger, ENTRY)
    with pytest.raises(sa.exc.IntegrityError):
        record_decision(ledger, replace(ENTRY, action="manual_review"))
    assert find_decision(ledger, "C1") == ENTRY


@pytest.mark.parametrize("field", ["claim_id", "decided_at_ms", "content_hash", "action", "policy_version", "answer"])
def test_decision_that_lacks_what_every_decision_has_is_refused(ledger: sa.Connection, field: str) -> None:
    """The database holds the rule, whoever writes."""
    with pytest.raises(sa.exc.IntegrityError):
        record_decision(ledger, replace(ENTRY, **{field: None}))
