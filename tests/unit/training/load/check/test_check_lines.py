"""A check of order and return lines finds what is wrong or strange, all of it in one run, and says where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from training.load import LoadError, Mapping, load, read_mapping
from training.load.check import CheckReport, check_lines
from training.load.reading import open_source

NOW_MS = 1_767_225_600_000
MAPPING = """
[columns]
order = "Invoice"
line = "Key"
product = "Product"
quantity = "Quantity"
buyer = "Buyer"
[merchant]
constant = "shop"
[time]
column = "Time"
zone = "UTC"
known_at = "occurred_at"
[money]
currency = "EUR"
unit = "major"
unit_price = "Price"
[orders]
when = [{ column = "Invoice", op = "starts_with", value = "S" }]
[returns]
when = [{ column = "Invoice", op = "starts_with", value = "C" }, { column = "Quantity", op = "negative" }]
sign = "negative"
claim_type = { constant = "return_refund" }
claim_reason = { column = "Why" }
action = "auto_approve"
[[leave_out]]
cause = "postage"
when = [{ column = "Product", op = "equals", value = "POST" }]
"""
LINES = """
Key Invoice Product Quantity Price Buyer Time       Why
1   S1      lamp    3        1.25  ann   2024-01-02 -
2   S1      POST    1        5.00  ann   2024-01-02 -
3   C1      lamp    -2       1.25  ann   2024-01-05 damaged
"""


@pytest.fixture
def files(tmp_path: Path) -> Callable[[str], tuple[Path, Mapping]]:
    """Write the lines and some more; the file and the mapping."""

    def write(added: str) -> tuple[Path, Mapping]:
        rows = [line.split() for line in (LINES + added).strip().splitlines()]
        path = tmp_path / "lines.csv"
        path.write_text("".join(",".join("" if cell == "-" else cell for cell in row) + "\n" for row in rows))
        (tmp_path / "shop.toml").write_text(MAPPING)
        mapping = read_mapping(tmp_path / "shop.toml")
        assert isinstance(mapping, Mapping)
        return path, mapping

    return write


@pytest.fixture
def check(files: Callable[[str], tuple[Path, Mapping]]) -> Callable[[str], CheckReport]:
    """Check the lines and some more."""

    def run(added: str = "") -> CheckReport:
        path, mapping = files(added)
        return check_lines(open_source(str(path)), mapping, NOW_MS)

    return run


def told(report: CheckReport) -> list[tuple[str, str, int, str]]:
    """Findings in short: how bad, what (its beginning), how often, the first example."""
    return [
        (str(each.severity), each.what.split(";")[0][:50], each.count, each.examples[0] if each.examples else "")
        for each in report.findings
    ]


def test_check_of_lines_in_which_nothing_is_wrong_finds_nothing(check, tmp_path):
    """It counts what would be loaded and what would be left out, and writes nothing."""
    report = check()
    assert told(report) == []
    assert report.events == {"order_paid": 1, "claim_filed": 1, "claim_decided": 1}
    assert report.tables[0].left_out == {"postage": 1, "neither order nor return by any rule": 0}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lines.csv", "shop.toml"]


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("4 S4 lamp many 1 ann 2024-01-02 -", ("error", "must be a number up to 1000000000000", 1, "row 4 is 'many'")),
        ("4 S4 lamp 1.5 1 ann 2024-01-02 -", ("error", "must be a whole number", 1, "row 4 is '1.5'")),
        ("4 S4 lamp 0 1 ann 2024-01-02 -", ("error", "a quantity is 1 or more", 1, "row 4 is '0'")),
        ("4 S4 lamp 1 -1 ann 2024-01-02 -", ("error", "an amount can't be negative", 1, "row 4 is '-1'")),
        ("4 S4 - 1 1 ann 2024-01-02 -", ("error", "every order and return needs it", 1, "row 4 is missing")),
        ("4 S4 lamp 1 1 ann never -", ("error", "must be a time", 1, "row 4 is 'never'")),
        ("4 C4 lamp -1 1 ann 2024-01-06 odd", ("error", "unknown claim reason", 1, "row 4 is 'odd'")),
        ("1 S4 vase 1 1 ann 2024-01-02 -", ("error", "an earlier line has that id", 1, "row 4 is '1'")),
        ("4 S4 lamp 1 1 ann 2027-01-02 -", ("error", "lies in the future", 1, "row 4")),
        ("4 S4 lamp 1 1 - 2024-01-02 -", ("warning", "no buyer_id", 1, "row 4")),
        (
            "4 C4 lamp -1 2 ann 2024-01-06 other",
            ("warning", "asks, with earlier claims on the order, for more t", 1, "row 4"),
        ),
        (
            "4 C4 vase -1 2 ann 2024-01-06 other",
            (
                "warning",
                "a return that fits no purchase: buyer has no purch",
                1,
                "row 4",
            ),
        ),
    ],
)
def test_check_of_a_line_that_is_wrong_tells_it_alone_and_where(check, files, line, finding):
    """One line more, one finding more; where it is an error of the input, the load refuses it too."""
    report = check(line)
    assert told(report) == [finding]
    path, mapping = files(line)
    if finding[0] == "error" and "future" not in finding[1]:
        with pytest.raises(LoadError):
            load(path, mapping)
    else:
        load(path, mapping)


@pytest.mark.parametrize(("content", "what"), [("a,b\n1,2\n", "no column 'Invoice'"), ("", "not a readable csv file")])
def test_check_of_a_file_that_cannot_be_read_names_it_once(files, content, what):
    """The place says which file, the words only what is wrong with it."""
    path, mapping = files("")
    path.write_text(content)
    report = check_lines(open_source(str(path)), mapping, NOW_MS)
    [finding] = report.findings
    assert finding.what.startswith(what)
    assert "\n".join(report.lines()).count(path.name) == 1


def test_check_of_lines_that_are_the_same_tells_the_later_ones(files):
    """Without an id a line of its own the same line twice may be a mistake of the export, or two of one thing."""
    path, mapping = files("4 S4 vase 1 1 ann 2024-01-03 -\n4 S4 vase 1 1 ann 2024-01-03 -")
    by_row = mapping.model_copy(update={"columns": mapping.columns.model_copy(update={"line": None})})
    report = check_lines(open_source(str(path)), by_row, NOW_MS)
    assert told(report) == [("warning", "the same in all these columns as an earlier row", 1, "row 5")]


def test_check_of_many_wrong_lines_finds_all_in_one_run(check):
    """Orders and returns, cells and rules: nothing stops at the first."""
    report = check(
        "4 S4 lamp many 1 ann 2024-01-02 -\n5 S5 lamp 1 much ann never -\n6 C6 lamp -1 1 ann 2024-01-06 odd\n"
        "7 S7 lamp none 1 ann 2024-01-02 -"
    )
    assert sorted(what for _, what, _, _ in told(report)) == [
        "must be a number up to 1000000000000",
        "must be a number up to 1000000000000",
        "must be a time",
        "unknown claim reason",
    ]
    assert [count for _, _, count, example in told(report) if example == "row 4 is 'many'"] == [2]
    assert report.events["order_paid"] == 1


def test_check_of_lines_that_cannot_be_read_says_so(files):
    """A broken file is a finding too."""
    path, mapping = files("4 S4")
    report = check_lines(open_source(str(path)), mapping, NOW_MS)
    assert [severity for severity, *_ in told(report)] == ["error"]
    assert "row 4: Expected 8 columns, got 2" in report.findings[0].what


def test_check_of_a_column_of_a_wrong_type_says_so(files):
    """What no cell can mend is told of the column."""
    path, mapping = files("")
    path.write_text(path.read_text().replace("2024-01-02", "2024-01-02T00:00+02:00"))
    report = check_lines(open_source(str(path)), mapping, NOW_MS)
    assert not report.holds
    assert "column 'Time'" in report.findings[0].what
