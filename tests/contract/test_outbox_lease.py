"""The lease on delivering: one holds it, and another one has it soon after its holder is gone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.outbox.lease import Lease, database_time_ms
from serving.outbox.tables import LEASE
from tests.contract.at_once import at_once
from tests.contract.outbox import Clock, with_outbox

LENGTH_MS = 10_000


@pytest.fixture
def outbox(store: Store) -> Store:
    return with_outbox(store)


def lease_of(store: Store, holder: str, clock: Clock) -> Lease:
    return Lease(store, holder, LENGTH_MS, time_of=lambda _connection: clock.ms, seconds=clock.seconds)


def test_lease_is_held_by_one_and_taken_over_when_its_time_is_over(outbox: Store) -> None:
    """While the holder renews it nobody else gets it; once it doesn't, the next one who asks does."""
    clock = Clock()
    first, second = lease_of(outbox, "first", clock), lease_of(outbox, "second", clock)
    for _ in range(5):
        assert (first.keep(), second.keep()) == (True, False)
        clock.ms += LENGTH_MS - 1
    clock.ms += 1
    assert (second.keep(), first.keep()) == (True, False)


def test_lease_given_back_is_free_at_once(outbox: Store) -> None:
    """A worker that stops in good order leaves no gap; and nobody gives back what another one holds."""
    clock = Clock()
    first, second = lease_of(outbox, "first", clock), lease_of(outbox, "second", clock)
    assert first.keep()
    second.release()
    assert not second.keep()
    first.release()
    assert not first.is_sure()
    assert second.keep()


def test_holder_that_was_stopped_doubts_its_lease(outbox: Store) -> None:
    """By its own clock, before anybody else can have it, and without asking the store."""
    clock = Clock()
    lease = lease_of(outbox, "first", clock)
    assert not lease.is_sure()
    lease.keep()
    clock.ms += LENGTH_MS - 1
    assert lease.is_sure()
    clock.ms += 1
    assert not lease.is_sure()


def test_store_has_the_last_word_on_who_holds_it(outbox: Store) -> None:
    """What a transaction is told holds until it ends."""
    clock = Clock()
    first, second = lease_of(outbox, "first", clock), lease_of(outbox, "second", clock)
    first.keep()
    clock.ms += LENGTH_MS
    second.keep()
    with outbox.writing() as connection:
        assert (first.is_held(connection), second.is_held(connection)) == (False, True)


def test_lease_that_ends_later_than_any_can_is_taken(outbox: Store) -> None:
    """A clock that was wrong and set right doesn't stop notifications until the wrong time has come."""
    clock = Clock()
    lease_of(outbox, "ahead", Clock(clock.ms + 3_600_000)).keep()
    assert lease_of(outbox, "second", clock).keep()


def test_lease_that_was_renewed_just_now_is_not_written_again(outbox: Store) -> None:
    """Asking twice a second costs the store two reads a second, and a write every few seconds."""
    clock = Clock()
    lease = lease_of(outbox, "first", clock)
    ends = set()
    for _ in range(20):
        assert lease.keep()
        with outbox.reading() as connection:
            ends.add(connection.scalar(sa.select(LEASE.c.until_ms)))
        clock.ms += 500
    assert len(ends) == 3


def test_of_many_who_ask_at_once_one_gets_it(outbox: Store, url: str, open_store: Callable[..., Store]) -> None:
    """Workers that start together don't all deliver."""
    clock, got = Clock(), []
    stores = [outbox, *(open_store(url) for _ in range(3))]

    def ask(number: int) -> None:
        got.append(lease_of(stores[number], f"worker {number}", clock).keep())

    assert at_once(*(partial(ask, number) for number in range(4))) == []
    assert sorted(got) == [False, False, False, True]


def test_time_of_the_database_is_a_time_of_now(outbox: Store) -> None:
    """In milliseconds since 1970, and moving on within a transaction."""
    with outbox.reading() as connection:
        first, second = database_time_ms(connection), database_time_ms(connection)
    assert 1_700_000_000_000 < first <= second < 10_000_000_000_000
