"""Several who write at once: they wait for each other, never both forever, and what one promised the others keep."""

import random
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from features.plan import default_plan
from features.store import Store
from features.store.schema import ENTITY_FLOOR
from tests.contract.processes import process_of

PROCESSES = 8
KEYS = [f"b\x1fbuyer {number}" for number in range(40)]


def run_all(target, arguments: Sequence[tuple]) -> None:
    """Run a function in a process for each tuple of arguments, and fail if one of them does."""
    processes = [process_of(target, *each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
        process.join()
        process.close()
    assert codes == [0] * len(arguments)


def open_and_close(url: str) -> None:
    """Open a store that may not be there yet, as a worker does when it starts."""
    Store.open(url, default_plan()).close()


def lock_and_count(url: str, seed: int) -> None:
    """Lock many entities in any order, again and again, and add one to the floor of each."""
    chance = random.Random(seed)
    store = Store.open(url, default_plan())
    for _ in range(15):
        keys = chance.sample(KEYS, 25)
        with store.writing() as connection:
            floors = store.lock(connection, keys)
            for key in keys:
                store.raise_floors(connection, [key], floors[key] + 1)
    store.close()


def test_store_opened_by_many_processes_at_once_is_made_once(url, open_store):
    """Workers that start together find one store, whichever of them made it."""
    run_all(open_and_close, [(url,)] * PROCESSES)
    store = open_store(url)
    store.refuse_other_layout()
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1


def test_entities_locked_by_many_processes_are_counted_right(url, open_store):
    """Nobody reads a floor that somebody else is about to raise, and no two wait for each other."""
    store = open_store(url)
    run_all(lock_and_count, [(url, seed) for seed in range(PROCESSES)])
    with store.reading() as connection:
        total = connection.scalar(sa.select(sa.func.sum(ENTITY_FLOOR.c.floor_ms)))
    assert total == PROCESSES * 15 * 25


def test_floor_of_an_entity_that_nobody_asked_about_is_zero(store):
    """There is an answer for everyone, in whatever order and however often they are asked for."""
    with store.writing() as connection:
        assert store.lock(connection, ["m\x1fb", "b\x1fa", "m\x1fb"]) == {"b\x1fa": 0, "m\x1fb": 0}
        assert store.lock(connection, []) == {}
        store.raise_floors(connection, [], 5)
        assert store.floors(connection, ["b\x1fa"]) in ({}, {"b\x1fa": 0})


def test_floor_never_sinks(store):
    """The latest promise holds, whatever is promised after it."""
    keys = ["b\x1fa", "b\x1f'\"\\{}, %s :x\u3000杯"]
    for floor_ms, expected in ((5, 5), (3, 5), (7, 7)):
        with store.writing() as connection:
            store.raise_floors(connection, keys[:1], floor_ms)
            store.raise_floors(connection, keys[1:], 4)
        with store.writing() as connection:
            assert store.lock(connection, [*keys, "b\x1fz"]) == {keys[0]: expected, keys[1]: 4, "b\x1fz": 0}
        with store.reading() as connection:
            assert store.floors(connection, keys) == {keys[0]: expected, keys[1]: 4}


def test_thousands_of_entities_are_locked_at_once(store):
    """A claim may touch many, and an import more."""
    keys = [f"b\x1f{number}" for number in range(5_000)]
    with store.writing() as connection:
        store.raise_floors(connection, keys, 9)
        assert store.lock(connection, keys) == dict.fromkeys(keys, 9)


def test_locks_of_a_transaction_that_failed_are_gone(store, url, open_store):
    """A worker that dies in the middle holds nobody up, and promised nothing."""

    def interrupted() -> None:
        with store.writing() as connection:
            store.lock(connection, KEYS)
            store.raise_floors(connection, KEYS, 9)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    other = open_store(url)
    with other.writing() as connection:
        assert set(store.lock(connection, KEYS).values()) == {0}


def test_writer_waits_for_a_lock_no_longer_than_said(new_postgres_url, open_store):
    """Who holds a lock for too long makes others fail, not hang."""
    store = open_store(new_postgres_url())
    with store.writing() as holder, store.engine.connect() as waiting:
        store.lock(holder, KEYS[:1])
        waiting.exec_driver_sql("SET LOCAL lock_timeout = 10")
        with pytest.raises(sa.exc.DBAPIError, match="lock timeout"):
            store.lock(waiting, KEYS[:1])


def test_writers_of_different_entities_need_not_wait(new_postgres_url, open_store):
    """On PostgreSQL locks are of entities, so that workers run side by side; a rebuild waits for all of them."""
    store = open_store(new_postgres_url())
    with store.writing() as one, store.writing() as other:
        store.lock(one, KEYS[:5])
        store.lock(other, KEYS[5:])
        with store.engine.connect() as all_at_once:
            all_at_once.exec_driver_sql("SET LOCAL lock_timeout = 10")
            with pytest.raises(sa.exc.DBAPIError, match="lock timeout"):
                store.lock_all(all_at_once)
