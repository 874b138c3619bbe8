"""A quarter of a small marketplace: its claims go through the service's own code, and a team rules on them."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from features.event_file import to_events
from features.events import Event, EventKind
from features.plan import default_plan
from features.store import Store
from serving.bundle import write_bundle
from serving.cases.quality.tables import DRILL_ANSWER
from serving.insight.refreshing import refresh
from serving.ledger_rulings import open_rulings
from serving.ledger_seal.running import Order, run_seal
from serving.model import load_model
from serving.outbox.tables import open_outbox
from serving.policy import Policy, default_policy_path, read_policy
from serving.replay import is_scorable, replay, split_before_last
from tests.contract.outbox import desk_of, subscribe
from tests.unit.serving.cases.quality.worlds import with_tables, without_waiting, write_cases
from tests.unit.serving.small_champion import champion_contents
from training.simulate import SimulationConfig, simulate

DAY_MS = 86_400_000
NAME = "2026Q2"
FROM = dt.datetime(2026, 4, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
UNTIL = dt.datetime(2026, 7, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
FROM_MS, UNTIL_MS = (round(moment.timestamp() * 1000) for moment in (FROM, UNTIL))
ORDERS = 4_000 if "SCREENSHOTS" in os.environ else 1_000  # a picture shows more
DAYS = 190
PEOPLE = ("ann", "ben", "chen", "dora", "emil")
TRAINED = PEOPLE[:4]
DOUBLES, GOLDS = 120, 60
DENY = {"ruling": "deny", "denial_reason": "false_statement"}


def make_quarter(folder: Path) -> Path:
    """The store of the marketplace, after its quarter."""
    path, policy = folder / "shop.db", read_policy(default_policy_path())
    store = without_waiting(Store.open(f"sqlite:///{path}", default_plan()))
    with_tables(store)
    open_outbox(store)
    open_rulings(store)
    events = simulate(SimulationConfig(orders=ORDERS, days=DAYS, end_ms=UNTIL_MS + DAY_MS, seed=5)).events
    events = events.filter(pc.not_equal(events["kind"], str(EventKind.ORDER_SHIPPED)))  # no figure needs them
    reviewed = _serve(store, policy, folder, events)
    _work(store, reviewed, _first_verdicts(events))
    run_seal(store, Order(until_ms=UNTIL_MS, now_ms=UNTIL_MS + DAY_MS))
    refresh(store, policy, UNTIL_MS + DAY_MS)
    store.close()
    return path


def _serve(store: Store, policy: Policy, folder: Path, events: pa.Table) -> list[str]:
    """Score the quarter's claims, and tell a subscriber at once; returns those that went to a person."""
    plan = default_plan()
    model = load_model(write_bundle(folder / "bundle", champion_contents(plan, recovers=True)).path, plan)
    subscribe(store)
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE webhook SET created_at_ms = 0"))
    desk, reviewed = desk_of(store), []
    for answer in replay(store, split_before_last(events, _claims_since(events)), policy, model):
        if answer.action == "manual_review":
            reviewed.append(answer.claim_id)
        desk.clock.ms = answer.as_of_ms + 1_000
        desk.deliver()
    return reviewed


def _claims_since(events: pa.Table) -> int:
    """How many claims that a service could be asked to score were filed from the quarter's beginning on."""
    later = events.filter(pc.greater_equal(events["known_at_ms"], FROM_MS))
    return sum(is_scorable(event) for event in to_events(later))


def _first_verdicts(events: pa.Table) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for event in to_events(events.filter(pc.equal(events["kind"], str(EventKind.CLAIM_ADJUDICATED)))):
        found.setdefault(event.claim_id or "", event)
    return found


def _work(store: Store, reviewed: list[str], verdicts: dict[str, Event]) -> None:
    """What a team did: reviews, doubles, gold cases, appeals, and drills for most of them."""
    chance = Random(3)
    reviews = [_review(chance, claim_id, verdicts[claim_id]) for claim_id in reviewed if claim_id in verdicts]
    others = [_case(chance, "review") for _ in range(DOUBLES)]
    doubles = []
    for number, first in enumerate(others, len(reviews) + 1):
        double = _case(chance, "double", doubles=number, ruled_by=chance.choice(PEOPLE))
        doubles.append({**double, "ruling": first["ruling"]} if chance.random() < 0.9 else double)
    golds = []
    for _ in range(GOLDS):
        known, is_right = chance.choice(["abusive", "legitimate"]), chance.random() < 0.9
        ruling = DENY if (known == "abusive") == is_right else {"ruling": "approve"}
        golds.append({**_case(chance, "gold", known=known), "ruling": ruling})
    appeals = [_case(chance, "appeal", claim_id=f"C{number}", party="buyer") for number in range(1, 9)]
    write_cases(store, [*reviews, *others, *doubles, *golds, *appeals])
    drill = {"run": 1, "claim_id": "C", "verdict": "abusive", "why": "audit", "ruling": "deny", "is_right": True}
    with store.writing() as connection:
        for place, person in enumerate(TRAINED):
            row = {**drill, "place": place, "person": person, "answered_at_ms": FROM_MS + DAY_MS}
            connection.execute(sa.insert(DRILL_ANSWER).values(row))


def _review(chance: Random, claim_id: str, verdict: Event) -> dict[str, Any]:
    ruling = DENY if verdict.verdict == "abusive" else {"ruling": "approve"}
    at_ms = verdict.occurred_at_ms
    return {**_case(chance, "review", claim_id=claim_id), "opened_at_ms": at_ms - DAY_MS, "ruled_at_ms": at_ms} | {
        "closed_at_ms": at_ms + 60_000,
        "ruling": ruling,
    }


def _case(chance: Random, kind: str, **more: Any) -> dict[str, Any]:
    opened_ms = FROM_MS + int(chance.random() * 85 * DAY_MS)
    ruled_ms = opened_ms + int(chance.lognormvariate(3.2, 0.8) * 60_000)
    ruling = DENY if chance.random() < 0.3 else {"ruling": "approve"}
    case = {"kind": kind, "opened_at_ms": opened_ms, "ruled_at_ms": ruled_ms, "ruled_by": chance.choice(PEOPLE)}
    return {**case, "ruling": ruling, "party": None, **more}
