"""Loading by a query: PostgreSQL hands over chunks and lets nothing be written; SQLite gives the same rows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from features.store.address import parse_url
from training.load import LoadError
from training.load.reading import database, open_source

PAID = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def filled(url: str, database: str) -> str:
    """A database with a table of ten orders."""
    engine = sa.create_engine(parse_url(url))
    kind = "NUMERIC(12, 2)" if database == "postgresql" else "TEXT"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE orders (id INTEGER PRIMARY KEY, amount {kind}, note TEXT)")
        for number in range(10):
            connection.exec_driver_sql(f"INSERT INTO orders VALUES ({number}, '{number}.50', '50% of :all')")  # noqa: S608
    engine.dispose()
    return url


@pytest.mark.parametrize("key", [None, "id", "note"])
def test_chunks_of_a_query_are_its_rows(filled, key, monkeypatch):
    """With a key or without one, signs that drivers give a meaning to included."""
    monkeypatch.setattr(database, "CHUNK_ROWS", 4)
    query = "SELECT id, amount, note || id AS note FROM orders WHERE note LIKE '50% of :a%' -- a remark"
    source = open_source(filled, query, key=key)
    assert source.columns() == ["id", "amount", "note"]
    chunks = list(source.chunks(["note", "amount"]))
    assert [len(chunk.table) for chunk in chunks] == [4, 4, 2]
    rows = [row for chunk in chunks for row in chunk.table.to_pylist()]
    assert [Decimal(row["amount"]) for row in rows] == [number + Decimal("0.5") for number in range(10)]
    assert rows[7]["note"] == "50% of :all7"
    if key is not None:
        rest = [row for chunk in source.chunks(["note", "amount"], chunks[0].mark) for row in chunk.table.to_pylist()]
        assert rest == rows[4:]


def test_query_that_would_write_changes_nothing(filled):
    """A statement that gets past the look at its beginning is stopped by the database."""
    source = open_source(filled, "SELECT 1")
    with pytest.raises(LoadError, match=r"read.?only"), source._connected() as connection:
        connection.exec_driver_sql("DELETE FROM orders")
    with pytest.raises(LoadError, match=r"syntax|read.?only|statement"):
        list(open_source(filled, "SELECT id FROM orders) AS q; DELETE FROM orders --").chunks(["id"]))
    (chunk,) = open_source(filled, "SELECT id FROM orders").chunks(["id"])
    assert len(chunk.table) == 10


def test_times_of_postgresql_keep_their_offset(new_postgres_url):
    """A time with an offset is one moment, wherever the server stands."""
    source = open_source(new_postgres_url(), f"SELECT timestamptz '{PAID.isoformat()}' AS paid, NULL AS none")
    (chunk,) = source.chunks(["paid", "none"])
    assert chunk.table.to_pylist() == [{"paid": PAID, "none": None}]


def test_query_that_postgresql_refuses_says_why_in_one_line(new_postgres_url):
    """What the server said, and where it was asked, without a password."""
    with pytest.raises(LoadError, match=r'relation "nowhere" does not exist; correct the query') as caught:
        open_source(new_postgres_url(), "SELECT * FROM nowhere").columns()
    assert "\n" not in str(caught.value)
