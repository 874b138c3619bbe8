"""Every decision that asks for a person makes one case, whoever opens it, and in whatever order things commit."""

import json
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.cases.case import ReviewCase, case_of_row, steps_of_case
from serving.cases.tables import REVIEW_CASE
from serving.outbox.pruning import prune_outbox
from serving.outbox.rows import Note, note
from tests.contract.at_once import at_once
from tests.contract.cases import HOUR_MS, POLICY, decide, decide_all, opener_of, put_case, rule, with_cases
from tests.contract.decided import decide as decide_claims
from tests.unit.serving.claims import DAY_MS, NOW_MS


@pytest.fixture
def cases(store: Store) -> Store:
    return with_cases(store)


def all_cases(store: Store) -> list[ReviewCase]:
    with store.reading() as connection:
        return [case_of_row(row) for row in connection.execute(sa.select(REVIEW_CASE).order_by(REVIEW_CASE.c.number))]


def claims_of(store: Store) -> list[str]:
    return sorted(case.claim_id for case in all_cases(store))


def test_decision_that_asks_for_a_person_makes_one_case(cases: Store) -> None:
    """A review for what was left to a person, an audit for what was drawn, with what the queue shows of them."""
    decide_all(cases, ["asked"], cause="human_requested")
    decide_all(cases, ["approved", "advanced"], "auto_approve", audited=False)
    decide_all(cases, ["drawn"], "auto_approve", audited=True)
    opener = opener_of(cases)
    assert [opener.open_all(), opener.open_all()] == [2, 0]
    review, audit = sorted(all_cases(cases), key=lambda case: case.kind, reverse=True)
    assert (review.kind, review.cause, review.state, review.lane) == ("review", "human_requested", "waiting", "anyone")
    assert (review.amount_minor, review.claim_type, review.claim_reason, review.category_id) == (
        *(4_200, "return_refund", "defective", "toys"),
    )
    assert (review.opened_at_ms, review.limit_ms) == (NOW_MS, NOW_MS + DAY_MS)
    assert review.waiting_cost_minor == 0.75 * POLICY.for_category("toys").costs.delay_cost_minor
    assert (audit.claim_id, audit.kind, audit.due_ms) == ("drawn", "audit", NOW_MS + 7 * DAY_MS)
    with cases.reading() as connection:
        steps = [step.step for case in (review, audit) for step in steps_of_case(connection, case.number)]
    assert steps == ["opened", "opened"]


def test_old_decisions_open_cases_in_parts_and_ruled_ones_none(store: Store) -> None:
    """A store that is full when the console comes: what was ruled stays alone, and who is stopped goes on later."""
    claims = decide_claims(store, 6)
    with_cases(store)
    with store.reading() as connection:
        waiting = set(connection.scalars(sa.text("SELECT claim_id FROM decision WHERE action = 'manual_review'")))
    assert waiting == set(claims)
    rule(store, claims[2])
    opener = opener_of(store, part_rows=2)
    assert [opener.open_part(), opener.open_part()] == [0, 2]  # the first part notes where the outbox is
    assert opener_of(store, part_rows=2).open_all() == 3
    assert claims_of(store) == [*claims[:2], *claims[3:]]
    decide_all(store, ["new"])
    assert opener.open_all() == 1


def test_history_that_is_played_is_opened_now(cases: Store) -> None:
    """People sit there now; the buyers of recorded history wait no more."""
    decide_all(cases, ["then"], at_ms=NOW_MS - 300 * DAY_MS)
    opener_of(cases, recorded=True).open_all()
    assert [case.opened_at_ms for case in all_cases(cases)] == [NOW_MS + HOUR_MS]


def test_decision_that_commits_late_is_not_passed_over(new_postgres_url: Callable[[], str], open_store) -> None:
    """A claim that took its number first commits when a reader has passed it."""
    store = with_cases(open_store(new_postgres_url()))
    opener = opener_of(store)
    opener.open_all()
    with store.writing() as slow:
        decide(slow, "slow")
        decide_all(store, ["quick"])
        assert (opener.open_all(), claims_of(store)) == (1, ["quick"])
    assert (opener.open_all(), claims_of(store)) == (1, ["quick", "slow"])


def _again(act: Callable[[], object]) -> None:
    for _ in range(8):
        act()


def test_processes_that_open_at_once_open_each_case_once(cases: Store) -> None:
    """Four openers and a writer of claims, all at the same time."""
    decide_all(cases, [f"old{number}" for number in range(30)])
    names = iter(range(100))
    openers = [opener_of(cases, part_rows=7) for _ in range(4)]
    acts = [openers[0].open_some, *(opener.open_all for opener in openers[1:])]
    acts.append(lambda: decide_all(cases, [f"new{next(names)}"]))
    assert at_once(*(partial(_again, act) for act in acts)) == []
    opener_of(cases).open_all()
    assert claims_of(cases) == sorted(
        [f"old{number}" for number in range(30)] + [f"new{number}" for number in range(8)]
    )


def test_database_refuses_a_second_case_of_a_decision(cases: Store) -> None:
    """Whatever goes wrong elsewhere; another kind of case may follow."""
    put_case(cases, "c1")
    with pytest.raises(sa.exc.IntegrityError):
        put_case(cases, "c1", kind="audit")
    put_case(cases, "c1", kind="appeal")
    put_case(cases, "c1", kind="double")


@pytest.mark.parametrize(
    ("kind", "source", "is_withdrawn"),
    [("review", "reviewer", True), ("audit", "reviewer", False), ("audit", "audit", True), ("gold", "appeal", False)],
)
def test_verdict_by_api_withdraws_what_it_answers(store: Store, kind: str, source: str, is_withdrawn: bool) -> None:
    """A review is answered by any verdict, an audit by an audit's; blind cases measure people and stay."""
    [claim_id] = decide_claims(store, 1)
    with_cases(store)
    opener = opener_of(store)
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE decision SET action = 'auto_approve'"))
    opener.open_all()
    case = put_case(store, claim_id, kind=kind)
    rule(store, claim_id, source)
    opener.open_all()
    [stands] = all_cases(store)
    assert (stands.state, stands.closed_at_ms is not None) == (("closed", True) if is_withdrawn else ("waiting", False))
    with store.reading() as connection:
        step = steps_of_case(connection, case.number)[-1]
    assert step.step == ("withdrawn" if is_withdrawn else "opened")


def test_release_of_a_case_withdraws_no_other_case_of_the_claim(cases: Store) -> None:
    """The console's own verdicts come through the outbox, too."""
    put_case(cases, "c1", kind="appeal", opened_at_ms=NOW_MS - 10)
    review = put_case(cases, "c1")
    opener = opener_of(cases)
    opener.open_all()
    for name, source in ((f"console-case-{review.number}-3", "reviewer"), ("console-case-99-4", "appeal")):
        _tell(cases, "c1", name, source)
    opener.open_all()
    assert [case.state for case in all_cases(cases)] == ["waiting", "waiting"]
    _tell(cases, "c1", "by-api", "appeal")
    opener.open_all()
    assert [case.state for case in all_cases(cases)] == ["closed", "closed"]


def test_outbox_pruned_before_it_was_read_loses_no_case(store: Store) -> None:
    """What the outbox doesn't tell any more stands in the ledger; and what was ruled meanwhile is withdrawn."""
    claims = decide_claims(store, 2)
    with_cases(store)
    opener = opener_of(store)
    opener.open_all()
    rule(store, claims[0])
    decide_all(store, ["unread", "newest"])
    prune_outbox(store, NOW_MS + 300 * DAY_MS)
    opener.open_all()
    assert {case.claim_id: case.state for case in all_cases(store)} == {
        claims[0]: "closed",
        claims[1]: "waiting",
        "unread": "waiting",
        "newest": "waiting",
    }


def _tell(store: Store, claim_id: str, name: str, source: str) -> None:
    payload = json.dumps({"claim_id": claim_id, "adjudication_id": name, "source": source})
    with store.writing() as connection:
        note(connection, [Note(claim_id, "claim.adjudicated", NOW_MS, payload)])
