"""The quarterly report says the same of every kind of store."""

from __future__ import annotations

import json

from features.store import Store
from serving.ledger import LedgerEntry, record_decision
from serving.ledger_rulings import open_rulings
from serving.ledger_seal.running import Order, run_seal
from serving.outbox.tables import open_outbox
from serving.report.making import make_report, read
from serving.report.page import render_report
from tests.spec.drawing import BASE_MS
from tests.unit.serving.cases.quality.worlds import with_tables, write_cases
from tests.unit.serving.report.drawn import AFTER_MS, DAY_MS, POLICY, QUARTER, fill

AT_MS = BASE_MS + 10 * DAY_MS
ANSWERS = {
    "a": {"charged_to": "merchant", "authority": {"kind": "consent"}, "degraded": False},
    "b": {"charged_to": "merchant", "authority": None, "degraded": False},
    "c": {"charged_to": None, "authority": None, "degraded": True},
}


def test_report_is_made_of_what_a_service_and_a_console_wrote(store: Store) -> None:
    """What stands inside of stored answers is found by either database, and every table is asked."""
    with_tables(store)
    open_outbox(store)
    open_rulings(store)
    fill(store, "known_at | kind | claim | action\n10d | claim_filed | a | -\n10d | claim_decided | a | auto_approve\n")
    with store.writing() as connection:
        for claim_id, answer in ANSWERS.items():
            entry = LedgerEntry(claim_id, AT_MS, "h", "auto_approve", 0.1, "m", "p", json.dumps(answer), audited=True)
            record_decision(connection, entry)
    run_seal(store, Order(until_ms=AFTER_MS, now_ms=AFTER_MS))
    parties = ("buyer", "merchant")
    write_cases(store, [{"kind": "appeal", "opened_at_ms": AT_MS, "party": party} for party in parties])
    report = make_report(store, POLICY, read(store, POLICY, QUARTER, AFTER_MS))
    items = {item.name: (item.share.hits, item.share.count) for item in report.items}
    assert items["authority"] == (1, 2)
    assert items["sealed"] == (3, 3)
    assert items["verified"] == (1, 1)
    assert (report.decisions.degraded.hits, report.decisions.degraded.count) == (1, 3)
    assert report.decisions.audited.hits == 3
    assert report.appeals is not None
    assert dict(report.appeals.by_party) == {"buyer": 1, "merchant": 1}
    assert [(each.version, each.decisions) for each in report.models] == [("m", 3)]
    assert b"clearclaim" in render_report(report, POLICY, "en")
