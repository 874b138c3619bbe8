"""The databases that tests share one after another: nobody finds what an earlier one left, nor loses what is in use."""

import pytest
import sqlalchemy as sa

from features.store import Store, StoreError
from features.store.log import count_events
from tests.contract.stores import append


def test_database_that_was_given_back_is_empty(postgres_databases, open_store, smaller_plan, history):
    """Tables of the test before are gone: who needs a store to be there doesn't find one."""
    url = postgres_databases()
    store = open_store(url)
    append(store, history)
    store.close()
    postgres_databases.give_back([url])
    for taken in (postgres_databases() for _ in range(4)):
        with pytest.raises(StoreError, match="holds no store yet"):
            Store.open(taken, smaller_plan, existing=True)


def test_database_that_somebody_is_connected_to_is_not_given_out(postgres_databases, open_store, history):
    """A test that leaves a thread behind loses nothing to the next one."""
    url = postgres_databases()
    store = open_store(url)
    append(store, history)
    with store.reading() as connection:
        postgres_databases.give_back([url])
        assert url not in [postgres_databases() for _ in range(4)]
        assert count_events(connection) == len(history)
        assert sa.inspect(connection).has_table("event")
