"""`clearclaim users`: who may call the service, with which keys, and who may sign in to its console."""

from __future__ import annotations

import datetime as dt
import getpass
from contextlib import closing
from typing import IO, TYPE_CHECKING, Final

import click

from features.command import one_line_errors
from features.spans import DAY_MS, HOUR_MS
from serving.access.callers import SCOPES
from serving.cases.words import ROLES
from serving.people_command import NO_ROTATION, add_person, disable_person, is_person, refuse_mixture, show_people
from serving.store_option import STORE_HELP, open_store

if TYPE_CHECKING:
    import sqlalchemy as sa

    from serving.access.key_table import ApiKey
    from serving.access.key_text import NewKey
    from serving.cases.words import Role

SOON_DAYS: Final = 30

_STORE: Final = click.option("--store", required=True, help=STORE_HELP)
_BY: Final = click.option("--by", "author", help="Who says so; it stays on record. Default: this machine's user.")
_DAYS: Final = click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long the key is good for."
)


@click.group()
def users() -> None:
    """Say who may call the service with a key, and which people may sign in to its console with a password."""


@users.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(tuple(SCOPES)),
    multiple=True,
    help="What a key may do. " + "; ".join(f"{name}: {does}" for name, does in SCOPES.items()) + ". May be repeated.",
)
@click.option("--role", type=click.Choice(ROLES), help="What a person may do in the console, instead of --scope.")
@click.option(
    "--password-file",
    type=click.File("r", encoding="utf-8"),
    help="Its first line is the person's password; - for standard input. Default: ask for it twice.",
)
@_DAYS
@click.option(
    "--requests-per-second",
    type=click.FloatRange(0, min_open=True),
    default=500.0,
    show_default=True,
    help="In all workers together; each one counts its share.",
)
@click.option("--burst", type=click.IntRange(1), help="Requests that may come at once. Default: two seconds' worth.")
@_BY
@_STORE
@click.pass_context
def add(
    context: click.Context,
    name: str,
    scopes: tuple[str, ...],
    role: Role | None,
    password_file: IO[str] | None,
    days: int,
    requests_per_second: float,
    burst: int | None,
    author: str | None,
    store: str,
) -> None:
    """Make a key for the user NAME and print it, this once, or let a person NAME sign in to the console.

    With --scope: the key alone is on standard output. It works within five seconds, without a restart; only its hash
    is stored. With --role: the password is asked for twice, and not shown; at least 12 characters.

    \b
    Example:
      clearclaim users add shop-backend --scope platform --requests-per-second 2000 --store sqlite:///shop.db
      clearclaim users add ann --role administrator --store sqlite:///shop.db
    """
    refuse_mixture(context, role, scopes, password_file)
    by = _author(author)
    if role is None:
        most = max(1, round(2 * requests_per_second)) if burst is None else burst
        _add_key(store, name, scopes, days=days, requests_per_second=requests_per_second, burst=most, author=by)
    else:
        add_person(store, name, role, author=by, password_file=password_file)


def _add_key(
    store: str,
    name: str,
    scopes: tuple[str, ...],
    *,
    days: int,
    requests_per_second: float,
    burst: int,
    author: str,
) -> None:
    from features.store import StoreError
    from serving.access.key_table import Grant, KeyTableError, add_user
    from serving.clock import now_ms

    with one_line_errors(KeyTableError, StoreError):
        moment = now_ms()
        granted = frozenset(scope for scope in SCOPES if scope in scopes)
        grant = Grant(granted, moment + days * DAY_MS, requests_per_second, burst)
        with closing(open_store(store, existing=True)) as opened:
            opened.create(_tables())
            with opened.writing() as connection:
                key = add_user(connection, name, grant, now_ms=moment, author=author)
    _show_key(key, f"key of {name}, good until {_day(moment + days * DAY_MS)}; keep it now, it is never shown again")


@users.command("list")
@click.option("--all", "everything", is_flag=True, help="Keys that ended and people who are disabled, too.")
@_STORE
def list_(everything: bool, store: str) -> None:
    """Show users and their keys: what they may do, how often, until when, and when they last called.

    Then the people of the console: their role, and when they were last there.

    \b
    Example:
      clearclaim users list --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.access.key_table import all_keys
    from serving.clock import now_ms

    with one_line_errors(StoreError), closing(open_store(store, existing=True)) as opened:
        opened.create(_tables())
        with opened.reading() as connection:
            keys = list(all_keys(connection))
        _show_keys(keys, now_ms(), everything=everything)
        show_people(opened, everything=everything)


def _show_keys(keys: list[ApiKey], moment: int, *, everything: bool) -> None:
    shown = [key for key in keys if everything or key.is_live(moment)]
    for key in shown:
        click.echo("  ".join(_words(key, moment)))
    ended = sum(not key.is_live(moment) for key in keys)
    hidden = f", and {ended} that ended (--all shows them)" if ended and not everything else ""
    click.echo(f"{len(shown)} {'key' if len(shown) == 1 else 'keys'}{hidden}")


@users.command()
@click.argument("name")
@_BY
@_STORE
def revoke(name: str, author: str | None, store: str) -> None:
    """Take back all keys of the user NAME, and disable the person NAME of the console.

    Keys stop working within five seconds; sessions end at once. That they were there stays on record.

    \b
    Example:
      clearclaim users revoke shop-backend --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.access.key_table import KeyTableError, keys_of, revoke_keys
    from serving.clock import now_ms
    from serving.console.sign_in.people import PeopleError

    errors = (KeyTableError, PeopleError, StoreError)
    with one_line_errors(*errors), closing(open_store(store, existing=True)) as opened:
        opened.create(_tables())
        has_password = is_person(opened, name)
        with opened.writing() as connection:
            if keys_of(connection, name) or not has_password:
                count = revoke_keys(connection, name, now_ms=now_ms(), author=_author(author))
                click.echo(f"{name}: {count} {'key' if count == 1 else 'keys'} revoked")
        if has_password:
            disable_person(opened, name, author=_author(author))


@users.command()
@click.argument("name")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 24 * 90),
    default=24,
    show_default=True,
    help="How long the key of before works on; 0 revokes it now.",
)
@_DAYS
@_BY
@_STORE
def rotate(name: str, overlap_hours: int, days: int, author: str | None, store: str) -> None:
    """Make another key for the user NAME, with the same scopes and limit, and print it, this once.

    People of the console change their password themselves at /console/password; an administrator gives them a new one
    at /console/people.

    \b
    Example:
      clearclaim users rotate shop-backend --overlap-hours 48 --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.access.key_table import KeyTableError, keys_of, rotate_key
    from serving.clock import now_ms

    moment = now_ms()
    with one_line_errors(KeyTableError, StoreError), closing(open_store(store, existing=True)) as opened:
        opened.create(_tables())
        has_password = is_person(opened, name)
        with opened.writing() as connection:
            if has_password and not keys_of(connection, name):
                raise click.ClickException(NO_ROTATION.format(name=name))
            key = rotate_key(
                connection,
                name,
                now_ms=moment,
                author=_author(author),
                overlap_ms=overlap_hours * HOUR_MS,
                expires_at_ms=moment + days * DAY_MS,
            )
    until = f"works until {_minute(moment + overlap_hours * HOUR_MS)}" if overlap_hours else "is revoked"
    _show_key(key, f"key of {name}, good until {_day(moment + days * DAY_MS)}; the one of before {until}")


def _show_key(key: NewKey, said: str) -> None:
    click.echo(said, err=True)
    click.echo(key.text)


def _words(key: ApiKey, moment_ms: int) -> list[str]:
    limit = "no limit" if key.requests_per_second is None else f"{key.requests_per_second:g}/s"
    used = "never used" if key.last_used_day is None else f"last used {_day(key.last_used_day * DAY_MS)}"
    created = f"since {_day(key.created_at_ms)} by {key.created_by}"
    words = [key.name, key.id, ",".join(sorted(key.scopes)), limit, created]
    if key.expires_at_ms is not None:
        words.append(f"until {_day(key.expires_at_ms)}")
    words.append(used)
    if key.revoked_at_ms is not None:
        words.append(f"REVOKED {_day(key.revoked_at_ms)} by {key.revoked_by}")
    elif key.has_expired(moment_ms):
        words.append("EXPIRED")
    elif key.has_expired(moment_ms + SOON_DAYS * DAY_MS):
        words.append("EXPIRES SOON")
    return words


def _tables() -> sa.MetaData:
    from serving.access.key_table import ACCESS_METADATA

    return ACCESS_METADATA


def _author(author: str | None) -> str:
    if author is not None and author.strip():
        return author.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number and no name
        return "unknown"


def _day(moment_ms: int) -> str:
    return dt.datetime.fromtimestamp(moment_ms / 1000, dt.UTC).date().isoformat()


def _minute(moment_ms: int) -> str:
    return dt.datetime.fromtimestamp(moment_ms / 1000, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
