"""What `clearclaim users` does with people of the console."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
import warnings
from contextlib import closing
from typing import IO, TYPE_CHECKING, Final

import click
from click.core import ParameterSource

from features.command import one_line_errors
from serving.store_option import open_store

if TYPE_CHECKING:
    from features.store import Store
    from serving.cases.words import Role
    from serving.console.sign_in.opening import SignInParts
    from serving.console.sign_in.people import ListedPerson

NO_ROTATION: Final = (
    "{name}: is a person of the console and has no key; {name} changes the password at /console/password, or an "
    "administrator gives a new one at /console/people"
)
_LONGEST_LINE: Final = 10_000


def refuse_mixture(
    context: click.Context, role: Role | None, scopes: tuple[str, ...], password_file: IO[str] | None
) -> None:
    """Refuse options of a key and of a person together: whoever types them expects what won't be."""
    if (role is None) == (not scopes):
        raise click.UsageError("give either --scope, for a key, or --role, for a person of the console")
    if role is None:
        if password_file is not None:
            raise click.UsageError("--password-file is for people, with --role")
        return
    for name in ("days", "requests_per_second", "burst"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} is for keys, with --scope")


def add_person(url: str, name: str, role: Role, *, author: str, password_file: IO[str] | None) -> None:
    """Let somebody sign in, with a password that is asked for twice, or is the first line of a file."""
    from features.store import StoreError
    from serving.console.sign_in.people import PeopleError

    with one_line_errors(PeopleError, StoreError), closing(open_store(url, existing=True)) as store:
        people = _open(store).people  # a store that isn't there is told before anybody types a password
        password = _typed(f"Password of {name}") if password_file is None else _first_line(password_file)
        people.add(name, role, by=author, password=password)
    click.echo(f"{name}: may sign in at /console as {role}")


def _typed(asked: str) -> str:
    """A password that somebody types twice, or writes into a pipe twice."""
    try:
        with warnings.catch_warnings(action="ignore", category=getpass.GetPassWarning):  # what is piped isn't seen
            return str(click.prompt(asked, hide_input=True, confirmation_prompt="The same once more", err=True))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        what_to_do = "nobody is there to type a password; give it with --password-file, - for stdin"
        raise click.UsageError(what_to_do) from None


def show_people(store: Store, *, everything: bool) -> None:
    """A line for each, and how many there are; nothing where nobody was ever added."""
    people = _open(store).people.all()
    shown = [listed for listed in people if everything or not listed.person.is_disabled]
    for listed in shown:
        click.echo("  ".join(_words(listed)))
    if people:
        disabled = sum(listed.person.is_disabled for listed in people)
        hidden = f", and {disabled} disabled (--all shows them)" if disabled and not everything else ""
        click.echo(f"{len(shown)} {'person' if len(shown) == 1 else 'people'} of the console{hidden}")


def is_person(store: Store, name: str) -> bool:
    """Whether somebody is or was one of the console's people under this name."""
    from serving.console.sign_in.person_table import find_person

    _open_tables(store)
    with store.reading() as connection:
        return find_person(connection, name) is not None


def disable_person(store: Store, name: str, *, author: str) -> None:
    """Let nobody in under a name, not even the last administrator: who types this can add another one."""
    ended = _open(store).people.disable(name, by=author, even_the_last=True)
    click.echo(f"{name}: disabled in the console, {ended} {'session' if ended == 1 else 'sessions'} ended")


def _open(store: Store) -> SignInParts:
    from serving.clock import now_ms
    from serving.console.sign_in.opening import open_sign_in

    return open_sign_in(store, now_ms)


def _open_tables(store: Store) -> None:
    from serving.console.sign_in.tables import SIGN_IN_METADATA

    store.create(SIGN_IN_METADATA)


def _first_line(file: IO[str]) -> str:
    try:
        return file.readline(_LONGEST_LINE).rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name}: is no text in UTF-8") from None


def _words(listed: ListedPerson) -> list[str]:
    person = listed.person
    words = [person.name, "console", person.role, f"since {_day(person.created_at_ms)} by {person.created_by}"]
    words.append("never here" if person.last_seen_ms is None else f"last here {_day(person.last_seen_ms)}")
    if person.disabled_at_ms is not None:
        words.append(f"DISABLED {_day(person.disabled_at_ms)}")
    elif person.must_change:
        words.append("FIRST PASSWORD")
    return words


def _day(moment_ms: int) -> str:
    return dt.datetime.fromtimestamp(moment_ms / 1000, dt.UTC).date().isoformat()
