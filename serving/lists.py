"""Lists that rules ask: who is on them, since when and until when, and who said so.

An entry is never changed but for its end: one that is removed or renewed stays on record with the moment and the
person. So who was on a list when a claim came in can be told at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import sqlalchemy as sa

from features.events import EVENT_FIELDS, HASH_PATTERN, complain
from features.store.driver import fetch
from serving.decision import ClaimFacts
from serving.policy.rules import ListKind

LISTS_METADATA: Final = sa.MetaData()

LIST_ENTRY: Final = sa.Table(
    "list_entry",
    LISTS_METADATA,
    sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("list", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("member", sa.Text, nullable=False),
    sa.Column("added_at_ms", sa.BigInteger, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("expires_at_ms", sa.BigInteger),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("removed_at_ms", sa.BigInteger),
    sa.Column("removed_by", sa.Text),
    sa.Index("list_entry_of_member", "member", "list"),
)
_COLUMNS: Final = [column for column in LIST_ENTRY.c if column.name != "sequence"]
_ASK_MEMBERS: Final = 500  # in one statement: well below every database's limit on parameters


def _holds_at(moment: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    entry = LIST_ENTRY.c
    return sa.and_(
        entry.added_at_ms <= moment,
        sa.or_(entry.expires_at_ms.is_(None), entry.expires_at_ms > moment),
        sa.or_(entry.removed_at_ms.is_(None), entry.removed_at_ms > moment),
    )


@cache
def _of_a_claim(dialect: str, members: int, lists: int) -> str:
    # not compiled by SQLAlchemy: that would take longer than a claim's question does
    mark = "?" if dialect == "sqlite" else "%s"
    return (
        f"SELECT list, kind, member FROM list_entry WHERE member IN ({', '.join([mark] * members)}) "  # noqa: S608
        f"AND list IN ({', '.join([mark] * lists)}) AND added_at_ms <= {mark} "
        f"AND (expires_at_ms IS NULL OR expires_at_ms > {mark}) AND (removed_at_ms IS NULL OR removed_at_ms > {mark})"
    )


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One member of a list; its end is missing where there is none."""

    list: str
    kind: str
    member: str
    added_at_ms: int
    added_by: str
    expires_at_ms: int | None = None
    note: str = ""
    removed_at_ms: int | None = None
    removed_by: str | None = None

    def has_expired(self, moment_ms: int) -> bool:
        """Whether its time was over at that moment."""
        return self.expires_at_ms is not None and self.expires_at_ms <= moment_ms


def lists_of(connection: sa.Connection, lists: Mapping[str, ListKind], facts: ClaimFacts) -> frozenset[str]:
    """The names of those lists that a claim is on as of its moment: its buyer, merchant, product or any picture is.

    One statement, and none where nothing is asked.

    Args:
        connection: to a store with the table of lists.
        lists: those that rules ask, with their kinds (`serving.decision.CompiledRules.lists`).
        facts: the claim.
    """
    if not lists:
        return frozenset()
    members: dict[str, tuple[str, ...]] = {
        "buyer": (facts.buyer_id,),
        "merchant": (facts.merchant_id,),
        "product": (facts.product_id,),
        "evidence": facts.evidence_hashes,
    }
    wanted = {member for kind in lists.values() for member in members[kind] if member}
    if not wanted:
        return frozenset()
    statement = _of_a_claim(connection.dialect.name, len(wanted), len(lists))
    return frozenset(
        name
        for name, kind, member in fetch(connection, statement, (*sorted(wanted), *sorted(lists), *[facts.as_of_ms] * 3))
        if kind == lists[name] and member in members[kind]
    )


def complain_of_member(kind: ListKind, member: str) -> str | None:
    """Say what is wrong with a member of a list of this kind, or None if nothing is."""
    if kind == "evidence":
        good = HASH_PATTERN.fullmatch(member) is not None
        return None if good else f"is {member!r:.60}; a picture's hash is 16 lower-case hex digits"
    return complain(EVENT_FIELDS[f"{kind}_id"], member)


def add_members(
    connection: sa.Connection,
    name: str,
    kind: ListKind,
    members: Sequence[str],
    *,
    now_ms: int,
    author: str,
    expires_at_ms: int | None = None,
    note: str = "",
) -> tuple[int, int]:
    """Put members on a list, and return how many were added and how many were on it already.

    Those that are on it already with another end or note are renewed: their entry ends, and a new one begins.
    """
    same = {
        member
        for member, kind_then, expires_then, note_then in _live(connection, name, members, now_ms)
        if (kind_then, expires_then, note_then) == (kind, expires_at_ms, note)
    }
    fresh = [member for member in dict.fromkeys(members) if member not in same]
    _end(connection, name, fresh, now_ms, author)
    entry = {"list": name, "kind": kind, "added_at_ms": now_ms, "added_by": author, "note": note}
    if fresh:
        rows = [{**entry, "member": member, "expires_at_ms": expires_at_ms} for member in fresh]
        connection.execute(sa.insert(LIST_ENTRY), rows)
    return len(fresh), len(same)


def remove_members(connection: sa.Connection, name: str, members: Sequence[str], *, now_ms: int, author: str) -> int:
    """Take members off a list, and return how many were on it."""
    there = {member for member, *_ in _live(connection, name, members, now_ms)}
    _end(connection, name, [member for member in dict.fromkeys(members) if member in there], now_ms, author)
    return len(there)


def entries_of(connection: sa.Connection, name: str) -> Iterator[ListEntry]:
    """The entries of a list that were not removed, the oldest first; those whose time is over are among them."""
    query = sa.select(*_COLUMNS).where(LIST_ENTRY.c.list == name, LIST_ENTRY.c.removed_at_ms.is_(None))
    for row in connection.execute(query.order_by(LIST_ENTRY.c.sequence)):
        yield ListEntry(*row)


def _live(
    connection: sa.Connection, name: str, members: Sequence[str], now_ms: int
) -> Iterator[tuple[str, str, int | None, str]]:
    entry = LIST_ENTRY.c
    for some in _parts(members):
        query = sa.select(entry.member, entry.kind, entry.expires_at_ms, entry.note).where(
            entry.list == name, entry.member.in_(some), _holds_at(sa.literal(now_ms, sa.BigInteger))
        )
        yield from (tuple(row) for row in connection.execute(query).all())


def _end(connection: sa.Connection, name: str, members: Sequence[str], now_ms: int, author: str) -> None:
    entry = LIST_ENTRY.c
    for some in _parts(members):
        connection.execute(
            sa.update(LIST_ENTRY)
            .where(entry.list == name, entry.member.in_(some), entry.removed_at_ms.is_(None))
            .values(removed_at_ms=now_ms, removed_by=author)
        )


def _parts(members: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(members), _ASK_MEMBERS):
        yield members[begin : begin + _ASK_MEMBERS]
