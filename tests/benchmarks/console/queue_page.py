"""The page of a queue in which 100,000 cases wait, whatever somebody asks of it."""

from __future__ import annotations

import statistics
from random import Random

import sqlalchemy as sa

from console.browsing import DATABASES, empty_store, page_figures, page_times
from features.store import Store
from features.store.rows import WRITE_ROWS
from figures import Figure
from serving.cases.case import find_case
from serving.cases.priority import find_clocks
from serving.cases.queue import QueueFilter, read_queue
from serving.cases.stepping import open_cases, open_many, take_step
from serving.console.visit import Person
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.console.visiting import NOW_MS, desk_of

CASES = 100_000
TARGET_MS = 50
PEOPLE = 40
DAY_MS = 86_400_000
KINDS = {"review": 90, "audit": 5, "gold": 3, "double": 2}
REASONS = {"damaged": 40, "not_received": 39, "changed_mind": 20, "expired": 0.99, "counterfeit": 0.01}


def run() -> list[Figure]:
    """The slowest of what is asked, on each database."""
    figures = []
    for database in DATABASES:
        with empty_store(database) as store:
            fill_queue(store)
            figures += _figures(store, "" if database == "sqlite" else f"{database}_")
    return figures


def fill_queue(store: Store) -> None:
    """A queue of a bad week: most cases are late, and everybody has one."""
    open_cases(store)
    chance, policy = Random(8), read_policy(default_policy_path())
    rows = []
    for number in range(CASES):
        [kind], [reason] = (chance.choices(list(each), list(each.values())) for each in (KINDS, REASONS))
        opened_ms = NOW_MS - chance.randrange(7 * DAY_MS)
        clocks = find_clocks(policy, kind, None, chance.random(), opened_ms)
        rows.append(
            {
                "claim_id": f"C{number:07}",
                "kind": kind,
                "opened_at_ms": opened_ms,
                "target_ms": clocks.target_ms,
                "limit_ms": clocks.limit_ms,
                "due_ms": clocks.due_ms,
                "waiting_cost_minor": clocks.waiting_cost_minor,
                "reasons_arm": "first",
                "amount_minor": chance.randrange(100, 50_000),
                "claim_type": "refund_only",
                "claim_reason": reason,
                "cause": "least_cost",
            }
        )
    for start in range(0, CASES, WRITE_ROWS):
        with store.writing() as connection:
            open_many(connection, rows[start : start + WRITE_ROWS], by="clearclaim", at_ms=NOW_MS)
    with store.writing() as connection:
        for person in range(PEOPLE):
            case = find_case(connection, 1 + 997 * person)
            if case is not None:
                has = {"assigned_to": f"p{person}", "lease_until_ms": NOW_MS + 600_000}
                take_step(connection, case, "taken", by=f"p{person}", at_ms=NOW_MS, **has)
        connection.execute(sa.text("ANALYZE"))  # a server does so by itself within a minute


def _figures(store: Store, prefix: str) -> list[Figure]:
    desk = desk_of(store)
    with store.reading() as connection:
        middle = read_queue(
            connection, Person("p1", "reviewer"), NOW_MS, QueueFilter(late=True), None, CASES // 2
        ).after
    asked = {
        "all": ("", "reviewer"),
        "late": ("?late=1", "senior"),
        "audits": ("?kind=audit", "senior"),
        "one in ten thousand": ("?reason=counterfeit", "reviewer"),
        "of the middle lane": ("?lane=second", "auditor"),
        "the middle": (f"?after={middle}", "auditor"),
        "mine": ("?who=mine", "reviewer"),
    }
    times = {name: page_times(desk, f"/console/queue{query}", "p1", role) for name, (query, role) in asked.items()}
    medians = {name: statistics.median(each) for name, each in times.items()}
    slowest = max(medians, key=medians.__getitem__)
    return page_figures(
        f"console/{prefix}queue_of_{CASES}", times[slowest], TARGET_MS, asked=slowest, medians=medians, cases=CASES
    )
