"""The queue is in the order of turns, page by page, whatever is asked for; and its counts are what is there."""

from collections.abc import Iterator
from itertools import product
from random import Random

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.cases.case import ReviewCase, cases_of_claim, find_case
from serving.cases.queue import QueueCounts, QueueFilter, Turn, count_queue, read_queue, shown_kind
from serving.cases.stepping import open_case, take_step
from serving.cases.tally import fold_tally
from serving.cases.words import BLIND_KINDS, CASE_KINDS, LANES, OPEN_STATES
from serving.console.visit import Person
from tests.contract.at_once import at_once
from tests.contract.cases import HOUR_MS, MINUTE_MS, VALUES, put_case, with_cases
from tests.unit.serving.claims import NOW_MS

ANN = Person("ann", "reviewer")
AMY = Person("amy", "auditor")
REASONS = ("damaged", "expired")


@pytest.fixture
def cases(store: Store) -> Store:
    """Eighty cases of all kinds and in all states, some of which are due in the same millisecond."""
    chance = Random(7)
    with_cases(store)
    with store.writing() as connection:
        for number in range(80):
            values = {
                "claim_id": f"c{number}",
                "kind": chance.choice(CASE_KINDS),
                "lane": chance.choice(["anyone", "senior"]),
                "claim_reason": chance.choice(REASONS),
                "due_ms": NOW_MS + chance.randrange(20),
                "target_ms": NOW_MS + chance.randrange(-30, 30) * MINUTE_MS,
                "not_for": {"joann", *(["ann"] if number % 3 == 0 else [])},
            }
            case = open_case(connection, {**VALUES, **values}, by="clearclaim", at_ms=NOW_MS)
            _move(connection, case, chance.choice(["waiting", "assigned", "awaiting_evidence", "withdrawn"]), chance)
    return store


def _move(connection: sa.Connection, case: ReviewCase, to: str, chance: Random) -> None:
    name = chance.choice(["ann", "bob"])
    if to == "withdrawn":
        take_step(connection, case, "withdrawn", by="clearclaim", at_ms=NOW_MS, closed_at_ms=NOW_MS)
    elif to != "waiting":
        case = take_step(connection, case, "taken", by=name, at_ms=NOW_MS, assigned_to=name, lease_until_ms=NOW_MS)
        if to == "awaiting_evidence":
            take_step(connection, case, "evidence_asked", by=name, at_ms=NOW_MS, assigned_to=None, lease_until_ms=None)


def everything(store: Store) -> list[ReviewCase]:
    with store.reading() as connection:
        return [case for number in range(1, 200) if (case := find_case(connection, number))]


def pages(store: Store, who: Person, wanted: QueueFilter, most: int) -> Iterator[tuple[ReviewCase, ...]]:
    after = None
    while True:
        with store.reading() as connection:
            page = read_queue(connection, who, NOW_MS, wanted, after, most)
        yield page.cases
        if page.after is None:
            return
        after = Turn.of_text(str(page.after))


def fits(case: ReviewCase, who: Person, wanted: QueueFilter) -> bool:
    # one that measures isn't shown to who worked on its claim: they would see it without a way to take it
    is_hidden = case.kind in BLIND_KINDS and who.name in case.not_for and who.role != "auditor"
    return not is_hidden and (
        case.state in {"waiting", "assigned"}
        and wanted.kind in {None, shown_kind(case.kind, who.role)}
        and wanted.reason in {None, case.claim_reason}
        and wanted.lane in {None, case.lane}
        and (not wanted.late or case.target_ms <= NOW_MS)
        and {"anybody": True, "mine": case.assigned_to == who.name, "nobody": case.state == "waiting"}[wanted.whose]
    )


def test_queue_shows_what_is_asked_for_in_the_order_of_turns(cases: Store) -> None:
    """Each combination of filters, from the first page to the last: every case once, and none that doesn't fit."""
    there = sorted(everything(cases), key=lambda case: (case.due_ms, case.number))
    kinds, whose, lanes = [None, "review", "audit", "gold"], ["anybody", "mine", "nobody"], [None, *LANES]
    shown = 0
    for who, kind, reason, each, late, lane in product(
        [ANN, AMY], kinds, [None, "damaged"], whose, [False, True], lanes
    ):
        wanted = QueueFilter(kind=kind, reason=reason, whose=each, late=late, lane=lane)
        found = [case for page in pages(cases, who, wanted, 50) for case in page]
        assert found == [case for case in there if fits(case, who, wanted)], wanted
        shown += len(found)
    assert shown > 200


def test_pages_leave_out_nothing_where_turns_are_the_same(cases: Store) -> None:
    """Many cases are due in one millisecond; a page that ends among them goes on among them."""
    there = {case.number for case in everything(cases) if fits(case, ANN, QueueFilter())}
    for most in (1, 7, len(there), 50):
        found = list(pages(cases, ANN, QueueFilter(), most))
        assert all(len(page) == most for page in found[:-1])
        numbers = [case.number for page in found for case in page]
        assert (len(numbers), set(numbers)) == (len(there), there)


@pytest.mark.parametrize("who", [ANN, AMY])
def test_counts_are_what_is_there(cases: Store, who: Person) -> None:
    """Of each state and kind; who may be given a blind case doesn't learn how many there are."""
    with cases.reading() as connection:
        counts = count_queue(connection, who.role, NOW_MS, 10 * MINUTE_MS)
    there = everything(cases)
    queued = [case for case in there if case.state in {"waiting", "assigned"}]
    assert counts.states == {
        state: count for state in OPEN_STATES if (count := sum(case.state == state for case in there))
    }
    kinds = [shown_kind(case.kind, who.role) for case in queued]
    assert counts.kinds == {kind: kinds.count(kind) for kind in kinds}
    assert ("gold" in counts.kinds) is (who is AMY)
    left = [case.target_ms - NOW_MS for case in queued]
    assert counts.late == sum(each <= 0 for each in left)
    assert counts.soon == sum(0 < each <= 10 * MINUTE_MS for each in left)


def test_queries_of_the_queue_go_by_its_indexes(cases: Store, database: str) -> None:
    """No page and no count reads through all cases: what the database plans for 80 rows, it keeps for 100,000."""
    asked: list[str] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        asked.append((statement, parameters))

    with cases.reading() as connection:
        if database == "postgresql":
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        sa.event.listen(cases.engine, "before_cursor_execute", note)
        try:
            read_queue(connection, ANN, NOW_MS, QueueFilter(reason="expired"), Turn(NOW_MS, 3))
            count_queue(connection, "reviewer", NOW_MS, MINUTE_MS)
        finally:
            sa.event.remove(cases.engine, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if database == "sqlite" else "EXPLAIN "
        plans = [
            " ".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))
            for statement, parameters in asked
        ]
    assert len(plans) == 4
    for plan, index in zip(
        plans, ["review_case_queue", "case_tally", "review_case_late", "review_case_late"], strict=True
    ):
        assert index in plan, plan


def test_tally_that_is_folded_says_the_same(cases: Store) -> None:
    """However many fold it at once, while others go on; in the end each heap has one row."""
    rows = [{**VALUES, "claim_id": f"d{number}", "target_ms": NOW_MS + number * HOUR_MS} for number in range(15)]
    with cases.writing() as connection:
        for row in rows:
            open_case(connection, row, by="clearclaim", at_ms=NOW_MS)
            open_case(connection, {**row, "kind": "appeal"}, by="clearclaim", at_ms=NOW_MS)
            for case in cases_of_claim(connection, str(row["claim_id"]))[:1]:
                take_step(connection, case, "withdrawn", by="clearclaim", at_ms=NOW_MS, closed_at_ms=NOW_MS)

    def counted() -> QueueCounts:
        with cases.reading() as connection:
            return count_queue(connection, "auditor", NOW_MS + 9 * HOUR_MS, HOUR_MS)

    before = counted()
    failures = at_once(*[lambda: fold_tally(cases, 10)] * 3, lambda: put_case(cases, "new", target_ms=NOW_MS))
    assert not failures
    after = counted()
    assert (after.late, sum(after.states.values())) == (before.late + 1, sum(before.states.values()) + 1)
    assert after.soon == before.soon
    fold_tally(cases, 0)
    assert counted() == after
    assert not fold_tally(cases, 0)


@pytest.mark.parametrize("text", ["", "x", "1-0", "1-", "-1", "1--1", "9" * 30 + "-1", "1-1;drop"])
def test_turn_that_nobody_wrote_is_none(text: str) -> None:
    """An address that was changed begins at the first page."""
    assert Turn.of_text(text) is None
