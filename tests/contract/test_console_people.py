"""Sign-in on every kind of database, in two processes, and as an operator types it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Thread

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from features.store import Store
from serving.cli import main
from serving.console.sign_in.attempts import FREE
from serving.console.sign_in.opening import open_sign_in
from serving.console.sign_in.people import PeopleError
from tests.unit.serving.console.sign_in.people_of_tests import MINUTE_MS, PASSWORD, Front, quick_passwords

MEANWHILE_SECONDS = 0.5


@pytest.fixture
def two(url: str, open_store: Callable[..., Store]) -> tuple[Front, Front]:
    """Two processes on one store."""
    return Front(open_store(url)), Front(open_store(url))


@pytest.fixture
def users(url: str, open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `clearclaim users` on a store that is there."""
    open_store(url).close()
    monkeypatch.setattr("serving.console.sign_in.opening.Passwords", quick_passwords)
    return lambda *arguments, **how: CliRunner().invoke(main, ["users", *map(str, arguments), "--store", url], **how)


def test_session_of_one_process_holds_and_ends_in_the_other(two: tuple[Front, Front]) -> None:
    """Signing out, a new role and an idle half hour hold there from the next page on."""
    here, there = two
    here.add("ann")
    first, second = here.entered(), here.entered()
    assert there.is_in(first.cookie)
    there.parts.sign_in.sign_out(first.cookie)
    assert not here.is_in(first.cookie)
    there.ms += 29 * MINUTE_MS
    assert there.is_in(second.cookie)
    here.ms += 58 * MINUTE_MS
    assert here.is_in(second.cookie)
    there.parts.people.change_role("ann", "senior", by="ada")
    assert not here.is_in(second.cookie)
    assert here.entered().role == "senior"


def test_guesses_in_all_processes_are_counted_together(two: tuple[Front, Front]) -> None:
    """Many at once are as many attempts: the wait begins after the fifth, wherever it came in."""
    here, there = two
    here.add("ann")
    looked_at = []
    for front in two:
        passwords = quick_passwords(at_once=8)
        compare = passwords.matches

        def matches(password: str, hashed: str | None, compare: Callable[..., bool] = compare) -> bool:
            looked_at.append(hashed is not None)
            return compare(password, hashed)

        passwords.matches = matches  # type: ignore[method-assign]
        front.parts = open_sign_in(front.store, lambda: here.ms, passwords)
    with ThreadPoolExecutor(4) as many:
        list(many.map(lambda number: two[number % 2].guess(1), range(12)))
    assert sum(looked_at) == FREE
    assert here.enter() is None
    here.ms += MINUTE_MS
    assert there.enter() is not None


def test_attempt_counts_while_another_process_forgets_those_of_before(two: tuple[Front, Front]) -> None:
    """An administrator gives a new password in the midst of a guess at the same name: both get their answer."""
    here, there = two
    here.add("ann")
    here.guess(FREE - 1)
    made_up = Queue[str]()
    resetting = Thread(target=lambda: made_up.put(there.parts.people.reset_password("ann", by="ada")))

    def meanwhile(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "console_attempt" in statement and resetting.ident is None:
            resetting.start()
            resetting.join(MEANWHILE_SECONDS)  # over by then, unless it waits for the guess, as it should

    sa.event.listen(here.store.engine, "after_cursor_execute", meanwhile)
    here.guess(1)
    resetting.join()
    assert here.enter(password=made_up.get()) is not None


def test_two_administrators_cannot_remove_each_other(two: tuple[Front, Front]) -> None:
    """Of two who try at once, one stays."""
    for name in ("ada", "cy"):
        two[0].add(name, "administrator")

    def demote(front: Front, name: str) -> bool:
        try:
            front.parts.people.change_role(name, "reviewer", by="both")
        except PeopleError:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        done = list(both.map(demote, two, ("ada", "cy")))
    assert sorted(done) == [False, True]
    assert sorted(listed.person.role for listed in two[0].parts.people.all()) == ["administrator", "reviewer"]


def test_commands_add_list_and_revoke_people(
    users: Callable[..., Result], url: str, open_store: Callable[..., Store], tmp_path
) -> None:
    """The password is asked for twice or read from a file, shown nowhere, and opens the console."""
    asked = users("add", "ada", "--role", "administrator", "--by", "ops", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert (asked.exit_code, asked.stdout) == (0, "ada: may sign in at /console as administrator\n")
    assert PASSWORD not in asked.output
    (tmp_path / "password").write_text(f"{PASSWORD}\r\nanother line\n")
    assert users("add", "ann", "--role", "senior", "--password-file", tmp_path / "password").exit_code == 0
    assert users("add", "bob", "--role", "auditor", "--password-file", "-", input=PASSWORD).exit_code == 0
    users("add", "ann", "--scope", "platform")
    front = Front(open_store(url))
    front.ms = front.parts.people.acts()[0].at_ms
    assert [front.entered(name).role for name in ("ada", "ann", "bob")] == ["administrator", "senior", "auditor"]
    lines = users("list").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["ann", "1 key", "ada", "ann", "bob", "3 people of the console"]
    assert "  console  administrator  since " in lines[2]
    assert " by ops  last here " in lines[2]
    assert users("revoke", "ann").stdout == "ann: 1 key revoked\nann: disabled in the console, 1 session ended\n"
    assert users("revoke", "ada").stdout == "ada: disabled in the console, 1 session ended\n"
    assert front.enter("ann") is None
    assert users("list").stdout.splitlines()[-1] == "1 person of the console, and 2 disabled (--all shows them)"
    assert users("list", "--all").stdout.count("DISABLED") == 2
    again = users("add", "ada", "--role", "administrator", "--password-file", "-", input=PASSWORD)
    assert again.exit_code == 0
    assert front.entered("ada").role == "administrator"
