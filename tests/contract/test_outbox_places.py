"""Readers of the outbox never pass over a row that is committed late, however writers overlap."""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.ledger import LedgerEntry, open_ledger, record_decision
from serving.outbox.feed import (
    CursorError,
    CursorExpiredError,
    cursor_at,
    decisions_after,
    read_decisions,
)
from serving.outbox.rows import Note, give_places, newest_place, note
from serving.outbox.tables import COUNTER, OUTBOX, PLACED, PRUNED, open_outbox
from tests.contract.outbox import decide, decide_in_turn, with_outbox
from tests.unit.serving.claims import NOW_MS


@pytest.fixture
def outbox(store: Store) -> Store:
    return with_outbox(store)


@pytest.fixture
def postgres_outbox(new_postgres_url: Callable[[], str], open_store: Callable[..., Store]) -> Store:
    """Where several write at once."""
    return with_outbox(open_store(new_postgres_url()))


def claims_of(decisions: tuple[str, ...]) -> list[str]:
    return [text.split('"')[3] for text in decisions]


def follow(store: Store, cursor: str | None = None, limit: int = 1_000) -> list[str]:
    """All claims after a cursor, page by page to the end."""
    found: list[str] = []
    page = read_decisions(store, cursor, limit)
    while page.decisions:
        found += claims_of(page.decisions)
        page = read_decisions(store, page.cursor, limit)
    return found


def test_row_that_commits_after_a_later_one_is_read_after_it(postgres_outbox: Store) -> None:
    """Two transactions overlap: the first to take a number commits last, when a reader has passed the second one."""
    store = postgres_outbox
    with store.writing() as slow:
        decide(slow, "slow")  # takes the smaller sequence number
        decide_in_turn(store, "quick")
        page = read_decisions(store, None, 10)
        assert claims_of(page.decisions) == ["quick"]
    late = read_decisions(store, page.cursor, 10)
    assert claims_of(late.decisions) == ["slow"]
    with store.reading() as connection:
        numbers = dict(connection.execute(sa.select(OUTBOX.c.claim_id, OUTBOX.c.sequence)).all())
    assert numbers["slow"] < numbers["quick"], "the case is only made where numbers and commits are in another order"
    assert follow(store) == ["quick", "slow"]


def test_places_are_given_by_one_at_a_time_and_nobody_waits(postgres_outbox: Store) -> None:
    """While one gives places, another reads on without; when it is done, none is missing and none given twice."""
    store = postgres_outbox
    decide_in_turn(store, "a", "b")
    with store.writing() as holder:
        holder.execute(sa.select(COUNTER.c.place).where(COUNTER.c.name == PLACED).with_for_update())
        assert follow(store) == []
    assert follow(store) == ["a", "b"]


def test_long_transaction_holds_no_reader_up(postgres_outbox: Store) -> None:
    """An import that takes minutes doesn't keep decisions from those who wait for them."""
    store = postgres_outbox
    with store.writing() as long_one:
        long_one.exec_driver_sql("CREATE TABLE taken_by_a_long_one (number int)")  # it has a transaction id now
        decide_in_turn(store, "a")
        assert follow(store) == ["a"]


def test_overlapping_writers_and_a_reader_miss_nothing_and_repeat_nothing(
    url: str, outbox: Store, open_store: Callable[..., Store]
) -> None:
    """Whoever follows the feed while others write has read every decision once, in the order in which it stays."""
    writers, each, start = 4, 25, Barrier(5, timeout=60)

    def write(writer: int) -> None:
        chance = random.Random(writer)
        own = open_store(url)
        start.wait()
        for number in range(each):
            with own.writing() as connection:
                decide(connection, f"{writer}:{number}")
                for _ in range(chance.randrange(4)):  # statements that take a while, before the commit
                    connection.scalar(sa.select(sa.func.count()).select_from(OUTBOX))

    threads = [Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    read: list[str] = []
    cursor = None
    while any(thread.is_alive() for thread in threads):
        page = read_decisions(outbox, cursor, 7)
        read += claims_of(page.decisions)
        cursor = page.cursor
    for thread in threads:
        thread.join()
    read += follow(outbox, cursor)
    assert sorted(read) == sorted(f"{writer}:{number}" for writer in range(writers) for number in range(each))
    assert follow(outbox, limit=9) == read


def test_pages_follow_one_another_to_the_end(outbox: Store) -> None:
    """Each page goes on where the one before it ended, and an empty one keeps the cursor."""
    decide_in_turn(outbox, "a", "b", "c", "d", "e")
    first = read_decisions(outbox, None, 2)
    second = read_decisions(outbox, first.cursor, 2)
    third = read_decisions(outbox, second.cursor, 2)
    assert [claims_of(page.decisions) for page in (first, second, third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert read_decisions(outbox, third.cursor, 2) == type(third)((), third.cursor)
    decide_in_turn(outbox, "f")
    assert claims_of(read_decisions(outbox, third.cursor, 2).decisions) == ["f"]


def test_feed_without_decisions_gives_a_cursor_to_begin_with(outbox: Store) -> None:
    """Who asks before there is anything gets all that comes after."""
    page = read_decisions(outbox, None, 5)
    assert page.decisions == ()
    decide_in_turn(outbox, "a")
    assert follow(outbox, page.cursor) == ["a"]


def test_other_kinds_are_not_on_the_feed_of_decisions(outbox: Store) -> None:
    """What else is told stands between decisions without a page going wrong."""
    decide_in_turn(outbox, "a")
    with outbox.writing() as connection:
        note(connection, [Note("a", "claim.adjudicated", NOW_MS, '{"verdict":"abusive"}')] * 3)
        decide(connection, "b")
    assert follow(outbox, limit=1) == ["a", "b"]


@pytest.mark.parametrize("cursor", ["", "nonsense", "MTow=", "MTotMQ", "Mjow", "MTowMQ", "MTow\n", "杯", "A" * 400])
def test_cursor_that_was_never_given_is_refused(outbox: Store, cursor: str) -> None:
    """Nobody gets another page than the one that follows theirs."""
    with pytest.raises(CursorError, match="not a cursor"):
        read_decisions(outbox, cursor, 5)


def test_cursor_from_ahead_of_the_store_is_refused(outbox: Store) -> None:
    """After a backup was put back, who had read further hears of it, and doesn't wait for ever."""
    decide_in_turn(outbox, "a")
    with pytest.raises(CursorError, match="ahead"):
        read_decisions(outbox, cursor_at(2), 5)


def test_cursor_from_before_what_was_pruned_is_refused(outbox: Store) -> None:
    """Rather an error than a gap."""
    decide_in_turn(outbox, "a", "b")
    give_places(outbox)
    with outbox.writing() as connection:
        connection.execute(sa.update(COUNTER).where(COUNTER.c.name == PRUNED).values(place=1))
    with pytest.raises(CursorExpiredError, match="pruned"):
        read_decisions(outbox, cursor_at(0), 5)
    assert follow(outbox, cursor_at(1)) == ["b"]


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_limit_out_of_bounds_is_refused(outbox: Store, limit: int) -> None:
    """A page has at least one and at most a thousand decisions."""
    with outbox.reading() as connection, pytest.raises(ValueError, match="limit"):
        decisions_after(connection, None, limit)


def test_row_of_a_transaction_that_failed_is_never_told(outbox: Store) -> None:
    """What wasn't decided isn't told."""

    def interrupted() -> None:
        with outbox.writing() as connection:
            decide(connection, "lost")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    decide_in_turn(outbox, "kept")
    assert follow(outbox) == ["kept"]


def test_decisions_of_before_the_outbox_are_on_the_feed(store: Store) -> None:
    """A store of an older clearclaim gives what it has decided, and only once however often it is opened."""
    open_ledger(store)
    with store.writing() as connection:
        for claim_id, at_ms in (("second", NOW_MS + 1), ("first", NOW_MS)):
            record_decision(
                connection,
                LedgerEntry(claim_id, at_ms, "c0", "manual_review", None, None, "b", f'{{"id":"{claim_id}"}}'),
            )
    open_outbox(store)
    open_outbox(store)
    assert follow(store) == ["first", "second"]


def test_newest_place_counts_only_rows_that_have_one(outbox: Store) -> None:
    """A subscription begins where the feed is, not ahead of it."""
    with outbox.reading() as connection:
        assert newest_place(connection) == 0
    decide_in_turn(outbox, "a", "b")
    give_places(outbox)
    with outbox.reading() as connection:
        assert newest_place(connection) == 2


@pytest.mark.parametrize(("kind", "payload"), [("claim.decided", "{}"), ("claim.adjudicated", None), ("gossip", "{}")])
def test_note_that_nobody_could_tell_is_refused(kind: str, payload: str | None) -> None:
    """A decision is told out of the ledger, all else brings its own words."""
    with pytest.raises(ValueError, match="kind"):
        Note("a", kind, NOW_MS, payload)
