"""`clearclaim users`: who may call the service, with which keys."""

from __future__ import annotations

import datetime as dt
import getpass
from contextlib import closing
from typing import TYPE_CHECKING, Final

import click

from features.command import one_line_errors
from serving.access.callers import SCOPES
from serving.store_option import STORE_HELP, open_store

if TYPE_CHECKING:
    import sqlalchemy as sa

    from serving.access.key_table import ApiKey
    from serving.access.key_text import NewKey

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
SOON_DAYS: Final = 30

_STORE: Final = click.option("--store", required=True, help=STORE_HELP)
_BY: Final = click.option("--by", "author", help="Who says so; it stays on record. Default: this machine's user.")
_DAYS: Final = click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long the key is good for."
)


@click.group()
def users() -> None:
    """Say who may call the service: each user is a name with a key, its scopes and its limit."""


@users.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(tuple(SCOPES)),
    multiple=True,
    required=True,
    help="; ".join(f"{name}: {does}" for name, does in SCOPES.items()) + ". May be repeated.",
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
def add(
    name: str,
    scopes: tuple[str, ...],
    days: int,
    requests_per_second: float,
    burst: int | None,
    author: str | None,
    store: str,
) -> None:
    """Make a key for the user NAME and print it, this once: only its hash is stored.

    The key alone is on standard output. It works within five seconds, without a restart.

    \b
    Example:
      clearclaim users add shop-backend --scope platform --requests-per-second 2000 --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.access.key_table import Grant, KeyTableError, add_user
    from serving.clock import now_ms

    with one_line_errors(KeyTableError, StoreError):
        moment = now_ms()
        granted = frozenset(scope for scope in SCOPES if scope in scopes)
        most = max(1, round(2 * requests_per_second)) if burst is None else burst
        grant = Grant(granted, moment + days * DAY_MS, requests_per_second, most)
        with closing(open_store(store, existing=True)) as opened:
            opened.create(_tables())
            with opened.writing() as connection:
                key = add_user(connection, name, grant, now_ms=moment, author=_author(author))
    _show_key(key, f"key of {name}, good until {_day(moment + days * DAY_MS)}; keep it now, it is never shown again")


@users.command("list")
@click.option("--all", "everything", is_flag=True, help="Keys that were revoked or have expired, too.")
@_STORE
def list_(everything: bool, store: str) -> None:
    """Show users and their keys: what they may do, how often, until when, and when they last called.

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
    moment = now_ms()
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
    """Take back all keys of the user NAME. They stop working within five seconds; that they were there stays on record.

    \b
    Example:
      clearclaim users revoke shop-backend --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.access.key_table import KeyTableError, revoke_keys
    from serving.clock import now_ms

    with one_line_errors(KeyTableError, StoreError), closing(open_store(store, existing=True)) as opened:
        opened.create(_tables())
        with opened.writing() as connection:
            count = revoke_keys(connection, name, now_ms=now_ms(), author=_author(author))
    click.echo(f"{name}: {count} {'key' if count == 1 else 'keys'} revoked")


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

    \b
    Example:
      clearclaim users rotate shop-backend --overlap-hours 48 --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.access.key_table import KeyTableError, rotate_key
    from serving.clock import now_ms

    moment = now_ms()
    with one_line_errors(KeyTableError, StoreError), closing(open_store(store, existing=True)) as opened:
        opened.create(_tables())
        with opened.writing() as connection:
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
