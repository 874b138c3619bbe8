"""Bad input is refused in one line that says where it is and what to do."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.load import LoadError, find_mapping, load, read_mapping, shipped_mapping

HEADER = "Invoice Product Quantity Price Buyer Time\n"
GOOD = HEADER + "S1 lamp 1 1.00 ann 2024-01-01\nS2 lamp 1 1.00 ann 2024-01-01\n"
REASON = ('claim_reason = { constant = "other" }', 'claim_reason = { column = "Why" }')


def refusal(call, *arguments) -> str:
    with pytest.raises(LoadError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        ("S3 lamp -1 1.00 ann 2024-01-01", ("row 3, column 'Quantity'", "'-1'", "1 or more")),
        ("S3 lamp 0 1.00 ann 2024-01-01", ("row 3, column 'Quantity'", "'0'", "1 or more")),
        ("C3 lamp 1 1.00 ann 2024-01-01", ("row 1, column 'Quantity'", "-1 or less in a return")),
        ("S3 lamp 1.5 1.00 ann 2024-01-01", ("row 3, column 'Quantity'", "whole number")),
        ("S3 lamp many 1.00 ann 2024-01-01", ("row 3, column 'Quantity'", "'many'", "must be a number")),
        ("S3 lamp inf 1.00 ann 2024-01-01", ("row 3, column 'Quantity'", "'inf'", "must be a number")),
        ("S3 lamp - 1.00 ann 2024-01-01", ("row 3, column 'Quantity'", "is missing", "fill it in")),
        ("S3 lamp 1 -2.50 ann 2024-01-01", ("row 3, column 'Price'", "'-2.50'", "can't be negative")),
        ("S3 lamp 1 - ann 2024-01-01", ("row 3, column 'Price'", "is missing")),
        ("S3 lamp 999999999999 99 ann 2024-01-01", ("row 3, column 'Price'", "minor units")),
        ("S3 - 1 1.00 ann 2024-01-01", ("row 3, column 'Product'", "is missing", "leave such rows out")),
        (f"S3 {'p' * 121} 1 1.00 ann 2024-01-01", ("row 3, column 'Product'", "1 to 120 printable characters")),
        (f"S{'3' * 120} lamp 1 1.00 ann 2024-01-01", ("row 3, column 'Invoice'", "1 to 120 printable characters")),
        ("S3 lamp 1 1.00 ann yesterday", ("row 3, column 'Time'", "'yesterday'", "time.format")),
        ("S3 lamp 1 1.00 ann -", ("row 3, column 'Time'", "is missing")),
        ("S3 lamp 1 1.00 ann 1970-01-01", ("row 3, column 'Time'", "from 1990 to 2099")),
    ],
)
def test_load_of_a_wrong_cell_names_file_row_and_column(load_drawn, row, parts):
    """The row is counted from 1, without the header."""
    # A return is read after the orders, so a file of its own shows that its row is named right.
    table = (HEADER if row.startswith("C") else GOOD) + row
    message = refusal(load_drawn, table)
    for part in ("lines.csv", *parts):
        assert part in message


def test_load_of_an_hour_that_a_zone_skipped_names_the_row(load_drawn):
    """A local time that never was is a mistake in the file or in the zone."""
    message = refusal(
        load_drawn, HEADER + "S1 lamp 1 1 ann 2010-03-28T01:30", ('zone = "UTC"', 'zone = "Europe/London"')
    )
    assert "row 1, column 'Time'" in message
    assert "Europe/London skipped that hour" in message


def test_load_of_local_times_without_a_zone_asks_for_it(load_drawn):
    """UTC is not assumed."""
    assert "give time.zone" in refusal(load_drawn, GOOD, ('zone = "UTC"\n', ""))


def test_load_of_times_with_an_offset_and_a_zone_is_refused(load_drawn):
    """Two statements about one thing could disagree."""
    assert "remove time.zone" in refusal(load_drawn, HEADER + "S1 lamp 1 1.00 ann 2024-01-01T00:00+02:00")


def test_load_of_times_with_unlike_offsets_is_refused_in_one_line(load_drawn):
    """Another library's message is cut to a line."""
    table = HEADER + "S1 lamp 1 1 ann 2024-01-01T00:00+02:00\nS2 lamp 1 1 ann 2024-01-01T00:00+03:00"
    assert "column 'Time'" in refusal(load_drawn, table, ('zone = "UTC"\n', ""))


def test_load_of_an_unknown_claim_reason_names_it_and_the_accepted_ones(load_drawn):
    """A word that is neither accepted nor translated is refused, not turned into `other`."""
    table = HEADER.strip() + " Why\nC1 lamp -1 1.00 ann 2024-01-01 BROKEN"
    message = refusal(load_drawn, table, REASON)
    for part in ("row 1, column 'Why'", "'BROKEN'", "not_received, damaged", "returns.claim_reason.words"):
        assert part in message


def test_load_of_a_missing_claim_reason_names_the_row(load_drawn):
    """An empty cell is no reason."""
    message = refusal(load_drawn, HEADER.strip() + " Why\nC1 lamp -1 1.00 ann 2024-01-01 -", REASON)
    assert "row 1, column 'Why': is missing" in message


def test_load_of_a_repeated_line_id_names_both_rows(load_drawn):
    """Event ids are made from it, so they would repeat."""
    table = (
        HEADER.strip()
        + " Key\nS1 lamp 1 1 ann 2024-01-01 k1\nX2 lamp 1 1 ann 2024-01-01 k1\nS3 lamp 1 1 a 2024-01-01 k1"
    )
    message = refusal(load_drawn, table, ('buyer = "Buyer"', 'line = "Key"'))
    for part in ("rows 1 and 3, column 'Key'", "'k1'", "give each line its own"):
        assert part in message


def test_load_of_a_row_that_is_both_kinds_names_the_row(load_drawn):
    """The mapping has to choose."""
    message = refusal(load_drawn, GOOD, ('"starts_with", value = "C"', '"matches", value = "2"'))
    assert "row 2: meets orders.when and returns.when" in message


@pytest.mark.parametrize(
    ("old", "key"),
    [
        ('order = "Invoice"', "columns.order"),
        ('buyer = "Buyer"', "columns.buyer"),
        ('unit_price = "Price"', "money.unit_price"),
        ('column = "Time"', "time.column"),
        ('column = "Product", op', "leave_out.0.when.0.column"),
    ],
)
def test_load_by_a_mapping_of_a_missing_column_names_key_and_columns(load_drawn, old, key):
    """The message lists what the file does have."""
    message = refusal(load_drawn, GOOD, (old, old.replace(old.split('"')[1], "Nowhere")))
    for part in ("no column 'Nowhere'", f"key {key} ", "'Invoice', 'Product', 'Quantity'"):
        assert part in message


def parquet(tmp_path: Path, **columns: object) -> Path:
    table = {"Invoice": ["S1"], "Product": ["lamp"], "Quantity": [1], "Price": [1.0], "Buyer": ["ann"]}
    path = tmp_path / "lines.parquet"
    pq.write_table(pa.table({**table, "Time": ["2024-01-01"], **columns}), path)
    return path


@pytest.mark.parametrize(
    ("columns", "parts"),
    [
        ({"Quantity": [date(2024, 1, 1)]}, ("'Quantity' has type date32", "numbers")),
        ({"Price": [True]}, ("'Price' has type bool", "numbers")),
        ({"Buyer": [1.5]}, ("row 1, column 'Buyer'", "1.5", "whole number")),
        ({"Product": [date(2024, 1, 1)]}, ("'Product' has type date32", "text or whole numbers")),
        ({"Time": [1_700_000_000]}, ("'Time' has type int64", "times")),
    ],
)
def test_load_of_a_column_of_a_wrong_type_names_column_and_type(tmp_path, mapping_file, columns, parts):
    """A type that can't be what the mapping takes it for is refused, not converted."""
    message = refusal(load, parquet(tmp_path, **columns), read_mapping(mapping_file()))
    for part in ("lines.parquet", *parts):
        assert part in message


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("lines.xlsx", b"", "give a .parquet or .csv file"),
        ("lines", b"", "give a .parquet or .csv file"),
        ("lines.parquet", b"no parquet", "not a readable parquet file"),
        ("lines.csv", b"", "not a readable csv file"),
        ("lines.csv", HEADER.replace(" ", ",").encode() + b"S1,lamp\n", "not a readable csv file"),
        (
            "lines.csv",
            HEADER.replace(" ", ",").encode() + b"S\xff,lamp,1,1,ann,2024-01-01\n",
            "not a readable csv file",
        ),
    ],
)
def test_load_of_a_file_of_a_wrong_kind_names_the_file(tmp_path, mapping_file, name, content, part):
    """Broken files are refused like wrong ones."""
    path = tmp_path / name
    path.write_bytes(content)
    message = refusal(load, path, read_mapping(mapping_file()))
    assert message.startswith(str(path))
    assert part in message


def test_load_of_a_file_that_is_not_there_names_it(tmp_path, mapping_file):
    """A folder isn't a file either."""
    assert "no such file" in refusal(load, tmp_path / "none.csv", read_mapping(mapping_file()))


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (('sign = "negative"', 'sing = "negative"'), ("key returns.sign", "missing; add it")),
        (('buyer = "Buyer"', 'byer = "Buyer"'), ("key columns.byer", "unknown; remove it or correct its spelling")),
        (('sign = "negative"', 'sign = "down"'), ("key returns.sign", "'down'", "'negative' or 'positive'")),
        (('zone = "UTC"', 'zone = "Londinium"'), ("key time.zone", "no time zone is called 'Londinium'")),
        (('known_at = "occurred_at"\n', ""), ("key time.known_at", "missing")),
        (('currency = "EUR"', 'currency = "euro"'), ("key money.currency", "'euro'")),
        (('unit_price = "Price"', ""), ("key money", "either 'unit_price' or 'line_total'")),
        (('constant = "shop"', ""), ("key merchant", "either 'constant' or 'column'")),
        (
            ('constant = "other"', 'constant = "broken"'),
            ("key returns", "claim_reason is 'broken'", "damaged, defective"),
        ),
        (('op = "equals", value = "POST"', 'op = "equals"'), ("key leave_out.0.when.0", "'equals' needs a 'value'")),
        (('op = "equals", value = "POST"', 'op = "zero", value = "0"'), ("'zero' takes no 'value'",)),
        (('op = "equals", value = "POST"', 'op = "in"'), ("'in' needs a list in 'values'",)),
        (('op = "equals", value = "POST"', 'op = "like", value = "P"'), ("key leave_out.0.when.0.op", "'like'")),
        (('op = "equals", value = "POST"', 'op = "matches", value = "("'), ("no regular expression",)),
        (("[merchant]", "[merchant"), ("not a TOML file", "correct it there")),
    ],
)
def test_read_mapping_of_a_wrong_key_names_file_and_key(mapping_file, change, parts):
    """The first mistake is told in one line."""
    path = mapping_file(change)
    message = refusal(read_mapping, path)
    assert message.startswith(str(path))
    for part in parts:
        assert part in message


def test_read_mapping_of_a_missing_file_names_it(tmp_path):
    """The system's reason is passed on."""
    assert "can't be read (No such file or directory)" in refusal(read_mapping, tmp_path / "none.toml")


def test_find_mapping_of_an_unknown_name_lists_the_shipped_ones():
    """Neither a file nor a shipped name."""
    message = refusal(find_mapping, "online_retail")
    assert message.startswith("online_retail: no such mapping file")
    assert "online_retail_ii" in message


def test_find_mapping_prefers_a_file_to_a_shipped_name(mapping_file):
    """A path that exists is meant as a path; a shipped name finds the shipped file, which reads without complaint."""
    path = mapping_file()
    assert find_mapping(str(path)) == path
    assert find_mapping("online_retail_ii") == shipped_mapping("online_retail_ii")
    assert read_mapping(shipped_mapping("online_retail_ii")).money.currency == "GBP"
