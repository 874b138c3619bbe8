"""What is done to people holds at once, is on record, and leaves somebody to administer."""

import pytest

from serving.console.sign_in.people import PeopleError
from tests.unit.serving.console.sign_in.people_of_tests import PASSWORD

ACTS = {
    "disable": lambda people: people.disable("ann", by="ada"),
    "change_role": lambda people: people.change_role("ann", "auditor", by="ada"),
    "reset_password": lambda people: people.reset_password("ann", by="ada"),
    "end_sessions": lambda people: people.end_sessions("ann", by="ada"),
}


@pytest.mark.parametrize("act", ACTS)
def test_act_on_somebody_ends_their_sessions_at_once_and_nobody_elses(front, act):
    """A page that is asked for afterwards asks for a sign-in."""
    front.add("ann")
    front.add("bob")
    sessions = [front.entered("ann").cookie, front.entered("ann").cookie, front.entered("bob").cookie]
    ACTS[act](front.parts.people)
    assert [front.is_in(cookie) for cookie in sessions] == [False, False, True]


def test_acts_are_on_record_with_who_did_them(front):
    """The newest first, with the role that the person had then; what changed nothing isn't there."""
    front.add("ann")
    for act in ("disable", "disable", "change_role", "change_role", "reset_password", "end_sessions"):
        ACTS[act](front.parts.people)
    front.parts.people.enable("ann", by="cy")
    assert [(done.by, done.act, done.name, done.role) for done in front.parts.people.acts()] == [
        ("cy", "enabled", "ann", "auditor"),
        ("ada", "sessions_ended", "ann", "auditor"),
        ("ada", "password_reset", "ann", "auditor"),
        ("ada", "role_changed", "ann", "auditor"),
        ("ada", "disabled", "ann", "reviewer"),
        ("ada", "added", "ann", "reviewer"),
    ]


def test_disabled_person_is_out_until_enabled(front):
    """With the password and the role of before."""
    front.add("ann", "senior")
    front.parts.people.disable("ann", by="ada")
    assert front.enter() is None
    front.parts.people.enable("ann", by="ada")
    assert front.entered().role == "senior"


def test_last_administrator_stays(front):
    """Somebody who is disabled administers nothing, so they don't count."""
    people = front.parts.people
    for name in ("ada", "cy"):
        front.add(name, "administrator")
    people.disable("cy", by="ada")
    for act in (lambda: people.disable("ada", by="ada"), lambda: people.change_role("ada", "senior", by="ada")):
        with pytest.raises(PeopleError, match="last administrator") as refused:
            act()
        assert refused.value.key == "last"
    people.enable("cy", by="ada")
    people.change_role("ada", "senior", by="ada")
    people.disable("cy", by="operator", even_the_last=True)
    assert [listed.person.name for listed in people.all() if not listed.person.is_disabled] == ["ada"]


@pytest.mark.parametrize("name", ["", "Ann", "ann lee", "-ann", "x" * 65, "安", "clearclaim", "a\n"])
def test_name_that_cannot_stand_in_a_list_is_refused(front, name):
    """Names are separated by spaces elsewhere, and the system's own name is taken."""
    with pytest.raises(PeopleError, match="no name of a person") as refused:
        front.add(name)
    assert refused.value.key == "no_name"


def test_name_that_somebody_has_is_refused_unless_they_are_disabled(front):
    """Then it is the same person again, with a new role and password."""
    people = front.parts.people
    front.add("ann")
    with pytest.raises(PeopleError, match="is in the console already, as reviewer"):
        people.add("ann", "senior", by="cy")
    people.disable("ann", by="ada")
    first = people.add("ann", "senior", by="cy")
    assert front.enter("ann", PASSWORD) is None
    assert front.entered("ann", first).role == "senior"
    assert len(people.all()) == 1


def test_password_that_is_easy_is_refused_at_the_prompt_too(front):
    """With what to do instead."""
    with pytest.raises(PeopleError, match="take a longer one"):
        front.parts.people.add("ann", "senior", by="cy", password="tea")  # noqa: S106 - refused
    assert front.parts.people.all() == []


@pytest.mark.parametrize("act", ACTS)
def test_person_who_is_not_there_is_named(front, act):
    """And nothing is on record."""
    with pytest.raises(PeopleError, match="ann: no such person"):
        ACTS[act](front.parts.people)
    assert front.parts.people.acts() == []


def test_list_shows_sessions_waits_and_when_somebody_was_here(front):
    """What an administrator needs to see of an attack."""
    front.add("ann")
    front.add("bob")
    front.entered("ann")
    front.guess(5, "bob")
    ann, bob = front.parts.people.all()
    assert (ann.sessions, ann.waits_until_ms, ann.person.last_seen_ms) == (1, None, front.ms)
    assert (bob.sessions, bob.waits_until_ms, bob.person.last_seen_ms) == (0, front.ms + 60_000, None)
