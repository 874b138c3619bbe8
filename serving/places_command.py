"""`clearclaim insight places`: where strangers meet, so that links through it mean nothing."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from features.command import one_line_errors
from serving.store_option import STORE_HELP, open_store

if TYPE_CHECKING:
    from features.store import Store
    from serving.insight.abuse.columns import ThingKind

_BY = "Who says so; it stays on record."
_HASHED = "The id is given as the store has it: hashed already."


@click.group()
def places() -> None:
    """Keep the list of public places, through which findings of abuse link nobody."""


@places.command()
@click.argument("kind")
@click.argument("place", metavar="ID")
@click.option("--by", "author", required=True, help=_BY)
@click.option("--note", default="", help="What it is.")
@click.option("--pseudonymised", is_flag=True, help=_HASHED)
@click.option("--store", required=True, help=STORE_HELP)
def add(kind: str, place: str, author: str, note: str, pseudonymised: bool, store: str) -> None:
    """Put a device, address, payment or picture (by its hash) on the list of public places.

    Where CLEARCLAIM_ID_KEY is set, ids are hashed as the service hashes them.

    \b
    Example:
      clearclaim insight places add address station-7 --by ann --note "parcel station" --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.clock import now_ms
    from serving.insight.abuse.places import PlaceError, add_place, kind_of

    with one_line_errors(StoreError, PlaceError, ValueError), closing(_open(store)) as opened:
        known, own = kind_of(kind), _author(author)
        stored = _stored(opened, known, place, pseudonymised=pseudonymised)
        with opened.writing() as connection:
            add_place(connection, known, stored, by=own, now_ms=now_ms(), note=note)
    click.echo(f"{kind} {place}: public from the next refresh on")


@places.command()
@click.argument("kind")
@click.argument("place", metavar="ID")
@click.option("--by", "author", required=True, help=_BY)
@click.option("--pseudonymised", is_flag=True, help=_HASHED)
@click.option("--store", required=True, help=STORE_HELP)
def remove(kind: str, place: str, author: str, pseudonymised: bool, store: str) -> None:
    """Take a place off the list; that it was on it stays on record.

    \b
    Example:
      clearclaim insight places remove address station-7 --by ann --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.clock import now_ms
    from serving.insight.abuse.places import PlaceError, end_place, kind_of

    with one_line_errors(StoreError, PlaceError, ValueError), closing(_open(store)) as opened:
        known, own = kind_of(kind), _author(author)
        stored = _stored(opened, known, place, pseudonymised=pseudonymised)
        with opened.writing() as connection:
            end_place(connection, known, stored, by=own, now_ms=now_ms())
    click.echo(f"{kind} {place}: links its buyers again from the next refresh on")


@places.command(name="list")
@click.option("--store", required=True, help=STORE_HELP)
def list_(store: str) -> None:
    """Show the list, the newest first.

    \b
    Example:
      clearclaim insight places list --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.insight.abuse.places import places as listed

    with one_line_errors(StoreError), closing(_open(store)) as opened, opened.reading() as connection:
        found = listed(connection)
    for each in found:
        click.echo("  ".join([each.kind, each.id, f"by {each.added_by}", *[each.note] * bool(each.note)]))
    click.echo(f"{len(found)} {'place' if len(found) == 1 else 'places'}")


@places.command()
@click.option("--store", required=True, help=STORE_HELP)
def propose(store: str) -> None:
    """Show what looks like a public place, as of the last refresh: how many buyers share it, and how many share more.

    \b
    Example:
      clearclaim insight places propose --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.insight.abuse.part import proposals

    with one_line_errors(StoreError), closing(_open(store)) as opened, opened.reading() as connection:
        found = proposals(connection)
    for each in found:
        click.echo(f"{each.kind}  {each.id}  {each.buyers:,} buyers, {each.tied:,} of them share more")
    click.echo(f"{len(found)} proposed")


def _open(url: str) -> Store:
    from serving.insight.abuse.tables import open_abuse
    from serving.insight.tables import open_insight

    opened = open_store(url, existing=True)
    open_insight(opened)
    open_abuse(opened)
    return opened


def _author(author: str) -> str:
    if not author.strip():
        raise ValueError("--by: is empty; name who says so")
    return author.strip()


def _stored(store: Store, kind: ThingKind, place: str, *, pseudonymised: bool) -> str:
    """The id as the store has it: its pseudonym, where there is a key. Pictures have none."""
    from serving.access.id_key import agree_on_id_key
    from serving.access.pseudonyms import is_pseudonym
    from serving.settings import pseudonyms_from

    pseudonyms = pseudonyms_from()
    if kind == "picture":
        return place
    if pseudonymised and not is_pseudonym(kind, place):
        raise ValueError(f"{kind} {place!r:.60} is no pseudonym; leave --pseudonymised out")
    if pseudonymised or pseudonyms is None:
        return place
    if is_pseudonym(kind, place):
        raise ValueError(f"{kind} {place!r:.60} is a pseudonym; say --pseudonymised")
    agree_on_id_key(store, pseudonyms)
    return pseudonyms.of(kind, place)
