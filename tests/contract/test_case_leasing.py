"""A case is one person's at a time, whoever else asks for it in the same moment, and comes back when it is left."""

from collections import Counter
from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.cases.case import ReviewCase, find_case, steps_of_case
from serving.cases.leasing import (
    LeaseRefusedError,
    end_leases,
    give_back,
    held_cases,
    next_case,
    renew_lease,
    take_case,
)
from serving.cases.queue import QueueFilter
from serving.cases.stepping import take_step
from serving.console.visit import Person
from tests.contract.at_once import at_once
from tests.contract.cases import HOUR_MS, MINUTE_MS, POLICY, put_case, with_cases
from tests.unit.serving.claims import NOW_MS

ANN, BOB, SUE = Person("ann", "reviewer"), Person("bob", "reviewer"), Person("sue", "senior")
LEASE_MS = POLICY.review.lease_minutes * MINUTE_MS


@pytest.fixture
def cases(store: Store) -> Store:
    return with_cases(store)


def next_for(store: Store, who: Person, now_ms: int = NOW_MS, **wanted: object) -> ReviewCase | None:
    with store.writing() as connection:
        return next_case(connection, who, POLICY, now_ms, QueueFilter(**wanted))


def take(store: Store, who: Person, number: int, now_ms: int = NOW_MS) -> ReviewCase:
    with store.writing() as connection:
        return take_case(connection, who, number, POLICY, now_ms)


def back(store: Store, who: Person, number: int) -> ReviewCase:
    with store.writing() as connection:
        return give_back(connection, who, number, NOW_MS)


def found(store: Store, number: int) -> ReviewCase:
    with store.reading() as connection:
        case = find_case(connection, number)
    assert case is not None
    return case


def test_next_case_is_the_most_urgent_one_that_somebody_may_have(cases: Store) -> None:
    """In the order of turns, passing over another lane, and what they ruled on before."""
    late = put_case(cases, "c1", due_ms=NOW_MS + 9)
    put_case(cases, "c2", due_ms=NOW_MS + 1, lane="senior")
    put_case(cases, "c3", due_ms=NOW_MS + 2, not_for={"ann", "b_b"})
    for_ann, for_bob, for_sue = (next_for(cases, who) for who in (ANN, BOB, SUE))
    assert (for_ann.claim_id, for_bob.claim_id, for_sue.claim_id) == ("c1", "c3", "c2")
    assert (for_ann.number, for_ann.assigned_to, for_ann.lease_until_ms) == (late.number, "ann", NOW_MS + LEASE_MS)
    assert next_for(cases, Person("cat", "reviewer")) is None


def test_second_press_of_next_case_leads_back_and_renews(cases: Store) -> None:
    """It takes nothing from others."""
    put_case(cases, "c1")
    put_case(cases, "c2", due_ms=0)
    first = next_for(cases, ANN)
    again = next_for(cases, ANN, NOW_MS + MINUTE_MS)
    assert (again.number, again.lease_until_ms) == (first.number, NOW_MS + MINUTE_MS + LEASE_MS)
    assert found(cases, first.number) == again
    with cases.reading() as connection:
        assert [case.number for case in held_cases(connection, "ann")] == [first.number]


def test_next_case_is_of_the_kind_that_was_asked_for(cases: Store) -> None:
    """A gold case passes as a review, and nothing else does."""
    put_case(cases, "c1", kind="audit", due_ms=1)
    gold = put_case(cases, "c2", kind="gold", due_ms=2, claim_reason="expired")
    assert next_for(cases, ANN, kind="review", reason="damaged") is None
    assert next_for(cases, ANN, kind="review", whose="mine").number == gold.number


def test_case_given_back_comes_last_to_who_gave_it(cases: Store) -> None:
    """Others get it in its turn; who gave it back gets it again only when there is nothing else."""
    first, second = put_case(cases, "c1", due_ms=1), put_case(cases, "c2", due_ms=2)
    assert next_for(cases, ANN).number == first.number
    assert back(cases, ANN, first.number).standing == first.standing
    assert next_for(cases, ANN).number == second.number
    back(cases, ANN, second.number)
    assert next_for(cases, ANN).number == first.number
    assert next_for(cases, BOB).number == second.number


def test_taking_what_one_may_not_have_says_why(cases: Store) -> None:
    """Each refusal has its word, and changes nothing."""
    free, senior, other = put_case(cases, "c1"), put_case(cases, "c2", lane="senior"), put_case(cases, "c3")
    mine = put_case(cases, "c4", not_for={"ann"})
    take(cases, BOB, other.number)
    for number, why in (
        (999, "unknown"),
        (senior.number, "not_for_you"),
        (other.number, "taken"),
        (mine.number, "not_for_you"),
    ):
        with pytest.raises(LeaseRefusedError) as refused:
            take(cases, ANN, number)
        assert (refused.value.why, refused.value.number) == (why, number)
    with pytest.raises(LeaseRefusedError) as refused:
        take(cases, BOB, free.number)
    assert (refused.value.why, refused.value.number) == ("holds_another", other.number)
    with pytest.raises(LeaseRefusedError, match="you don't have it"):
        back(cases, ANN, other.number)
    assert take(cases, BOB, other.number).number == other.number
    with cases.writing() as connection:
        take_step(connection, found(cases, other.number), "evidence_asked", by="bob", at_ms=NOW_MS, assigned_to=None)
    with pytest.raises(LeaseRefusedError, match="waits for evidence"):
        take(cases, ANN, other.number)


@pytest.mark.parametrize("who", [Person("ada", "administrator"), Person("amy", "auditor")])
def test_who_rules_on_nothing_takes_nothing(cases: Store, who: Person) -> None:
    """Auditors read, administrators don't even do that."""
    case = put_case(cases, "c1")
    assert next_for(cases, who) is None
    with pytest.raises(LeaseRefusedError):
        take(cases, who, case.number)


def test_lease_that_ends_returns_the_case_and_says_whose_it_was(cases: Store) -> None:
    """Whoever looked away too long starts anew, and it is on record."""
    case = put_case(cases, "c1")
    take(cases, ANN, case.number)
    assert end_leases(cases, NOW_MS + LEASE_MS - 1) == 0
    assert end_leases(cases, NOW_MS + LEASE_MS) == 1
    assert end_leases(cases, NOW_MS + LEASE_MS) == 0
    stands = found(cases, case.number)
    assert (stands.state, stands.assigned_to, stands.lease_until_ms) == ("waiting", None, None)
    with cases.reading() as connection:
        assert steps_of_case(connection, case.number)[-1].detail == {"assigned_to": "ann"}


def test_lease_that_is_over_lets_somebody_else_take_the_case(cases: Store) -> None:
    """Even before anybody ended it."""
    case = put_case(cases, "c1")
    take(cases, ANN, case.number)
    assert take(cases, SUE, case.number, NOW_MS + LEASE_MS).assigned_to == "sue"
    with cases.reading() as connection:
        steps = [step.step for step in steps_of_case(connection, case.number)]
    assert steps == ["opened", "taken", "lease_ended", "taken"]


def test_sign_of_life_renews_the_lease_once_a_quarter_is_over(cases: Store) -> None:
    """A view after another one writes nothing; somebody else's renews nothing; a form sent later still fits."""
    put_case(cases, "c1")
    case = next_for(cases, ANN)
    assert renew_lease(cases, case, ANN, POLICY, NOW_MS + 1)
    assert found(cases, case.number) == case
    later = NOW_MS + LEASE_MS // 2
    assert not renew_lease(cases, case, BOB, POLICY, later)
    assert renew_lease(cases, case, ANN, POLICY, later)
    assert found(cases, case.number) == replace(case, lease_until_ms=later + LEASE_MS)
    end_leases(cases, later + LEASE_MS)
    assert not renew_lease(cases, case, ANN, POLICY, later + LEASE_MS)


def test_people_who_ask_at_once_never_get_the_same_case(cases: Store) -> None:
    """Six people, ten cases: each gets one of the most urgent six."""
    numbers = [put_case(cases, f"c{each}", due_ms=each).number for each in range(10)]
    people = [Person(f"p{each}", "reviewer") for each in range(6)]
    got = []
    assert not at_once(*[lambda who=who: got.append(next_for(cases, who)) for who in people])
    assert sorted(case.number for case in got) == numbers[:6]


def test_person_who_asks_twice_at_once_gets_one_case(cases: Store) -> None:
    """Two windows, and a named case in a third."""
    numbers = [put_case(cases, f"c{each}").number for each in range(4)]
    actions = [lambda: next_for(cases, ANN)] * 3 + [lambda: take(cases, ANN, numbers[3])]
    failures = at_once(*actions)
    assert all(isinstance(each, LeaseRefusedError) and each.why == "holds_another" for each in failures)
    with cases.reading() as connection:
        assert len(held_cases(connection, "ann")) == 1


def test_person_who_asks_again_waits_for_their_first_answer(new_postgres_url, open_store) -> None:
    """Where several write at once, the second window can't pass over what the first one is just taking."""
    store = with_cases(open_store(new_postgres_url()))
    for each in range(2):
        put_case(store, f"c{each}")
    with store.writing() as first:
        next_case(first, ANN, POLICY, NOW_MS)
        with store.engine.connect() as second:
            second.execute(sa.text("SET LOCAL lock_timeout = 50"))
            with pytest.raises(sa.exc.DBAPIError, match="lock timeout"):
                next_case(second, ANN, POLICY, NOW_MS)
        assert next_for(store, BOB) is not None


def test_keepers_that_end_leases_at_once_end_each_once(cases: Store) -> None:
    """Three processes, and a person who takes what came back."""
    for each in range(5):
        put_case(cases, f"c{each}")
        next_for(cases, Person(f"p{each}", "reviewer"))
    later = NOW_MS + 2 * HOUR_MS
    ended: list[int] = []
    assert not at_once(*[lambda: ended.append(end_leases(cases, later))] * 3)
    assert sum(ended) == 5
    with cases.reading() as connection:
        counts = Counter(connection.scalars(sa.text("SELECT step FROM case_step")))
    assert counts == {"opened": 5, "taken": 5, "lease_ended": 5}
