"""A case's life is a table: what isn't in it can't happen."""

from itertools import product

import pytest

from serving.cases.transitions import OPENED, TRANSITIONS, IllegalStepError, Standing, after
from serving.cases.words import CASE_STATES, LANES


def test_closed_case_takes_no_step():
    """Nothing follows the end: an appeal is a new case."""
    assert not [step for (standing, step) in TRANSITIONS if standing.state == "closed"]


def test_every_standing_can_be_reached_and_closed():
    """From the opening all states can come about, and from each of them the end."""
    reached = {OPENED}
    while more := {to for (start, _), to in TRANSITIONS.items() if start in reached} - reached:
        reached |= more
    assert reached >= {Standing(state, lane) for state, lane in product(CASE_STATES, LANES)}
    for standing in reached:
        seen = {standing}
        while more := {to for (start, _), to in TRANSITIONS.items() if start in seen} - seen:
            seen |= more
        assert any(each.state == "closed" for each in seen)


def test_only_a_minute_lies_between_a_ruling_and_its_end():
    """Whatever was ruled can be undone first, and nothing is released that wasn't ruled."""
    releasing = [standing for (standing, step) in TRANSITIONS if step == "released"]
    assert {standing.state for standing in releasing} == {"pending"}
    assert all((standing, "undone") in TRANSITIONS for standing in releasing)


def test_one_person_alone_never_rules_what_needs_two():
    """In the second lane a case is seconded or contested; it isn't simply ruled."""
    assert (Standing("assigned", "second"), "ruled") not in TRANSITIONS


def test_step_that_cannot_follow_is_refused_with_how_the_case_stands():
    """The message says what to do."""
    with pytest.raises(IllegalStepError, match="waiting for anyone, and 'ruled' can't follow; read it again"):
        after(OPENED, "ruled")
