"""Opening a case for each of 100,000 decisions that nobody has looked at, when the console comes to a full store."""

from __future__ import annotations

import json
import time

from console.browsing import DATABASES, empty_store
from features.store import Store
from features.store.rows import WRITE_ROWS, write_rows
from figures import Figure, no_more_than
from serving.cases.opening import CaseOpener
from serving.ledger import DECISION
from serving.outbox.tables import OUTBOX
from serving.policy import default_policy_path, read_policy
from tests.contract.outbox import with_outbox
from tests.unit.serving.console.visiting import NOW_MS

DECISIONS = 100_000
ANSWER_BYTES = 3_000  # an answer has about as many
TARGET_SECONDS = 60


def run() -> list[Figure]:
    """How long it takes, and how long a claim would wait for the longest part, on each database."""
    figures = []
    for database in DATABASES:
        with empty_store(database) as store:
            fill_ledger(with_outbox(store))
            figures.append(_figure(store, "" if database == "sqlite" else f"{database}_"))
    return figures


def _figure(store: Store, prefix: str) -> Figure:
    policy = read_policy(default_policy_path())
    opener = CaseOpener(store, lambda: policy, lambda: NOW_MS)
    opened, parts, began = 0, [], time.perf_counter()
    while True:
        part_began = time.perf_counter()
        more = opener.open_part()
        parts.append(1000 * (time.perf_counter() - part_began))
        if more is None:
            break
        opened += more
    seconds = time.perf_counter() - began
    if opened != DECISIONS:
        raise ValueError(f"{DECISIONS:,} cases were to be opened, and {opened:,} were")
    name = f"console/{prefix}open_{DECISIONS}_cases"
    return no_more_than(name, seconds, "seconds", TARGET_SECONDS, parts=len(parts), longest_part_ms=max(parts))


def fill_ledger(store: Store) -> None:
    """Decisions that nobody has looked at, in the ledger and in the outbox."""
    names = ("claim_id", "decided_at_ms", "content_hash", "action", "abuse_probability", "policy_version", "answer")
    for start in range(0, DECISIONS, WRITE_ROWS):
        numbers = range(start, min(start + WRITE_ROWS, DECISIONS))
        rows = [(*_decision(number), _facts(number)) for number in numbers]
        with store.writing() as connection:
            write_rows(connection, DECISION, rows, (*names, "facts"))
            told = [(row[0], "claim.decided", row[1]) for row in rows]
            write_rows(connection, OUTBOX, told, ("claim_id", "kind", "at_ms"))


def _decision(number: int) -> tuple[str, int, str, str, float, str, str]:
    answer = {"action": "manual_review", "cause": "least_cost", "rest": "x" * ANSWER_BYTES}
    at_ms = NOW_MS - DECISIONS + number
    return f"C{number:07}", at_ms, "c0ffee", "manual_review", number % 1000 / 1000, "ba98", json.dumps(answer)


def _facts(number: int) -> str:
    facts = {"amount_minor": 100 + number, "claim_type": "refund_only", "as_of_ms": NOW_MS, "claim_id": f"C{number:07}"}
    return json.dumps({**facts, "buyer_id": f"B{number}", "order_id": f"O{number}", "category_id": "toys"})
