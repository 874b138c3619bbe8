"""A case changes by steps alone, each of them on record, and two people can't both take the same one."""

import pytest

from serving.cases.case import cases_of_claim, find_case, steps_of_case
from serving.cases.stepping import CaseConflictError, open_case, open_cases, take_step
from serving.cases.transitions import IllegalStepError, Standing

VALUES = {
    "claim_id": "c1",
    "kind": "review",
    "opened_at_ms": 1_000,
    "target_ms": 2_000,
    "limit_ms": 3_000,
    "due_ms": 1_500,
    "waiting_cost_minor": 200.0,
    "reasons_arm": "first",
    "amount_minor": 5_900,
    "claim_type": "refund_only",
    "claim_reason": "damaged",
}


@pytest.fixture
def cases(open_store, url):
    """A store with the tables of cases."""
    store = open_store(url)
    open_cases(store)
    return store


def test_case_keeps_its_life_on_record(cases):
    """Every step is there afterwards, with who took it and what they noted."""
    with cases.writing() as connection:
        case = open_case(connection, VALUES, by="clearclaim", at_ms=1_000)
        case = take_step(connection, case, "taken", by="ann", at_ms=1_100, assigned_to="ann", lease_until_ms=9_000)
        ruling = {"ruling": "approve", "text": "好的"}
        case = take_step(
            connection,
            case,
            "proposed",
            by="ann",
            at_ms=1_200,
            detail={"why": "两人"},
            ruling=ruling,
            assigned_to=None,
            lease_until_ms=None,
            not_for={"ann", "bob"},
        )
    with cases.reading() as connection:
        assert find_case(connection, case.number) == case
        assert cases_of_claim(connection, "c1") == [case]
        steps = steps_of_case(connection, case.number)
    assert case.standing == Standing("waiting", "second")
    assert (case.ruling, case.not_for, case.version) == (ruling, frozenset({"ann", "bob"}), 3)
    assert [(step.step, step.by, step.state) for step in steps] == [
        ("opened", "clearclaim", "waiting"),
        ("taken", "ann", "assigned"),
        ("proposed", "ann", "waiting"),
    ]
    assert steps[2].detail == {"why": "两人"}


def test_step_on_an_old_version_changes_nothing(cases):
    """Of two people who read the same case, the second one is refused."""
    with cases.writing() as connection:
        case = open_case(connection, VALUES, by="clearclaim", at_ms=1_000)
        take_step(connection, case, "taken", by="ann", at_ms=1_100, assigned_to="ann")
    with pytest.raises(CaseConflictError, match="somebody else"), cases.writing() as connection:
        take_step(connection, case, "taken", by="bob", at_ms=1_100, assigned_to="bob")
    with pytest.raises(IllegalStepError), cases.writing() as connection:
        take_step(connection, case, "released", by="bob", at_ms=1_100)
    with cases.reading() as connection:
        assert find_case(connection, case.number).assigned_to == "ann"
        assert len(steps_of_case(connection, case.number)) == 2


def test_step_changes_only_what_a_step_may(cases):
    """Whose claim it is and when it was opened stays."""
    with cases.writing() as connection:
        case = open_case(connection, VALUES, by="clearclaim", at_ms=1_000)
        with pytest.raises(TypeError, match="claim_id: no step changes that"):
            take_step(connection, case, "taken", by="ann", at_ms=1_100, claim_id="c2")
