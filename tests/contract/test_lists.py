"""Lists that rules ask: who is on them at a moment, by whose word, and what stays on record."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from features.store import Store
from serving import lists
from serving.decision import ClaimFacts
from serving.lists import LIST_ENTRY, LISTS_METADATA, ListEntry, add_members, entries_of, lists_of, remove_members
from tests.unit.serving.claims import DAY_MS, NOW_MS

LISTS = {"vip": "buyer", "trusted": "merchant", "bad_goods": "product", "blocked": "evidence"}
PICTURE, OTHER_PICTURE = "0123456789abcdef", "f" * 16


@pytest.fixture
def connection(open_store: Callable[..., Store], url: str) -> Iterator[sa.Connection]:
    store = open_store(url)
    store.create(LISTS_METADATA)
    with store.writing() as connection:
        yield connection


def facts_at(moment_ms: int, **changes: Any) -> ClaimFacts:
    """A claim of B1 against M1 about P1, with two pictures."""
    facts: dict[str, Any] = {"buyer_id": "B1", "merchant_id": "M1", "product_id": "P1"}
    pictures = (OTHER_PICTURE, PICTURE)
    return ClaimFacts(
        amount_minor=1,
        claim_type="repair",
        as_of_ms=moment_ms,
        **{**facts, "evidence_hashes": pictures, **changes},
    )


def put(connection: sa.Connection, name: str, *members: str, kind: Any = None, **changes: Any) -> tuple[int, int]:
    said = {"now_ms": NOW_MS, "author": "ann", **changes}
    return add_members(connection, name, kind or LISTS[name], members, **said)


@pytest.mark.parametrize(
    ("name", "member"), [("vip", "B1"), ("trusted", "M1"), ("bad_goods", "P1"), ("blocked", PICTURE)]
)
def test_claim_is_on_the_list_that_its_own_member_is_on(connection: sa.Connection, name: str, member: str) -> None:
    """Its buyer, merchant, product or any of its pictures; and on no other list."""
    put(connection, name, "somebody", member)
    assert lists_of(connection, LISTS, facts_at(NOW_MS)) == {name}
    others = {"buyer_id": "B2", "merchant_id": "M2", "product_id": "", "evidence_hashes": (OTHER_PICTURE,)}
    assert lists_of(connection, LISTS, facts_at(NOW_MS, **others)) == frozenset()


def test_member_of_one_kind_is_not_one_of_another(connection: sa.Connection) -> None:
    """A merchant with a buyer's id isn't that buyer, nor is an entry from when the list was of another kind."""
    put(connection, "vip", "M1")
    put(connection, "trusted", "M1", kind="buyer")
    assert lists_of(connection, LISTS, facts_at(NOW_MS)) == frozenset()


def test_only_lists_that_are_asked_are_told(connection: sa.Connection) -> None:
    """What no rule asks doesn't count."""
    put(connection, "vip", "B1")
    put(connection, "trusted", "M1")
    assert lists_of(connection, {"trusted": "merchant"}, facts_at(NOW_MS)) == {"trusted"}


def test_lists_are_asked_in_one_statement_and_none_where_there_is_nothing_to_ask(
    connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim waits for one answer at most."""
    put(connection, "vip", "B1")
    statements: list[str] = []
    fetch = lists.fetch

    def counted(connection: sa.Connection, statement: str, parameters: Sequence[object]) -> list[object]:
        statements.append(statement)
        return fetch(connection, statement, parameters)

    monkeypatch.setattr(lists, "fetch", counted)
    assert lists_of(connection, {}, facts_at(NOW_MS)) == frozenset()
    assert lists_of(connection, {"vip": "buyer"}, facts_at(NOW_MS, buyer_id="")) == frozenset()
    assert statements == []
    assert lists_of(connection, LISTS, facts_at(NOW_MS)) == {"vip"}
    assert len(statements) == 1


def test_entry_holds_from_its_moment_to_its_end(connection: sa.Connection) -> None:
    """As of any moment it can be told who was on the list: not before, not from the end on."""
    put(connection, "vip", "B1", expires_at_ms=NOW_MS + DAY_MS)
    moments = [NOW_MS - 1, NOW_MS, NOW_MS + DAY_MS - 1, NOW_MS + DAY_MS]
    assert [bool(lists_of(connection, LISTS, facts_at(moment))) for moment in moments] == [False, True, True, False]


def test_removed_member_was_on_the_list_until_then(connection: sa.Connection) -> None:
    """The past stays as it was, with who removed it; it may be added again."""
    put(connection, "vip", "B1", "B2")
    later = NOW_MS + DAY_MS
    assert remove_members(connection, "vip", ["B1", "B9", "B1"], now_ms=later, author="bob") == 1
    assert remove_members(connection, "vip", ["B1"], now_ms=later + 1, author="cy") == 0
    moments = [NOW_MS, later - 1, later]
    assert [bool(lists_of(connection, LISTS, facts_at(moment))) for moment in moments] == [True, True, False]
    row = connection.execute(sa.select(LIST_ENTRY).where(LIST_ENTRY.c.member == "B1")).one()
    assert (row.removed_at_ms, row.removed_by) == (later, "bob")
    assert put(connection, "vip", "B1", now_ms=later + 5) == (1, 0)
    assert lists_of(connection, LISTS, facts_at(later + 5)) == {"vip"}


def test_member_added_again_is_known_or_renewed(connection: sa.Connection) -> None:
    """The same again changes nothing; another end or note takes the place of the one before."""
    assert put(connection, "vip", "B1", "B2", "B1", note="good") == (2, 0)
    assert put(connection, "vip", "B1", note="good", now_ms=NOW_MS + 1) == (0, 1)
    end = NOW_MS + DAY_MS
    assert put(connection, "vip", "B1", note="good", now_ms=NOW_MS + 2, expires_at_ms=end, author="bob") == (1, 0)
    assert list(entries_of(connection, "vip")) == [
        ListEntry("vip", "buyer", "B2", NOW_MS, "ann", None, "good"),
        ListEntry("vip", "buyer", "B1", NOW_MS + 2, "bob", end, "good"),
    ]
    assert connection.scalar(sa.select(sa.func.count()).select_from(LIST_ENTRY)) == 3
    assert lists_of(connection, LISTS, facts_at(end)) == frozenset()


def test_many_members_are_added_and_removed(connection: sa.Connection) -> None:
    """A file of them, more than one statement takes."""
    members = [f"B{number}" for number in range(1_201)]
    assert put(connection, "vip", *members) == (1_201, 0)
    assert put(connection, "vip", *members, "new") == (1, 1_201)
    assert remove_members(connection, "vip", members, now_ms=NOW_MS + 1, author="ann") == 1_201
    assert [entry.member for entry in entries_of(connection, "vip")] == ["new"]
