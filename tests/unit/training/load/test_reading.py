"""Sources are read in chunks, and read on where a mark says."""

import gzip
import io
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv

from training.load import LoadError
from training.load.columns import text
from training.load.reading import Source, csv_blocks, database, files, open_source
from training.load.reading.csv_blocks import blocks, rows_end
from training.load.source import Sheet

ROWS = [(f"o{number}", f"{number}.50") for number in range(20)]


@pytest.fixture
def small_pieces(monkeypatch):
    """Chunks of three rows or thirty bytes, so that twenty rows come in many."""
    monkeypatch.setattr(files, "CHUNK_ROWS", 3)
    monkeypatch.setattr(database, "CHUNK_ROWS", 3)
    monkeypatch.setattr(csv_blocks.blocks, "__defaults__", (30,))


def as_csv(rows) -> str:
    return "id,amount\n" + "".join(f"{name},{amount}\n" for name, amount in rows)


def as_table(rows) -> pa.Table:
    return pa.table({"id": [name for name, _ in rows], "amount": [amount for _, amount in rows]})


def make(kind: str, folder: Path) -> Source:
    """The twenty rows as a source of some kind."""
    match kind:
        case "csv":
            (folder / "rows.csv").write_text(as_csv(ROWS))
            return open_source(str(folder / "rows.csv"))
        case "csv.gz":
            (folder / "rows.csv.gz").write_bytes(gzip.compress(as_csv(ROWS).encode()))
            return open_source(str(folder / "rows.csv.gz"))
        case "parquet":
            pq.write_table(as_table(ROWS), folder / "rows.parquet", row_group_size=7)
            return open_source(str(folder / "rows.parquet"))
        case "folder of csv":
            (folder / "b.csv").write_text(as_csv(ROWS[8:]))
            (folder / "a.csv").write_text(as_csv(ROWS[:8]))
            (folder / "_SUCCESS").touch()
            return open_source(str(folder))
        case "folder of parquet":
            pq.write_table(as_table(ROWS[:8]), folder / "part-0.parquet", row_group_size=2)
            pq.write_table(as_table(ROWS[8:]), folder / "part-1.parquet")
            return open_source(str(folder))
        case _:
            with sqlite3.connect(folder / "rows.db") as connection:
                connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, id TEXT, amount TEXT)")
                connection.executemany("INSERT INTO rows (id, amount) VALUES (?, ?)", ROWS)
            connection.close()
            return open_source(f"sqlite:///{folder}/rows.db", "SELECT * FROM rows -- all of them", key="number")


KINDS = ["csv", "csv.gz", "parquet", "folder of csv", "folder of parquet", "query"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("small_pieces")
def test_chunks_of_a_source_are_its_rows_in_order(tmp_path, kind):
    """Many small chunks make up the whole; each knows in which file its rows stand, and how many came before."""
    source = make(kind, tmp_path)
    chunks = list(source.chunks(["id", "amount"]))
    assert len(chunks) > 5
    assert [tuple(row.values()) for chunk in chunks for row in chunk.table.to_pylist()] == ROWS
    seen = dict.fromkeys(range(len(source.files)), 0)
    for chunk in chunks:
        assert chunk.first_row == seen[chunk.file]
        seen[chunk.file] += len(chunk.table)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("small_pieces")
def test_chunks_after_any_mark_are_the_rest(tmp_path, kind):
    """Reading goes on after each chunk as if it had never stopped."""
    source = make(kind, tmp_path)
    assert source.resumable
    chunks = list(source.chunks(["amount", "id"]))
    for index, chunk in enumerate(chunks):
        assert list(source.chunks(["amount", "id"], chunk.mark)) == chunks[index + 1 :]


def test_chunks_of_a_csv_after_a_mark_do_not_touch_what_lies_before(tmp_path, monkeypatch):
    """The file's beginning may turn into nonsense once it is read: nobody looks there again."""
    monkeypatch.setattr(csv_blocks.blocks, "__defaults__", (30,))
    source = make("csv", tmp_path)
    chunks = list(source.chunks(["id"]))
    path = tmp_path / "rows.csv"
    text = path.read_text()
    header = len("id,amount\n")
    path.write_text(text[:header] + "x" * (int(chunks[2].mark["at"]) - header) + text[int(chunks[2].mark["at"]) :])
    assert list(source.chunks(["id"], chunks[2].mark)) == chunks[3:]


CELLS = st.text(alphabet=' a5",\n\r', max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.integers(1, 12))
def test_blocks_of_any_csv_end_where_rows_end(rows, size):
    """However cells are quoted and wherever a block is cut, its parts parse to the rows of the whole."""
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows).encode()
    assert parsed(text) == [cell for piece in cut(text, size) for cell in parsed(piece)]


def test_rows_end_of_a_quote_amid_a_cell_takes_it_as_text():
    """Five inches open no quotes; a quoted cell behind them does."""
    text = b'a,5" lamp\nb,"two\nlines"\nc,7"\n'
    assert [piece.count(b"\n") for piece in cut(text, 1)] == [1, 2, 1]
    assert rows_end(text, first=True) == 10
    assert rows_end(b'a,"open\n') == 0


def cut(text: bytes, size: int) -> list[bytes]:
    """Row by row: the smallest blocks there can be."""
    return [piece for piece, _ in blocks(io.BytesIO(text), 0, size)]


def parsed(text: bytes) -> list[tuple[str, str]]:
    names = csv.ReadOptions(column_names=["x", "y"])
    table = csv.read_csv(
        pa.BufferReader(text),
        names,
        csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        csv.ConvertOptions(column_types={"x": pa.string(), "y": pa.string()}),
    )
    return [tuple(row.values()) for row in table.to_pylist()]


def test_chunks_of_a_broken_csv_name_the_row_of_the_file(tmp_path, monkeypatch):
    """Counted from the file's beginning, not from the block's."""
    monkeypatch.setattr(csv_blocks.blocks, "__defaults__", (30,))
    (tmp_path / "rows.csv").write_text(as_csv(ROWS[:12]) + "o12\n")
    with pytest.raises(LoadError, match=r"rows\.csv: not a readable csv file \(.*row 13: Expected 2 columns"):
        list(open_source(str(tmp_path / "rows.csv")).chunks(["id"]))


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("DELETE FROM rows", "'DELETE FROM rows' doesn't select"),
        ("SELECT id FROM nowhere", "no such table: nowhere"),
        ("SELECT id FROM rows; DELETE FROM rows", "syntax error"),
        ("SELECT id FROM rows) AS q; DELETE FROM rows --", "one statement at a time"),
    ],
)
def test_query_that_does_not_only_read_is_refused(tmp_path, query, complaint):
    """A loader changes nothing."""
    make("query", tmp_path)
    source = open_source(f"sqlite:///{tmp_path}/rows.db", query)
    with pytest.raises(LoadError, match="query") as caught:
        list(source.chunks(["id"]))
    assert complaint in str(caught.value)


def test_query_on_a_database_that_may_be_written_opens_it_for_reading_only(tmp_path):
    """Even what gets past the look at the query's beginning can't write."""
    make("query", tmp_path)
    source = open_source(f"sqlite:///{tmp_path}/rows.db", "SELECT 1")
    with source._connected() as connection, pytest.raises(database.sa.exc.OperationalError, match="readonly"):
        connection.exec_driver_sql("DELETE FROM rows")


def test_query_with_cells_of_several_types_gives_text(tmp_path):
    """SQLite lets a column hold anything; whole numbers and text together are text."""
    with sqlite3.connect(tmp_path / "rows.db") as connection:
        connection.execute("CREATE TABLE mixed (x)")
        connection.executemany("INSERT INTO mixed VALUES (?)", [(1,), ("a",), (None,)])
    connection.close()
    (chunk,) = open_source(f"sqlite:///{tmp_path}/rows.db", "select x from mixed;").chunks(["x"])
    assert chunk.table["x"].to_pylist() == ["1", "a", None]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("SELECT number % 5 AS k FROM rows", "key 'k' is 0 in two rows; name a unique column"),
        ("SELECT CASE number WHEN 4 THEN NULL ELSE number END AS k FROM rows", "key 'k' is None; name a column of"),
        ("SELECT number / 2.0 AS k FROM rows", "key 'k' is 0.5; name a column of numbers or text"),
    ],
)
@pytest.mark.usefixtures("small_pieces")
def test_query_with_a_key_that_is_none_is_refused(tmp_path, query, complaint):
    """Going on after a key that isn't unique, or is empty, would lose rows without a word."""
    make("query", tmp_path)
    with pytest.raises(LoadError) as caught:
        list(open_source(f"sqlite:///{tmp_path}/rows.db", query, key="k").chunks(["k"]))
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("sqlite:///nowhere.db", "no such file"),
        ("mysql://ann:secret@host/shop", "SQLite and PostgreSQL"),
        ("postgresql://ann:secret@127.0.0.1:1/shop", "ann:***@127.0.0.1:1"),
    ],
)
def test_query_on_a_database_that_cannot_be_opened_is_refused_without_its_password(url, complaint):
    """Messages go into logs."""
    with pytest.raises(LoadError) as caught:
        open_source(url, "SELECT 1").columns()
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)


def test_open_source_of_a_folder_with_both_kinds_or_none_is_refused(tmp_path):
    """Which of them would be meant?"""
    with pytest.raises(LoadError, match=r"no \.parquet or \.csv file in it"):
        open_source(str(tmp_path))
    make("csv", tmp_path)
    make("parquet", tmp_path)
    with pytest.raises(LoadError, match="both"):
        open_source(str(tmp_path))


def test_columns_of_parts_that_lack_one_are_refused(tmp_path):
    """A folder is read as one table, so its parts have the same columns."""
    (tmp_path / "a.csv").write_text("id,amount\n")
    (tmp_path / "b.csv").write_text("id,total\n")
    with pytest.raises(LoadError, match=r"b\.csv: no column 'amount'"):
        open_source(str(tmp_path)).columns()


def test_open_source_with_a_query_out_of_place_or_missing_is_refused(tmp_path):
    """A file takes none, a database needs one."""
    make("csv", tmp_path)
    with pytest.raises(LoadError, match="takes no query"):
        open_source(str(tmp_path / "rows.csv"), "SELECT 1")
    with pytest.raises(LoadError, match="needs a query"):
        open_source("sqlite:///rows.db")


def test_column_of_a_chunk_that_has_no_value_is_read_as_empty():
    """Such a chunk doesn't tell what the column holds; it is no wrong type."""
    sheet = Sheet("claims", pa.table({"pictures": pa.nulls(3)}))
    column = sheet.column("pictures")
    assert text(column).to_pylist() == [None] * 3
    assert column.is_missing().all()
