"""The commands at their edge: one line for what can't be, and nothing half done."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from features.catalog_text import as_markdown
from features.event_file import read_events
from features.plan import default_plan
from tests.unit.training.load.conftest import MAPPING
from training.cli import main

LINES = """Invoice,Product,Quantity,Buyer,Time,Price
S1,lamp,2,ann,2024-01-02 10:00:00,3.50
C1,lamp,-1,ann,2024-01-05 10:00:00,3.50
"""


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def refusal(result: Result) -> str:
    """The one line of a command that failed as it should."""
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stdout == ""
    *steps, line = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert not any(step.startswith("Error: ") for step in steps)
    return line


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a file of lines and a mapping that fits it."""
    (tmp_path / "lines.csv").write_text(LINES)
    (tmp_path / "shop.toml").write_text(MAPPING)
    return tmp_path


def load(shop: Path) -> Result:
    return invoke("load", "--data", shop / "lines.csv", "--mapping", shop / "shop.toml", "--out", shop / "out")


def test_features_prints_every_column_with_its_meaning_in_both_languages():
    """The catalogue can be read without reading code."""
    result = invoke("features")
    assert result.exit_code == 0
    plan = default_plan()
    head, *lines = result.output.splitlines()
    assert head == f"{len(plan.columns)} columns, catalogue {plan.catalog_hash}"
    for line, column in zip(lines, plan.columns, strict=True):
        assert line.split()[0] == column.name
        assert line.endswith(f"{column.meaning.en} / {column.meaning.zh}")
        assert f" {column.unit} " in line
        assert f" {column.reason.code} " in line


def test_features_as_markdown_is_written_where_it_is_asked_for(tmp_path, monkeypatch):
    """By default to the page of the docs; folders on the way are made, and a page that was there is replaced."""
    monkeypatch.chdir(tmp_path)
    page = Path("pages") / "all.md"
    for _ in range(2):
        result = invoke("features", "--markdown", page)
        assert (result.exit_code, result.output) == (0, f"{len(default_plan().columns)} columns in {page}\n")
    assert invoke("features", "--markdown").exit_code == 0
    assert Path("docs/features.md").read_bytes() == page.read_bytes() == as_markdown(default_plan()).encode()


def test_features_as_markdown_in_a_place_that_is_none_is_refused(tmp_path):
    """The message is one line, and says where it failed."""
    (tmp_path / "file").touch()
    result = invoke("features", "--markdown", tmp_path / "file" / "page.md")
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert "file" in result.output


def test_load_by_a_mapping_that_fits_writes_events(shop):
    """The case from which the ones below differ in one thing each."""
    result = load(shop)
    assert result.exit_code == 0
    assert len(read_events(shop / "out" / "events.parquet")) == 3  # an order, a claim, its decision


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('buyer = "Buyer"', 'buyer = "Customer"', "no column 'Customer'"),
        ('buyer = "Buyer"', 'byer = "Buyer"', "key columns.byer: unknown"),
        ('currency = "EUR"', "", "key money.currency: missing"),
        ("[columns]", "[columns", "not a TOML file"),
    ],
)
def test_load_by_a_wrong_mapping_is_refused_and_writes_nothing(shop, old, new, complaint):
    """A mapping is right or it loads nothing; the line names the key."""
    assert old in MAPPING
    (shop / "shop.toml").write_text(MAPPING.replace(old, new))
    assert complaint in refusal(load(shop))
    assert not (shop / "out").exists()


def test_load_by_a_mapping_that_isnt_there_is_refused_with_the_shipped_ones(shop):
    """A typing error is met with the names that exist."""
    line = refusal(invoke("load", "--data", shop / "lines.csv", "--mapping", "online_retial", "--out", shop / "out"))
    assert "online_retail_ii" in line
    assert not (shop / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--orders", "0"], "orders is 0; use 1 to"),
        (["--orders", "-5"], "orders is -5; use 1 to"),
        (["--days", "0"], "days is 0; use 1 to"),
        (["--seed", "-1"], "seed is -1; use zero or more"),
        (["--end", "1900-01-01"], "1990 to 2099"),
    ],
)
def test_simulate_with_wrong_numbers_is_refused_and_writes_nothing(tmp_path, arguments, complaint):
    """The line names the setting and its range."""
    assert complaint in refusal(invoke("simulate", *arguments, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_simulate_into_what_cannot_be_a_folder_is_refused(tmp_path):
    """A path through a file leads nowhere."""
    (tmp_path / "file").write_text("")
    refusal(invoke("simulate", "--orders", "50", "--days", "9", "--out", tmp_path / "file" / "out"))


def test_parity_of_a_store_that_cannot_be_opened_is_refused(tmp_path):
    """The line says which store."""
    assert "nowhere" in refusal(invoke("parity", "--store", f"sqlite:///{tmp_path}/nowhere/shop.db"))


def test_labels_of_a_loaded_file_without_verdicts_says_so(shop):
    """A file of orders and returns has no verdicts; the line says so, and the table has nothing but claims."""
    assert load(shop).exit_code == 0
    out = shop / "labels.parquet"
    result = invoke("labels", "--events", shop / "out" / "events.parquet", "--out", out)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "no verdicts yet on 1 claims: import claim_adjudicated events, or wait for some",
        f"labels in {out}",
    ]
    assert pq.read_table(out)["abusive"].to_pylist() == [None]


def test_labels_before_any_claim_is_refused_and_writes_nothing(shop):
    """A moment before the first claim is a mistake; the line says what to do."""
    load(shop)
    out = shop / "labels.parquet"
    events = shop / "out" / "events.parquet"
    line = refusal(invoke("labels", "--events", events, "--known-by", "2024-01-05T10:00:00", "--out", out))
    assert "no claim was known by then" in line
    assert not out.exists()
    assert "no such file" in refusal(invoke("labels", "--events", shop / "nowhere.parquet"))


def test_load_that_only_checks_tells_all_and_writes_nothing(shop):
    """It exits with 1 where the load would fail, and with 0 where it wouldn't."""
    asked = ("load", "--data", shop / "lines.csv", "--mapping", shop / "shop.toml", "--check")
    assert invoke(*asked).exit_code == 0
    (shop / "lines.csv").write_text(LINES + "S2,lamp,many,ann,2024-01-02 10:00:00,3.50\n")
    result = invoke(*asked, "--json", shop / "findings.json")
    assert result.exit_code == 1
    assert "row 3 is 'many'" in result.stdout
    assert result.stdout.splitlines()[-1] == "1 errors, 0 warnings"
    content = json.loads((shop / "findings.json").read_text())
    assert [finding["count"] for finding in content["findings"]] == [1]
    assert sorted(path.name for path in shop.iterdir()) == ["findings.json", "lines.csv", "shop.toml"]


def test_load_by_a_query_gives_what_the_file_gives(shop):
    """The same lines from a database, by a query that stands in a file."""
    connection = sqlite3.connect(shop / "lines.db")
    connection.execute("CREATE TABLE lines (Invoice, Product, Quantity, Buyer, Time, Price)")
    rows = [line.split(",") for line in LINES.splitlines()[1:]]
    connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    (shop / "lines.sql").write_text("SELECT * FROM lines;\n")
    url = f"sqlite:///{shop / 'lines.db'}"
    asked = ("load", "--data", url, "--query-file", shop / "lines.sql", "--mapping", shop / "shop.toml")
    assert invoke(*asked, "--out", shop / "sql").exit_code == 0
    assert load(shop).exit_code == 0
    assert read_events(shop / "sql" / "events.parquet").equals(read_events(shop / "out" / "events.parquet"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "give --out DIRECTORY"),
        (["--out", "out", "--json", "findings.json"], "--json goes with --check"),
        (["--out", "out", "--query", "SELECT 1"], "a file takes no query"),
        (["--out", "out", "--query", "SELECT 1", "--query-file", "x.sql"], "give one of them"),
        (["--out", "out", "--query-file", "nowhere.sql"], "nowhere.sql: can't be read"),
        (["--out", "out", "--mapping", "platform_tables"], "lines.csv: no such folder"),
        (["--check", "--mapping", "platform_tables", "--query", "SELECT 1"], "has its own queries"),
    ],
)
def test_load_with_options_that_do_not_fit_is_refused(shop, monkeypatch, arguments, complaint):
    """One line says which, and nothing is written."""
    monkeypatch.chdir(shop)
    asked = ("load", "--data", "lines.csv", *(() if "--mapping" in arguments else ("--mapping", "shop.toml")))
    assert complaint in refusal(invoke(*asked, *arguments))
    assert not (shop / "out").exists()
