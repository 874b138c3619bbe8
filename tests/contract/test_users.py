"""Who may call, as a store keeps it and as an operator types it, on every kind of database."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from features.store import Store
from serving.access.callers import Caller, Refusal
from serving.access.key_ring import KeyRing, StoredKeys
from serving.access.key_table import (
    ACCESS_METADATA,
    API_KEY,
    Grant,
    KeyTableError,
    add_user,
    all_keys,
    keys_of,
    revoke_keys,
    rotate_key,
)
from serving.access.key_text import KEY_PATTERN
from serving.cli import main
from tests.unit.serving.access.keys import Clock, bearer
from tests.unit.serving.claims import DAY_MS, NOW_MS

HOUR_MS = 3_600_000
YEAR = Grant(frozenset({"platform", "reviewer"}), NOW_MS + 365 * DAY_MS, 20.0, 40)


@pytest.fixture
def connection(store: Store) -> Any:
    store.create(ACCESS_METADATA)
    with store.writing() as connection:
        yield connection


@pytest.fixture
def users(url: str, open_store: Callable[..., Store]) -> Callable[..., Result]:
    """Run `clearclaim users` on a store that is there."""
    open_store(url).close()
    return lambda *arguments: CliRunner().invoke(main, ["users", *map(str, arguments), "--store", url])


def ring_of(store: Store, clock: Clock) -> KeyRing:
    return KeyRing(StoredKeys(store, clock.ms), clock.ms, clock.seconds)


def test_key_that_was_added_opens_and_its_secret_is_nowhere_in_the_store(store: Store) -> None:
    """Only the hash is kept; the ring reads back all that was granted."""
    store.create(ACCESS_METADATA)
    with store.writing() as connection:
        key = add_user(connection, "shop", YEAR, now_ms=NOW_MS, author="ann")
    ring = ring_of(store, Clock())
    assert ring.authenticate(bearer(key)) == Caller("shop", YEAR.scopes, key.id, 20.0, 40)
    with store.reading() as connection:
        (row,) = connection.execute(sa.select(API_KEY)).all()
    assert key.text.rpartition("_")[2] not in repr(tuple(row))
    assert (row.name, row.scopes, row.created_by, bytes(row.hash)) == ("shop", "platform reviewer", "ann", key.digest)


def test_user_who_has_a_key_gets_no_second_one_by_adding(connection: sa.Connection) -> None:
    """A second one is a rotation; whoever has none in force may be added again."""
    add_user(connection, "shop", YEAR, now_ms=NOW_MS, author="ann")
    with pytest.raises(KeyTableError, match="users rotate shop"):
        add_user(connection, "shop", YEAR, now_ms=NOW_MS + 1, author="ann")
    revoke_keys(connection, "shop", now_ms=NOW_MS + 2, author="bob")
    add_user(connection, "shop", YEAR, now_ms=NOW_MS + 3, author="ann")
    assert [key.revoked_by for key in keys_of(connection, "shop")] == ["bob", None]


@pytest.mark.parametrize("name", ["", "Shop", "-shop", "a b", "shop\n", "x" * 65, "商店"])
def test_name_that_cannot_stand_in_a_log_is_refused(connection: sa.Connection, name: str) -> None:
    """Names are plain and short."""
    with pytest.raises(KeyTableError, match="no name of a user"):
        add_user(connection, name, YEAR, now_ms=NOW_MS, author="ann")


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"platform", "admin"})])
def test_scope_that_is_none_is_refused(connection: sa.Connection, scopes: Any) -> None:
    """The message lists those there are."""
    with pytest.raises(KeyTableError, match="scopes are platform, reviewer, scientist, auditor"):
        add_user(connection, "shop", Grant(scopes, None, None, 1), now_ms=NOW_MS, author="ann")


def test_rotated_key_works_beside_the_new_one_until_the_overlap_is_over(store: Store) -> None:
    """The new one has the same scopes and limit; no request fails in between."""
    store.create(ACCESS_METADATA)
    with store.writing() as connection:
        old = add_user(connection, "shop", YEAR, now_ms=NOW_MS, author="ann")
        new = rotate_key(
            connection, "shop", now_ms=NOW_MS, author="bob", overlap_ms=HOUR_MS, expires_at_ms=NOW_MS + 9 * DAY_MS
        )
    clock = Clock()
    ring = ring_of(store, clock)
    both = [ring.authenticate(bearer(key)) for key in (old, new)]
    assert both == [Caller("shop", YEAR.scopes, key.id, 20.0, 40) for key in (old, new)]
    clock.passed_seconds = 3_600.0
    ring.refresh()
    answers = [ring.authenticate(bearer(key)) for key in (old, new)]
    assert [type(answer) for answer in answers] == [Refusal, Caller]


def test_rotation_without_overlap_revokes_and_never_makes_a_key_last_longer(connection: sa.Connection) -> None:
    """A key that would have ended before the overlap does still ends then."""
    short = Grant(YEAR.scopes, NOW_MS + HOUR_MS, None, 1)
    add_user(connection, "shop", short, now_ms=NOW_MS, author="ann")
    said: Any = {"author": "bob", "expires_at_ms": None}
    rotate_key(connection, "shop", now_ms=NOW_MS + 1, overlap_ms=DAY_MS, **said)
    assert keys_of(connection, "shop")[0].expires_at_ms == NOW_MS + HOUR_MS
    rotate_key(connection, "shop", now_ms=NOW_MS + 2, overlap_ms=0, **said)
    assert [key.revoked_at_ms for key in keys_of(connection, "shop")] == [NOW_MS + 2, NOW_MS + 2, None]
    with pytest.raises(KeyTableError, match="users add nobody"):
        rotate_key(connection, "nobody", now_ms=NOW_MS, overlap_ms=0, **said)


def test_revoked_key_is_out_of_the_ring_at_its_next_look(store: Store) -> None:
    """The ring looks every two seconds, so the promise of five holds."""
    store.create(ACCESS_METADATA)
    with store.writing() as connection:
        key = add_user(connection, "shop", YEAR, now_ms=NOW_MS, author="ann")
    ring = ring_of(store, Clock())
    with store.writing() as connection:
        assert revoke_keys(connection, "shop", now_ms=NOW_MS, author="bob") == 1
        assert revoke_keys(connection, "shop", now_ms=NOW_MS, author="bob") == 0
    ring.refresh()
    answer = ring.authenticate(bearer(key))
    assert isinstance(answer, Refusal)
    assert "was revoked on 2025-01-01" in answer.message


def test_ring_forgets_keys_that_ended_long_ago(store: Store) -> None:
    """What it reads every two seconds doesn't grow with the years."""
    store.create(ACCESS_METADATA)
    with store.writing() as connection:
        key = add_user(connection, "shop", YEAR, now_ms=NOW_MS, author="ann")
        revoke_keys(connection, "shop", now_ms=NOW_MS, author="bob")
        add_user(connection, "ever", Grant(YEAR.scopes, None, None, 1), now_ms=NOW_MS, author="ann")
    source = StoredKeys(store, lambda: NOW_MS + 31 * DAY_MS)
    assert [each.name for each in source.load()] == ["ever"]
    with store.reading() as connection:
        assert {each.id for each in all_keys(connection)} > {key.id}


def test_day_of_last_use_is_written_once_and_never_goes_back(store: Store) -> None:
    """By whichever worker was first."""
    store.create(ACCESS_METADATA)
    with store.writing() as connection:
        key = add_user(connection, "shop", YEAR, now_ms=NOW_MS, author="ann")
    clock = Clock()
    ring = ring_of(store, clock)
    ring.authenticate(bearer(key))
    ring.refresh()
    StoredKeys(store).note_use([key.id], 5)
    with store.reading() as connection:
        assert keys_of(connection, "shop")[0].last_used_day == NOW_MS // DAY_MS


def test_commands_add_list_rotate_and_revoke(users: Callable[..., Result], url: str, open_store: Any) -> None:
    """The key alone is on standard output, once; the list shows everything but the secret."""
    added = users("add", "shop", "--scope", "platform", "--scope", "reviewer", "--days", 10, "--by", "ann")
    assert added.exit_code == 0, added.output
    assert KEY_PATTERN.fullmatch(added.stdout.strip())
    assert re.fullmatch(
        r"key of shop, good until \d{4}-\d\d-\d\d; keep it now, it is never shown again\n", added.stderr
    )
    rotated = users("rotate", "shop", "--overlap-hours", 2, "--by", "bob")
    assert KEY_PATTERN.fullmatch(rotated.stdout.strip())
    assert "the one of before works until" in rotated.stderr
    with open_store(url).reading() as connection:
        first, second = keys_of(connection, "shop")
    assert first.expires_at_ms is not None
    assert second.expires_at_ms is not None
    assert second.expires_at_ms - second.created_at_ms == 365 * DAY_MS
    assert first.expires_at_ms - second.created_at_ms == 2 * HOUR_MS
    shown = users("list").output
    assert [line.split("  ")[0] for line in shown.splitlines()] == ["shop", "shop", "2 keys"]
    assert "platform,reviewer  500/s" in shown
    assert "EXPIRES SOON" in shown.splitlines()[0]
    assert not any(text.stdout.strip().rpartition("_")[2] in shown for text in (added, rotated))
    assert users("revoke", "shop", "--by", "cy").output == "shop: 2 keys revoked\n"
    assert users("list").output == "0 keys, and 2 that ended (--all shows them)\n"
    assert users("list", "--all").output.count(" by cy") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "Shop", "--scope", "platform"), "Error: 'Shop': no name of a user"),
        (("rotate", "shop"), "Error: shop: has no key in force"),
        (("revoke", "shop"), "Error: shop: no such user"),
    ],
)
def test_commands_refuse_in_one_line(users: Callable[..., Result], arguments: tuple[str, ...], said: str) -> None:
    """And end with 1."""
    done = users(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [("add", "shop", "--scope", "platform"), ("list",), ("revoke", "s"), ("rotate", "s")]
)
def test_users_of_a_store_that_is_not_there_are_refused(url: str, arguments: tuple[str, ...]) -> None:
    """Nothing is made for a mistyped URL."""
    done = CliRunner().invoke(main, ["users", *arguments, "--store", url])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: store ")
