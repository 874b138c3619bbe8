"""As of when a case is shown, to whom, and what of it is kept back."""

from __future__ import annotations

from typing import Any

import pytest

from features.events import EventKind
from serving.cases.case import CaseStep, ReviewCase
from serving.cases.stepping import open_cases
from serving.dossier.moment import may_read, view_of
from tests.unit.serving.claims import DAY_MS, HOUR_MS, NOW_MS
from tests.unit.serving.dossier.past import event, filed, ruled, tell


def a_case(**changes: Any) -> ReviewCase:
    given: dict[str, Any] = {
        "number": 1, "claim_id": "C1", "kind": "review", "state": "assigned", "lane": "anyone", "version": 2,
        "opened_at_ms": NOW_MS, "target_ms": NOW_MS + HOUR_MS, "limit_ms": NOW_MS + DAY_MS, "due_ms": NOW_MS,
        "waiting_cost_minor": 1.0, "reasons_arm": "first", "amount_minor": 5_000, "claim_type": "refund_only",
        "claim_reason": "damaged", "assigned_to": "ann",
    }  # fmt: skip
    return ReviewCase(**{**given, **changes})


def step(name: str, by: str = "ann") -> CaseStep:
    return CaseStep(1, 1, "C1", NOW_MS, by, name, "assigned", "anyone", {})  # type: ignore[arg-type]


@pytest.fixture
def connection(store):
    """To a store with claim C1: filed five days ago, decided an hour later, ruled on three days ago."""
    decided = event(EventKind.CLAIM_DECIDED, 5 - 1 / 24, claim_id="C1", amount_minor=0, action="manual_review")
    tell(store, filed("C1", 5), decided, ruled("C1", 3, "legitimate"))
    open_cases(store)
    with store.reading() as connection:
        yield connection


DECIDED_MS = NOW_MS - round((5 - 1 / 24) * DAY_MS)


def view(connection, case, steps=(), name="ann", role="reviewer"):
    return view_of(connection, case, list(steps), name, role, NOW_MS)


def test_review_is_shown_as_of_now(connection):
    """What came in while it waited is there."""
    shown = view(connection, a_case())
    assert (shown.as_of_ms, shown.rulings, shown.model, shown.kind) == (NOW_MS, True, True, "review")


def test_gold_case_shows_what_the_decision_knew_and_calls_itself_a_review(connection):
    """No later verdict of the claim can be seen, whoever rules on it: a reviewer or a senior."""
    for role in ("reviewer", "senior"):
        shown = view(connection, a_case(kind="gold"), role=role)
        assert (shown.as_of_ms, shown.rulings, shown.kind) == (DECIDED_MS + 1, False, "review")


def test_double_goes_through_what_became_known_until_the_first_verdict(connection):
    """Evidence that came while the review waited comes as the double waits, and nothing from the verdict on."""

    def shown_at(age_ms):
        case = a_case(kind="double", opened_at_ms=NOW_MS - age_ms)
        return view(connection, case)

    young, old = shown_at(HOUR_MS), shown_at(4 * DAY_MS)
    assert (young.as_of_ms, young.rulings, young.kind) == (DECIDED_MS + HOUR_MS + 1, False, "review")
    assert young.as_of_ms + young.shift_ms <= NOW_MS + 1  # nothing is shown in the future
    assert (old.as_of_ms, old.rulings, old.kind) == (NOW_MS - 3 * DAY_MS, False, "review")


@pytest.mark.parametrize("role", ["reviewer", "senior"])
@pytest.mark.parametrize("kind", ["review", "gold", "double"])
def test_closed_case_stays_as_it_was_ruled_on(connection, kind, role):
    """Who ruled on it sees no verdict that came after it, so that none is missing where there can be none."""
    case = a_case(kind=kind, state="closed", assigned_to=None, ruled_by="ann", ruled_at_ms=NOW_MS - 4 * DAY_MS)
    shown = view(connection, case, [step("taken"), step("ruled")], role=role)
    assert (shown.kind, shown.rulings, shown.others) == ("review", False, True)
    assert shown.as_of_ms <= NOW_MS - 4 * DAY_MS


def test_gold_case_tells_what_it_is_to_who_oversees(connection):
    """To an auditor at once, to a senior once it is closed and was another's."""
    assert view(connection, a_case(kind="gold"), name="otto", role="auditor").kind == "gold"
    assert view(connection, a_case(kind="gold"), name="sue", role="senior").kind == "review"
    assert view(connection, a_case(kind="gold", state="closed"), name="sue", role="senior").kind == "gold"


def test_second_person_sees_no_ruling_before_their_own(connection):
    """Who is to agree or not shouldn't know with what."""
    second = a_case(lane="second", assigned_to="bob")
    steps = [step("proposed")]
    assert not view(connection, second, steps, name="bob").others
    assert view(connection, second, steps, name="ann").others
    assert not view(connection, second, [*steps, step("escalated", "bob")], name="bob").others
    anyone = step("undone", "bob")
    assert not view(connection, second, [step("proposed", "bob"), anyone, *steps], name="bob").others
    assert view(connection, a_case(kind="appeal", lane="second", state="closed"), steps, name="bob").others


@pytest.mark.parametrize(
    ("arm", "steps", "model", "asks"),
    [
        ("first", [], True, False),
        ("after_look", [], False, True),
        ("after_look", [step("looked")], True, False),
        ("never", [step("looked")], False, False),
    ],
)
def test_reasons_are_shown_by_the_arm(connection, arm, steps, model, asks):
    """At once, after a first look, or not at all; an auditor sees them whatever the arm."""
    shown = view(connection, a_case(reasons_arm=arm), steps)
    assert (shown.model, shown.asks_for_a_look) == (model, asks)
    assert view(connection, a_case(reasons_arm=arm), steps, name="otto", role="auditor").model


def test_reviewer_reads_cases_that_they_hold_or_ruled_on_and_no_others():
    """Seniors and auditors read all, an administrator none."""
    case = a_case(assigned_to="ann")
    assert may_read(case, [], "ann", "reviewer")
    assert not may_read(case, [step("given_back", "bob")], "bob", "reviewer")
    assert may_read(case, [step("proposed", "bob")], "bob", "reviewer")
    assert all(may_read(case, [], "sue", role) for role in ("senior", "auditor"))
    assert not may_read(case, [], "ann", "administrator")
