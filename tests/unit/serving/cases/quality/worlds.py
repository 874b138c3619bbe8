"""Stores with past claims that were settled, and teams who rule on cases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from features.events import Event, EventKind
from features.plan import default_plan
from features.store import Store
from features.store.log import insert_events
from serving.cases.case import ReviewCase
from serving.cases.quality.tables import DOUBLE_CASE, GOLD_ANSWER, GOLD_CASE, open_quality
from serving.cases.stepping import open_case, open_cases, take_step
from serving.cases.tables import CASE_STEP, REVIEW_CASE
from serving.decision import ClaimFacts
from serving.decision.facts import facts_to_json
from serving.ledger import LedgerEntry, open_ledger, record_decision
from serving.policy import Policy, default_policy_path, read_policy

DAY_MS = 86_400_000
NOW_MS = 1_767_225_600_000 + 43_200_000  # 2026-01-01T12:00Z
FILED_MS = NOW_MS - 100 * DAY_MS


def make_store(path: Path) -> Store:
    """A store with all tables that cases need."""
    return with_tables(Store.open(f"sqlite:///{path}", default_plan()))


def without_waiting(store: Store) -> Store:
    """A store whose commits don't wait for the disk, which a test survives; most of a small test is such waiting."""
    store.engine.dispose()
    sa.event.listen(store.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return store


def with_tables(store: Store) -> Store:
    open_cases(store)
    open_quality(store)
    open_ledger(store)
    return store


def policy_with(**review: Any) -> Policy:
    """The shipped policy with other settings of reviews."""
    policy = read_policy(default_policy_path())
    return policy.model_copy(update={"review": policy.review.model_copy(update=review)})


def settle(store: Store, findings: dict[str, Iterable[tuple[str, str, str | None]]], at_ms: int = FILED_MS) -> None:
    """Past claims by id, each with what was found on it: (verdict, source, who)."""
    with store.writing() as connection:
        for place, (claim_id, found) in enumerate(findings.items()):
            moment = at_ms + place
            facts = ClaimFacts(amount_minor=5_900, claim_type="refund_only", as_of_ms=moment, claim_id=claim_id)
            filed = Event(
                event_id=f"filed {claim_id}",
                kind=EventKind.CLAIM_FILED,
                occurred_at_ms=moment,
                known_at_ms=moment,
                claim_id=claim_id,
                buyer_id="B1",
                merchant_id="M1",
                amount_minor=5_900,
                claim_type="refund_only",
                claim_reason="other",
                claim_text="It never came. 没有收到。",
            )
            ruled = [
                Event(
                    event_id=f"ruled {claim_id} {number}",
                    kind=EventKind.CLAIM_ADJUDICATED,
                    occurred_at_ms=moment + number + 1,
                    known_at_ms=moment + number + 1,
                    claim_id=claim_id,
                    buyer_id="B1",
                    merchant_id="M1",
                    verdict=verdict,
                    verdict_source=source,
                    reviewer_id=who,
                )
                for number, (verdict, source, who) in enumerate(found)
            ]
            insert_events(connection, [filed, *ruled])
            record_decision(
                connection,
                LedgerEntry(
                    claim_id, moment, "hash", "manual_review", 0.2, None, "policy", "{}", facts=facts_to_json(facts)
                ),
            )


def review_of(store: Store, claim_id: str, at_ms: int = NOW_MS, **values: Any) -> ReviewCase:
    """Open a review of a claim."""
    row = {
        "claim_id": claim_id,
        "kind": "review",
        "opened_at_ms": at_ms,
        "target_ms": at_ms + 3_600_000,
        "limit_ms": at_ms + DAY_MS,
        "due_ms": at_ms + 3_600_000,
        "waiting_cost_minor": 200.0,
        "reasons_arm": "first",
        "amount_minor": 5_900,
        "claim_type": "refund_only",
        "claim_reason": "other",
    }
    with store.writing() as connection:
        return open_case(connection, {**row, **values}, by="clearclaim", at_ms=at_ms)


def rule(store: Store, case: ReviewCase, who: str, at_ms: int, denial_reason: str | None = None) -> ReviewCase:
    """Somebody takes a case and rules, and the ruling stands: approved, or denied for a reason."""
    ruling = {"ruling": "approve"} if denial_reason is None else {"ruling": "deny", "denial_reason": denial_reason}
    with store.writing() as connection:
        case = take_step(connection, case, "taken", by=who, at_ms=at_ms - 60_000, assigned_to=who)
        case = take_step(connection, case, "ruled", by=who, at_ms=at_ms, ruling=ruling, ruled_by=who, ruled_at_ms=at_ms)
        return take_step(
            connection, case, "released", by="clearclaim", at_ms=at_ms + 60_000, closed_at_ms=at_ms + 60_000
        )


def write_cases(store: Store, cases: Iterable[dict[str, Any]]) -> None:
    """Many closed cases at once, with the steps that figures read; `known` makes one gold, `doubles` a double."""
    rows, steps, golds, answers, doubles = [], [], [], {}, []
    for number, given in enumerate(cases, 1):
        known, doubled = given.pop("known", None), given.pop("doubles", None)
        base = {
            "number": number,
            "claim_id": f"C{number}",
            "kind": "review",
            "state": "closed",
            "lane": "anyone",
            "version": 4,
            "due_ms": 0,
            "waiting_cost_minor": 100.0,
            "reasons_arm": "first",
            "amount_minor": 5_900,
            "claim_type": "refund_only",
            "claim_reason": "damaged",
            "not_for": " ",
            "opened_at_ms": NOW_MS - DAY_MS,
        }
        row = {**base, **given}
        row.setdefault("target_ms", row["opened_at_ms"] + 3_600_000)
        row.setdefault("limit_ms", row["opened_at_ms"] + DAY_MS)
        row.setdefault("ruled_at_ms", row["opened_at_ms"] + 1_800_000)
        row.setdefault("closed_at_ms", row["ruled_at_ms"] + 60_000)
        row.setdefault("ruled_by", "ann")
        row["ruling"] = json.dumps(row.get("ruling", {"ruling": "approve"}))
        rows.append(row)
        moments = {"opened": row["opened_at_ms"], "taken": row["ruled_at_ms"] - 120_000, "ruled": row["ruled_at_ms"]}
        steps += [
            {"case_number": number, "claim_id": row["claim_id"], "at_ms": at_ms, "by": row["ruled_by"], "step": step}
            | {"state": "closed", "lane": "anyone", "detail": "{}"}
            for step, at_ms in moments.items()
        ]
        if known is not None:
            golds.append({"number": number, "claim_id": row["claim_id"], "opened_at_ms": row["opened_at_ms"]})
            answers[row["claim_id"]] = known
        if doubled is not None:
            doubles.append({"review_number": doubled, "number": number, "opened_at_ms": row["opened_at_ms"]})
    known_rows = [
        {"claim_id": claim_id, "verdict": verdict, "why": "audit", "chosen_by": "x", "chosen_at_ms": 0, "given": 1}
        for claim_id, verdict in answers.items()
    ]
    with store.writing() as connection:
        tables = ((REVIEW_CASE, rows), (CASE_STEP, steps), (GOLD_CASE, golds), (GOLD_ANSWER, known_rows))
        for table, these in (*tables, (DOUBLE_CASE, doubles)):
            if these:
                connection.execute(sa.insert(table), these)
