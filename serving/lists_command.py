"""`clearclaim lists`: who is on the lists that rules ask."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.command import one_line_errors
from serving.store_option import STORE_HELP, open_store

if TYPE_CHECKING:
    from features.store import Store
    from serving.policy import Policy
    from serving.policy.rules import ListKind


@click.group()
def lists() -> None:
    """Keep the lists that the policy's rules ask, such as buyers to be treated well."""


def _members_of(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments that adding and removing share."""
    for decorate in (
        click.option("--store", required=True, help=STORE_HELP),
        click.option("--from-file", type=click.Path(path_type=Path), help="Take members from a file, one a line."),
        click.option("--pseudonymised", is_flag=True, help="Members are given as the store has them: hashed already."),
        click.option("--by", "author", required=True, help="Who says so; it stays on record."),
        click.argument("members", nargs=-1, metavar="[MEMBER]..."),
        click.argument("name"),
    ):
        command = decorate(command)
    return command


@lists.command()
@_members_of
@click.option("--until", metavar="DATE", help="The last day on the list, such as 2027-06-30, in the policy's zone.")
@click.option("--note", default="", help="Why.")
def add(
    name: str,
    members: tuple[str, ...],
    author: str,
    from_file: Path | None,
    store: str,
    pseudonymised: bool,
    until: str | None,
    note: str,
) -> None:
    """Put members on the list NAME of the policy in force: ids, or for pictures their perceptual hashes.

    Who is on it already with another last day or note is renewed. All are added, or none. Where CLEARCLAIM_ID_KEY is
    set, buyers are hashed as the service hashes them.

    \b
    Example:
      clearclaim lists add vip_buyers buyer-00017 buyer-00042 --by ann --until 2027-06-30 --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.clock import now_ms
    from serving.lists import add_members
    from serving.policy import PolicyError

    with one_line_errors(ValueError, PolicyError, StoreError):
        policy, kind = _list_of(name)
        wanted = _stored(_checked(_members(members, from_file), kind), kind, pseudonymised=pseudonymised)
        moment = now_ms()
        expires = None if until is None else _end_of(until, policy, moment)
        with closing(open_store(store, existing=True)) as opened:
            _prepare(opened, kind)
            with opened.writing() as connection:
                added, known = add_members(
                    connection,
                    name,
                    kind,
                    wanted,
                    now_ms=moment,
                    author=_author(author),
                    expires_at_ms=expires,
                    note=note,
                )
    click.echo(f"{name}: {added} added, {known} on it already")


@lists.command()
@_members_of
def remove(
    name: str, members: tuple[str, ...], author: str, from_file: Path | None, store: str, pseudonymised: bool
) -> None:
    """Take members off the list NAME; that they were on it stays on record.

    \b
    Example:
      clearclaim lists remove vip_buyers buyer-00017 --by ann --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.clock import now_ms
    from serving.lists import remove_members
    from serving.policy import PolicyError

    with one_line_errors(ValueError, PolicyError, StoreError):
        kind = _list_of(name)[1]
        wanted = _stored(_members(members, from_file), kind, pseudonymised=pseudonymised)
        with closing(open_store(store, existing=True)) as opened:
            _prepare(opened, kind)
            with opened.writing() as connection:
                removed = remove_members(connection, name, wanted, now_ms=now_ms(), author=_author(author))
    click.echo(f"{name}: {removed} removed, {len(set(wanted)) - removed} not on it")


@lists.command()
@click.argument("name", required=False)
@click.option("--member", help="Only this one; buyers are hashed as when they are added.")
@click.option("--store", required=True, help=STORE_HELP)
def show(name: str | None, member: str | None, store: str) -> None:
    """Show who is on the list NAME, or on each list of the policy in force; expired entries are marked.

    \b
    Example:
      clearclaim lists show vip_buyers --store sqlite:///shop.db
      clearclaim lists show --member buyer-00017 --store sqlite:///shop.db
    """
    from features.store import StoreError
    from serving.clock import now_ms
    from serving.lists import LISTS_METADATA, entries_of
    from serving.policy import PolicyError

    with one_line_errors(ValueError, PolicyError, StoreError):
        policy = _policy() if name is None else _list_of(name)[0]
        names = None if member is None else _names_of(member)
        with closing(open_store(store, existing=True)) as opened:
            opened.create(LISTS_METADATA)
            with opened.reading() as connection:
                found = [entry for each in ([name] if name else policy.lists) for entry in entries_of(connection, each)]
    found = [entry for entry in found if names is None or entry.member in names]
    moment = now_ms()
    for entry in found:
        words = [entry.list, entry.member, f"since {_day_of(entry.added_at_ms, policy)} by {entry.added_by}"]
        if entry.expires_at_ms is not None:
            words.append(f"until {_day_of(entry.expires_at_ms - 1, policy)}")
        words += ["EXPIRED"] * entry.has_expired(moment) + [entry.note] * bool(entry.note)
        click.echo("  ".join(words))
    click.echo(f"{len(found)} {'entry' if len(found) == 1 else 'entries'}")


def _policy() -> Policy:
    from serving.policy import read_policy
    from serving.settings import Settings

    return read_policy(Settings.from_environment().policy_path)


def _list_of(name: str) -> tuple[Policy, ListKind]:
    policy = _policy()
    if name not in policy.lists:
        near = difflib.get_close_matches(name, policy.lists, n=1)
        known = ", ".join(policy.lists) or "none"
        said = f"did you mean {near[0]}?" if near else f"it has {known}; declare it under [lists]"
        raise ValueError(f"{name}: no list of the policy in force; {said}")
    return policy, policy.lists[name]


def _members(members: Sequence[str], from_file: Path | None) -> list[str]:
    found = list(members)
    if from_file is not None:
        try:
            lines = from_file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError as error:
            raise ValueError(f"{from_file}: no such file; name one with one member a line") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{from_file}: can't be read as text; name a file with one member a line") from error
        found += [line.strip() for line in lines if line.strip()]
    if not found:
        raise ValueError("no members; name some, or a file of them with --from-file")
    return found


def _checked(members: list[str], kind: ListKind) -> list[str]:
    from serving.lists import complain_of_member

    for member in members:
        if complaint := complain_of_member(kind, member):
            raise ValueError(f"member of a list of kind {kind} {complaint}")
    return members


def _stored(members: list[str], kind: ListKind, *, pseudonymised: bool) -> list[str]:
    """Members as the store calls them: buyers by their pseudonyms, where there is a key."""
    from serving.access.pseudonyms import is_pseudonym
    from serving.settings import pseudonyms_from

    if kind != "buyer":
        return members
    pseudonyms = pseudonyms_from()
    for member in members:
        if pseudonymised and not is_pseudonym("buyer", member):
            raise ValueError(f"member {member!r:.60} is no pseudonym; leave --pseudonymised out")
        if not pseudonymised and pseudonyms is not None and is_pseudonym("buyer", member):
            raise ValueError(f"member {member!r:.60} is a pseudonym; say --pseudonymised")
    return members if pseudonymised or pseudonyms is None else [pseudonyms.of("buyer", member) for member in members]


def _names_of(member: str) -> set[str]:
    """What a member may be called on lists: as it is given, and as a buyer."""
    from serving.settings import pseudonyms_from

    pseudonyms = pseudonyms_from()
    return {member} if pseudonyms is None else {member, pseudonyms.of("buyer", member)}


def _prepare(store: Store, kind: ListKind) -> None:
    from serving.access.id_key import agree_on_id_key
    from serving.lists import LISTS_METADATA
    from serving.settings import pseudonyms_from

    store.create(LISTS_METADATA)
    if kind == "buyer":
        agree_on_id_key(store, pseudonyms_from())


def _author(author: str) -> str:
    if not author.strip():
        raise ValueError("--by: is empty; name who says so")
    return author.strip()


def _end_of(until: str, policy: Policy, moment_ms: int) -> int:
    try:
        day = dt.date.fromisoformat(until)
        end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), policy.zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"--until: is {until!r}, which is no day; write one such as 2027-06-30") from error
    end_ms = int(end.timestamp() * 1000)
    if end_ms <= moment_ms:
        raise ValueError(f"--until: {until} is over; name a day to come, or leave it out")
    return end_ms


def _day_of(moment_ms: int, policy: Policy) -> str:
    return dt.datetime.fromtimestamp(moment_ms / 1000, policy.zone).date().isoformat()
