"""`Store.create`: what a store lacks is made, whatever version made it, and where nothing lacks nobody waits."""

import pytest
import sqlalchemy as sa

from features.store import Store
from features.store.lacking import lacking_indexes
from serving.cases.tables import CASES_METADATA
from serving.outbox.tables import OUTBOX_METADATA
from tests.contract.at_once import at_once

CLOSED = "review_case_closed"


def lacking(store: Store, metadata: sa.MetaData) -> list[str | None]:
    with store.reading() as connection:
        return [index.name for index in lacking_indexes(connection, metadata)]


@pytest.fixture
def older(store: Store) -> Store:
    """A store whose tables of cases were made before one of their indexes was thought of."""
    store.create(CASES_METADATA)
    with store.writing() as connection:
        connection.exec_driver_sql(f"DROP INDEX {CLOSED}")
    return store


def test_index_that_older_tables_lack_is_made(older: Store) -> None:
    """A store made by an older version is asked as quickly as a new one."""
    assert lacking(older, CASES_METADATA) == [CLOSED]
    older.create(CASES_METADATA)
    assert lacking(older, CASES_METADATA) == []


@pytest.mark.parametrize("metadata", [CASES_METADATA, OUTBOX_METADATA], ids=["cases", "outbox"])
def test_tables_that_were_made_lack_nothing(store: Store, metadata: sa.MetaData) -> None:
    """Indexes that only another kind of database has are not missed in this one."""
    store.create(metadata)
    assert lacking(store, metadata) == []


def test_index_that_two_find_lacking_is_made_once(older: Store, open_store, url: str) -> None:
    """Processes that start together wait for each other, and the later one finds it made."""
    stores = [older, *(open_store(url) for _ in range(3))]
    assert at_once(*(lambda each=each: each.create(CASES_METADATA) for each in stores)) == []
    assert lacking(older, CASES_METADATA) == []


def test_store_that_lacks_nothing_is_not_written_to(store: Store, open_store, url: str) -> None:
    """Whoever starts while somebody writes needn't wait for them."""
    store.create(CASES_METADATA)
    with store.writing():
        open_store(url).create(CASES_METADATA)  # would else wait for the writer, which waits for it, and fail
