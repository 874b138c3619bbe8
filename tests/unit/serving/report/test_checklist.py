"""Transparency: each item is computed, and the points are shared out among those of which there was something."""

import json

import pytest
import sqlalchemy as sa

from features.store import Store
from features.store.schema import VECTOR
from serving.ledger import LedgerEntry, record_decision
from serving.ledger_rulings import RulingEntry, record_ruling
from serving.ledger_seal.running import Order, run_seal
from serving.report.checklist import POINTS, Item, checklist, transparency, verify
from serving.report.figures import Goal, Target, share_of
from serving.report.making import make_report, read
from tests.spec.drawing import BASE_MS
from tests.unit.serving.cases.quality.worlds import write_cases
from tests.unit.serving.report.drawn import AFTER_MS, DAY_MS, POLICY, QUARTER, ground_of

AT_MS = BASE_MS + 10 * DAY_MS


def decide(store: Store, claim_id: str, *, charged_to: str | None = None, authority: str | None = None, **more) -> None:
    """A decision of the quarter, with all that explains it unless it is said otherwise."""
    given = {"model_version": "m1", "policy_version": POLICY.version, "facts": "{}", "vector": True} | more
    answer = {"charged_to": charged_to, "authority": authority and {"kind": authority}, "degraded": False}
    entry = LedgerEntry(
        claim_id,
        AT_MS,
        "c0ffee",
        "auto_approve",
        0.1,
        given["model_version"],
        given["policy_version"],
        json.dumps(answer),
        facts=given["facts"],
    )
    with store.writing() as connection:
        record_decision(connection, entry)
        if given["vector"]:
            row = {"claim_id": claim_id, "as_of_ms": AT_MS, "catalog_hash": "h", "vector": b""}
            connection.execute(sa.insert(VECTOR).values(row))


def ruled(store: Store, ruling_id: str, ruling: str = "deny", **told) -> None:
    """A ruling of the quarter."""
    with store.writing() as connection:
        record_ruling(
            connection,
            RulingEntry(
                ruling_id=ruling_id,
                claim_id=f"claim of {ruling_id}",
                case_number=1,
                kind="review",
                recorded_at_ms=AT_MS,
                ruling=ruling,
                refund_minor=0,
                denial_reason=None,
                verdict="abusive",
                merchant_at_fault=None,
                ruled_by="ann",
                proposed_by=None,
                told=json.dumps(told),
            ),
        )


def items_of(store: Store) -> dict[str, Item]:
    """All items by name; one of two targets could be told."""
    targets = [Target("a", Goal("share", 0.5), share_of(1, 2)), Target("b", Goal("share", 0.5), share_of(0, 0))]
    with ground_of(store) as ground:
        return {item.name: item for item in checklist(ground, verify(store), targets)}


def parts(item: Item) -> tuple[int | None, int | None]:
    return item.share.hits, item.share.count


def test_points_sum_to_one_hundred() -> None:
    """Or it would be no score out of 100."""
    assert sum(POINTS.values()) == 100


def test_decision_is_explainable_by_what_is_on_record(store: Store) -> None:
    """Without its facts, its vector or its policy it can't be explained; a degraded one has no vector to miss."""
    decide(store, "whole")
    decide(store, "degraded", model_version=None, vector=False)
    decide(store, "no facts", facts=None)
    decide(store, "no vector", vector=False)
    decide(store, "no policy", policy_version="gone")
    items = items_of(store)
    assert parts(items["explained"]) == (2, 5)
    assert parts(items["policies"]) == (4, 5)


def test_charges_count_with_their_authority_and_denials_with_their_words(store: Store) -> None:
    """By decisions and by rulings alike; what the platform bears is no charge."""
    decide(store, "a", charged_to="merchant", authority="consent")
    decide(store, "b", charged_to="merchant")
    decide(store, "c", charged_to="platform")
    ruled(store, "r1", "approve", charged_to="merchant", authority={"kind": "adjudication"})
    ruled(store, "r2", text_for_buyer="It was used.")
    ruled(store, "r3", text_for_buyer="")
    items = items_of(store)
    assert parts(items["authority"]) == (2, 3)
    assert parts(items["denials"]) == (1, 2)


def test_appeals_are_due_after_a_week(store: Store) -> None:
    """One is answered in time, one late, one far later; one of the last days is due in the next quarter."""
    late, last = AT_MS + 8 * DAY_MS, BASE_MS + 90 * DAY_MS
    appeals = [
        {"ruled_at_ms": AT_MS + 7 * DAY_MS},
        {"ruled_at_ms": late},
        {"ruled_at_ms": AFTER_MS},
        {"opened_at_ms": last, "ruled_at_ms": last},
    ]
    write_cases(store, [{"kind": "appeal", "opened_at_ms": AT_MS, "closed_at_ms": late} | each for each in appeals])
    assert parts(items_of(store)["appeals"]) == (1, 3)


def test_seals_count_for_what_they_cover_and_only_while_they_hold(store: Store) -> None:
    """A decision that was changed after its seal breaks the check, and one after the last seal isn't sealed."""
    decide(store, "a")
    assert items_of(store)["verified"].why_not is not None
    run_seal(store, Order(until_ms=AFTER_MS, now_ms=AFTER_MS))
    items = items_of(store)
    assert parts(items["sealed"]) == (1, 1)
    assert parts(items["verified"]) == (1, 1)
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE decision SET action = 'manual_review'"))
    assert parts(items_of(store)["verified"]) == (0, 1)


def test_score_is_shared_out_among_items_that_there_was_something_of(store: Store) -> None:
    """Without appeals, charges and denials 70 points are left; what can't be looked at earns none of them."""
    decide(store, "a")
    items = items_of(store)
    target = transparency(tuple(items.values()))
    # explained 20, policies 15, half of complete 10; sealed 15 and verified 10 earn nothing
    assert target.value.value == pytest.approx(100 * 40 / 70)
    assert target.standing == "missed"


def test_key_that_is_missing_is_told_and_not_raised(store: Store, monkeypatch) -> None:
    """Who writes the report needn't hold the key; the check then earns nothing."""
    decide(store, "a")
    monkeypatch.setenv("CLEARCLAIM_SEAL_KEY", "0123456789abcdef")
    run_seal(store, Order(until_ms=AFTER_MS, now_ms=AFTER_MS))
    monkeypatch.delenv("CLEARCLAIM_SEAL_KEY")
    report = make_report(store, POLICY, read(store, POLICY, QUARTER, AFTER_MS))
    [item] = [item for item in report.items if item.name == "verified"]
    assert item.why_not is not None
    assert item.why_not.key == "check_no_key"
