"""`clearclaim users` says in one line why somebody can't be added."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from features.store import Store
from serving.cli import main
from tests.unit.serving.console.sign_in.people_of_tests import PASSWORD, quick_passwords


@pytest.fixture
def users(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `clearclaim users` on a store that is there."""
    monkeypatch.setattr("serving.console.sign_in.opening.Passwords", quick_passwords)
    url = f"sqlite:///{store.file}"
    return lambda *arguments, **how: CliRunner().invoke(main, ["users", *map(str, arguments), "--store", url], **how)


@pytest.mark.parametrize(
    ("arguments", "given", "code", "said"),
    [
        (("add", "ann"), "", 2, "give either --scope, for a key, or --role"),
        (("add", "ann", "--scope", "platform", "--role", "senior"), "", 2, "give either --scope"),
        (("add", "ann", "--role", "senior", "--days", "3"), "", 2, "--days is for keys"),
        (("add", "ann", "--scope", "platform", "--password-file", "-"), "", 2, "--password-file is for people"),
        (("add", "ann", "--role", "king"), "", 2, "'king' is not one of"),
        (("add", "ann", "--role", "senior", "--password-file", "-"), "tea\n", 1, "Error: ann: the password has less"),
        (("add", "Ann", "--role", "senior", "--password-file", "-"), PASSWORD, 1, "Error: 'Ann': no name of a person"),
        (("add", "cy", "--role", "senior", "--password-file", "-"), PASSWORD, 1, "Error: cy: is in the console"),
        (("add", "ann", "--role", "senior", "--password-file", "-"), b"\xff\xfe", 1, "is no text in UTF-8"),
        (("add", "ann", "--role", "senior"), "", 2, "nobody is there to type a password"),
        (("rotate", "cy"), "", 1, "cy changes the password at /console/password"),
    ],
)
def test_commands_refuse_what_is_neither_a_key_nor_a_person(
    users: Callable[..., Result], arguments: tuple[str, ...], given: str | bytes, code: int, said: str
) -> None:
    """With one line that says what to do; nobody is added."""
    users("add", "cy", "--role", "auditor", "--password-file", "-", input=PASSWORD)
    done = users(*arguments, input=given)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr
    assert users("list").stdout.endswith("1 person of the console\n")
