"""What a mapping of tables, or a table, says wrong is refused in one line; what it says otherwise is done."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import csv

from features.event_file import read_events
from tests.unit.training.load.small_shop import MAPPING, write_shop
from training.load import LoadError, TablesMapping, load_tables, read_mapping
from training.load.reading import database

ORDERS, DELIVERIES, CLAIMS, DECISIONS = range(4)


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Load the small shop with rows added, by its mapping with a change; the events."""

    def run(change: Callable[[dict[str, Any]], object] = lambda _: None, **added: str) -> list[dict[str, Any]]:
        write_shop(tmp_path, **added)
        load_tables(changed(change), str(tmp_path), tmp_path / "out", restart=True)
        return read_events(tmp_path / "out" / "events.parquet").to_pylist()

    return run


def changed(change: Callable[[dict[str, Any]], object]) -> TablesMapping:
    content = copy.deepcopy(MAPPING)
    change(content)
    return TablesMapping.model_validate(content)


def field(table: int, name: str, **given: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["tables"][table]["fields"].update({name: given})


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (field(ORDERS, "rating", column="stars"), ("order_paid has no field 'rating'", "use event_id")),
        (field(ORDERS, "amount_minor", column="amount", zone="UTC"), ("field amount_minor: a money takes no 'zone'",)),
        (field(ORDERS, "amount_minor", column="amount", unit="ms"), ("unit is 'ms'; use one of major, minor",)),
        (field(CLAIMS, "claim_type", constant="refund"), ("field claim_type: is 'refund'; use one of refund_only",)),
        (field(CLAIMS, "claim_reason", column="why", unknown="odd"), ("field claim_reason: is 'odd'",)),
        (field(CLAIMS, "known_at_ms", same_as="filed"), ("same_as 'filed' must be a time that has a column",)),
        (field(ORDERS, "buyer_id"), ("give one of 'column', 'columns', 'constant', 'same_as'",)),
        (field(ORDERS, "occurred_at_ms", column="paid", zone="Mars"), ("no time zone is called 'Mars'",)),
        (
            lambda content: content["tables"][CLAIMS]["fields"].pop("amount_minor"),
            ("needs the field amount_minor",),
        ),
        (
            lambda content: content["tables"][CLAIMS].pop("fill"),
            ("needs the field merchant_id",),
        ),
        (lambda content: content["tables"][CLAIMS].update(query="SELECT 1"), ("either 'file' or 'query'",)),
        (lambda content: content["tables"][CLAIMS].update(name="orders"), ("two tables are called 'orders'",)),
        (lambda content: content["tables"][CLAIMS].update(key="id"), ("'key' and 'database' belong to a 'query'",)),
        (lambda content: content["tables"][ORDERS].update(fill=["order"]), ("it can't fill from itself",)),
        (
            lambda content: content["tables"][CLAIMS].update(fill=[{"from": "order", "fields": ["rating"]}]),
            ("'rating' is no fact of the order",),
        ),
    ],
)
def test_mapping_of_tables_that_cannot_be_is_refused(change, parts):
    """Before anything is read."""
    with pytest.raises(ValueError, match="validation error") as caught:
        changed(change)
    for part in parts:
        assert part in str(caught.value)


def test_read_mapping_of_tables_names_file_table_and_key(tmp_path):
    """A misspelt key is met with its place."""
    path = tmp_path / "shop.toml"
    path.write_text(
        '[money]\ncurrency = "EUR"\nunit = "major"\n[[tables]]\nkind = "order_paid"\nfiel = "x"\n[tables.fields]\n'
    )
    with pytest.raises(LoadError, match=r"shop\.toml: key tables\.0\.fiel: unknown"):
        read_mapping(path)


def test_load_of_a_wrong_cell_names_file_row_and_column(load):
    """As for lines: what is wrong, where, and what to do."""
    with pytest.raises(LoadError, match=r"claims\.csv: row 2, column 'why': is 'smelly'; unknown word; .* 'unknown'"):
        load(claims="c2 o2 1.00 smelly 2025-03-05")


def test_load_of_an_unknown_word_takes_what_the_mapping_says(load):
    """Only where it is asked for."""
    events = load(field(CLAIMS, "claim_reason", column="why", unknown="other"), claims="c2 o2 1 smelly 2025-03-05")
    assert [row["claim_reason"] for row in events if row["kind"] == "claim_filed"] == ["other", "other"]


def test_load_of_a_row_whose_order_is_not_there_is_refused_or_leaves_it_out(load):
    """Nobody knows whose delivery that was."""
    lost = {"deliveries": "o9 2025-03-03 2025-03-04"}
    with pytest.raises(
        LoadError, match=r"deliveries\.csv: row 2: order_delivered needs merchant_id, and nothing with order_id 'o9'"
    ):
        load(**lost)
    events = load(lambda content: content["tables"][DELIVERIES].update(unfilled="leave_out"), **lost)
    assert [row["order_id"] for row in events if row["kind"] == "order_delivered"] == ["o1"]


def test_load_of_two_rows_that_contradict_each_other_names_both(load):
    """Two events of one id with other content; two orders of one id; the same again is dropped."""
    with pytest.raises(LoadError, match=r"orders\.csv: row 2 and .*orders\.csv: row 3: .*'o2'"):
        load(orders="o2 bob east vase 21.00 2 2025-03-02")
    with pytest.raises(LoadError, match=r"claims\.csv: row 1 and .*claims\.csv: row 2: both say what claim_id 'c1' is"):
        load(claims="c1 o1 10.50 broken 2025-03-06")
    with pytest.raises(
        LoadError, match=r"decisions\.csv: row 1 and .*decisions\.csv: row 2: both make the event 'decided-c1'"
    ):
        load(decisions="c1 9.00 auto_approve 2025-03-07")
    assert len(load(orders="o2 bob east vase 20.00 2 2025-03-02")) == 5


def test_load_fills_in_a_delivery_only_where_it_was_known_when_the_claim_was_filed(load):
    """A claim must not know what came in after it: o1's delivery on the 3rd was reported on the 4th."""
    events = load(claims="c2 o1 0.00 broken 2025-03-03\nc3 o1 0.00 broken 2025-03-04")
    delivered = {row["claim_id"]: row["order_delivered_at_ms"] for row in events if row["kind"] == "claim_filed"}
    assert delivered == {"c1": 1_740_960_000_000, "c2": None, "c3": None}


def test_load_keeps_what_a_row_says_itself(load):
    """Filling in never writes over: the row's own word stands."""
    write_own = field(DELIVERIES, "buyer_id", constant="eve")
    events = load(write_own)
    assert [row["buyer_id"] for row in events if row["kind"] == "order_delivered"] == ["eve"]


def test_load_of_ids_from_several_columns_joins_them(load):
    """An order line is often an order and a line number."""
    events = load(field(DECISIONS, "event_id", columns=["claim", "action"], prefix="d-"))
    assert events[-1]["event_id"] == "d-c1/auto_approve"


def test_database_of_a_table_takes_its_password_from_the_environment(tmp_path, monkeypatch):
    """No password stands in a mapping, and none in a message."""

    def ask(content: dict[str, Any]) -> None:
        del content["tables"][DECISIONS]["file"]
        url = "postgresql://ann:${SHOP_PASSWORD}@127.0.0.1:1/shop"
        content["tables"][DECISIONS].update(query="SELECT 1", database=url)

    write_shop(tmp_path)
    with pytest.raises(LoadError, match="its database needs the environment's SHOP_PASSWORD; set it"):
        load_tables(changed(ask), str(tmp_path), tmp_path / "out")
    monkeypatch.setenv("SHOP_PASSWORD", "secret")
    with pytest.raises(LoadError, match=r"decisions on postgresql://ann:\*\*\*@127\.0\.0\.1:1/shop") as caught:
        load_tables(changed(ask), str(tmp_path), tmp_path / "out")
    assert "secret" not in str(caught.value)
    assert database.CHUNK_ROWS > 0


def test_tables_from_one_database_by_its_url_need_no_file(tmp_path):
    """All tables may be queries on what --data names."""

    write_shop(tmp_path)
    connection = sqlite3.connect(tmp_path / "shop.db")
    for name in ("orders", "deliveries", "claims", "decisions"):
        table = csv.read_csv(
            tmp_path / f"{name}.csv", convert_options=csv.ConvertOptions(column_types={"paid": "string"})
        )
        connection.execute(f"CREATE TABLE {name} ({', '.join(f'[{column}]' for column in table.column_names)})")
        rows = [tuple(str(cell) for cell in row.values()) for row in table.to_pylist()]
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * table.num_columns)})", rows)  # noqa: S608
    connection.commit()
    connection.close()

    def ask(content: dict[str, Any]) -> None:
        for table in content["tables"]:
            name = table.pop("file").removesuffix(".csv")
            table["query"] = f"SELECT * FROM {name}"  # noqa: S608

    load_tables(changed(ask), f"sqlite:///{tmp_path}/shop.db", tmp_path / "a")
    load_tables(TablesMapping.model_validate(MAPPING), str(tmp_path), tmp_path / "b")
    found, expected = (read_events(tmp_path / name / "events.parquet") for name in ("a", "b"))
    assert found.equals(expected)
