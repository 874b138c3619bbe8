"""A check of tables finds what is wrong or strange, all of it in one run, and says where."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from training.load import LoadError, TablesMapping, load_tables
from training.load.check import CheckReport, check_tables
from training.load.check.findings import Severity
from training.load.check.profile import ColumnProfile

NOW_MS = 1_767_225_600_000


def told(report: CheckReport) -> list[tuple[str, str, str, int]]:
    """Findings in short: how bad, in which table, what, how often."""
    return [
        (str(each.severity), each.where.split("/")[-1], each.what.split(";")[0], each.count) for each in report.findings
    ]


def test_check_of_tables_in_which_nothing_is_wrong_finds_nothing(check, tmp_path):
    """The case from which the ones below differ in a row or two; and it writes nothing."""
    report = check()
    assert told(report) == []
    assert report.holds
    assert report.events == {"order_paid": 2, "order_delivered": 1, "claim_filed": 1, "claim_decided": 1}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "claims.csv",
        "decisions.csv",
        "deliveries.csv",
        "orders.csv",
    ]


def test_columns_of_a_check_have_type_range_missing_and_different_cells(check):
    """What a data scientist looks at first."""
    report = check(orders="o3 - east 00123 5 1 2025-03-09")
    orders = next(table for table in report.tables if table.name == "orders")
    assert (orders.rows, [path.split("/")[-1] for path in orders.source]) == (3, ["orders.csv"])
    by_name = {column.name: column for column in orders.columns}
    assert by_name["amount"] == ColumnProfile("amount", "text: numbers", "5", "20", 0, 3)
    assert by_name["buyer"] == ColumnProfile("buyer", "text", "ann", "bob", 1, 2)
    assert by_name["product"] == ColumnProfile("product", "text", "00123", "vase", 0, 3)
    assert by_name["units"] == ColumnProfile("units", "text: whole numbers", "1", "2", 0, 2)
    assert by_name["paid"] == ColumnProfile("paid", "text: times", "2025-03-01", "2025-03-09", 0, 3)


ORDER = "o3 ann east lamp"


@pytest.mark.parametrize(
    ("added", "finding", "example"),
    [
        (
            {"orders": f"{ORDER} many 1 2025-03-03"},
            ("error", "orders.csv, column 'amount'", "must be a number up to 1000000000000", 1),
            "row 3 is 'many'",
        ),
        (
            {"orders": f"{ORDER} -5 1 2025-03-03"},
            ("error", "orders.csv, column 'amount'", "money is an integer in minor units, from 0 to 1000000000000", 1),
            "row 3 is '-5'",
        ),
        (
            {"orders": "o3 ann - lamp 5.10 1 2025-03-03"},
            ("error", "orders.csv, column 'shop'", "order_paid needs merchant_id", 1),
            "row 3 is missing",
        ),
        (
            {"orders": f"{ORDER} 5.10 1 never"},
            ("error", "orders.csv, column 'paid'", "must be a time", 1),
            "row 3 is 'never'",
        ),
        (
            {"claims": "c2 o2 0.10 smelly 2025-03-05"},
            ("error", "claims.csv, column 'why'", "unknown word", 1),
            "row 2 is 'smelly'",
        ),
        ({"orders": f"{ORDER} 5.10 1 2026-03-03"}, ("error", "orders", "lies in the future", 1), "orders.csv: row 3"),
        (
            {"orders": "o2 bob east vase 20.00 2 2025-03-02"},
            ("warning", "orders", "says an event again, word for word", 1),
            "orders.csv: row 3",
        ),
        (
            {"orders": "o2 bob east vase 21.00 2 2025-03-02"},
            ("error", "orders", "has the id of another event, and other content", 1),
            "orders.csv: row 3",
        ),
        (
            {"deliveries": "o9 2025-03-03 2025-03-04"},
            ("error", "deliveries", "its order isn't there", 1),
            "deliveries.csv: row 2",
        ),
        (
            {"decisions": "c9 1.00 auto_approve 2025-03-06"},
            ("error", "decisions", "its claim isn't there", 1),
            "decisions.csv: row 2",
        ),
        (
            {"deliveries": "o2 2025-03-01 2025-03-02"},
            ("warning", "deliveries", "occurred before its order was paid", 1),
            "deliveries.csv: row 2",
        ),
        (
            {"deliveries": "o2 2025-03-04 2025-03-03"},
            ("warning", "deliveries", "known before it occurred", 1),
            "deliveries.csv: row 2",
        ),
        (
            {"claims": "c2 o2 1.00 broken 2025-03-01"},
            ("warning", "claims", "occurred before its order was paid", 1),
            "claims.csv: row 2",
        ),
        (
            {"claims": "c2 o2 20.01 broken 2025-03-05"},
            ("warning", "claims", "asks for more than was paid", 1),
            "claims.csv: row 2",
        ),
        (
            {"claims": "c2 o1 0.01 broken 2025-03-06"},
            ("warning", "claims", "asks, with earlier claims on the order, for more than was paid", 1),
            "claims.csv: row 2",
        ),
        (
            {"claims": "c2 o2 1.00 broken 2025-03-05", "decisions": "c2 2.00 auto_approve 2025-03-06"},
            ("warning", "decisions", "refunds more than was asked for", 1),
            "decisions.csv: row 2",
        ),
        (
            {"claims": "c2 o2 1.00 broken 2025-03-05", "decisions": "c2 1.00 auto_approve 2025-03-04"},
            ("warning", "decisions", "occurred before its claim was filed", 1),
            "decisions.csv: row 2",
        ),
        ({"orders": "o3 - east lamp 5.10 1 2025-03-03"}, ("warning", "orders", "no buyer_id", 1), "orders.csv: row 3"),
        (
            {"claims": "c2 - 1.00 broken 2025-03-05"},
            ("error", "claims", "no order_id, by which its order would be found", 1),
            "claims.csv: row 2",
        ),
    ],
)
def test_check_of_a_row_that_is_wrong_tells_it_alone_and_where(check, added, finding, example):
    """One row more, one finding more: how bad, where, what, how often, and the row."""
    report = check(**added)
    assert told(report) == [finding]
    assert example in report.findings[0].examples[0]
    assert report.holds == (finding[0] == "warning")


def test_errors_of_a_check_are_what_the_load_refuses(shop, mapping, tmp_path):
    """Where a check finds an error of the input the load fails, and where it finds none the load succeeds."""
    for added in (
        {},
        {"orders": f"{ORDER} many 1 2025-03-03"},
        {"orders": "o2 bob east vase 20.00 2 2025-03-02"},
        {"orders": "o2 bob east vase 21.00 2 2025-03-02"},
        {"deliveries": "o9 2025-03-03 2025-03-04"},
        {"claims": "c2 - 20.01 broken 2025-03-05"},
        {"claims": "c2 o2 1.00 broken 2025-03-01"},
    ):
        folder = shop(**added)
        report = check_tables(mapping, str(folder), NOW_MS)
        try:
            load_tables(mapping, str(folder), tmp_path / "out", restart=True)
        except LoadError:
            assert not report.holds, added
        else:
            assert report.holds, added


def test_check_of_many_wrong_rows_finds_all_in_one_run(check):
    """Three examples of each, counted; one kind of mistake hides no other."""
    rows = "".join(f"\no{number} ann east lamp many many never" for number in range(10, 15))
    report = check(orders=rows, claims="\nc2 o77 1 smelly 2025-03-05")
    counts = Counter({(where, what): count for _, where, what, count in told(report)})
    assert counts["orders.csv, column 'amount'", "must be a number up to 1000000000000"] == 5
    assert counts["orders.csv, column 'units'", "must be a number up to 1000000000000"] == 5
    assert counts["orders.csv, column 'paid'", "must be a time"] == 5
    assert counts["claims.csv, column 'why'", "unknown word"] == 1
    assert counts["claims", "its order isn't there"] == 1
    assert max(len(finding.examples) for finding in report.findings) == 3


def test_check_of_tables_that_are_missing_or_broken_looks_at_the_others(shop, mapping):
    """A file that isn't there is a finding; so is one that can't be read."""
    folder = shop(decisions="c1 5.00")
    (folder / "deliveries.csv").unlink()
    report = check_tables(mapping, str(folder), NOW_MS)
    assert [(severity, where) for severity, where, *_ in told(report)] == [
        ("error", "deliveries"),
        ("error", "decisions"),
    ]
    assert report.events["order_paid"] == 2


def test_check_of_amounts_that_all_end_in_00_doubts_the_unit(shop, mapping):
    """Cents taken for euros make every amount a hundred times too large, and round."""
    folder = shop(orders="".join(f"\nx{number} ann east lamp {number} 1 2025-03-03" for number in range(100, 140)))
    (folder / "orders.csv").write_text((folder / "orders.csv").read_text().replace("10.50", "10.00"))
    assert ("warning", "orders", "every amount_minor ends in 00", 42) in told(
        check_tables(mapping, str(folder), NOW_MS)
    )
    yen = mapping.model_copy(update={"money": mapping.money.model_copy(update={"currency": "JPY"})})
    report = check_tables(yen, str(folder), NOW_MS)
    assert ("warning", "money.minor_digits", "JPY has 0 minor digits, and the mapping says 2", 1) in told(report)


def test_check_of_rows_that_may_be_left_out_warns_only(shop, mapping):
    """A mapping that leaves out what leads nowhere loads, so that isn't an error."""
    tables = tuple(table.model_copy(update={"unfilled": "leave_out"}) for table in mapping.tables)
    lenient = mapping.model_copy(update={"tables": tables})
    report = check_tables(lenient, str(shop(deliveries="o9 2025-03-03 2025-03-04")), NOW_MS)
    assert told(report) == [("warning", "deliveries", "its order isn't there", 1)]


def test_report_of_a_check_reads_as_text_and_as_json(check):
    """The same for people and for machines."""
    report = check(orders=f"{ORDER} many 1 2025-03-03")
    text = report.lines()
    assert text[-1] == "1 errors, 0 warnings"
    assert any(line.split()[:2] == ["column", "type"] for line in text)
    content = json.loads(json.dumps(report.as_dict()))
    assert content["holds"] is False
    assert content["findings"][0]["severity"] == Severity.ERROR
    assert content["events"]["order_paid"] == 3


def test_check_of_a_mapping_without_a_table_for_its_fills_is_refused(mapping):
    """That is the mapping's own fault, and told before anything is read."""
    content = mapping.model_dump(mode="json", by_alias=True, exclude_unset=True)
    with pytest.raises(ValueError, match="fills from the order, but no table gives order_paid"):
        TablesMapping.model_validate({**content, "tables": content["tables"][1:]})
