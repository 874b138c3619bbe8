"""Which row is an order, which a return, and which is left out."""

import pytest


def test_left_out_row_that_meets_two_rules_counts_under_the_first(load_drawn):
    """Each line is counted once, and rules of one cause add up."""
    rules = (("free", "Price", "zero"), ("odd", "Quantity", "negative"), ("free", "Buyer", "missing"))
    text = "".join(f'[[leave_out]]\ncause = "{c}"\nwhen = [{{ column = "{n}", op = "{op}" }}]\n' for c, n, op in rules)
    loaded = load_drawn(
        """
        Invoice Product Quantity Price Buyer Time
        S1      lamp    -1       0     -     2024-01-01
        S2      lamp    -1       1     -     2024-01-01
        S3      lamp    1        1     -     2024-01-01
        """,
        ("[[leave_out]]", text + "[[leave_out]]"),
    )
    assert loaded.report.left_out == {"free": 2, "odd": 1, "postage": 0, "neither order nor return by any rule": 0}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('op = "equals", value = "2"', "2"),
        ('op = "in", values = ["2", "-1"]', "2 5"),
        ('op = "matches", value = "^[12]$"', "1 2"),
        ('op = "positive"', "1 2"),
        ('op = "negative"', "5"),
        ('op = "zero"', "3"),
        ('op = "missing"', "4"),
    ],
)
def test_condition_of_each_kind_chooses_its_rows(load_drawn, condition, expected):
    """An empty cell passes `missing` and nothing else."""
    loaded = load_drawn(
        """
        Invoice Product Quantity Price Buyer Time       Mark
        S1      lamp    1        1.00  ann   2024-01-01 1
        S2      lamp    1        1.00  ann   2024-01-02 2
        S3      lamp    1        1.00  ann   2024-01-03 0
        S4      lamp    1        1.00  ann   2024-01-04 -
        S5      lamp    1        1.00  ann   2024-01-05 -1
        """,
        ('op = "starts_with", value = "S"', condition),
        ('[orders]\nwhen = [{ column = "Invoice"', '[orders]\nwhen = [{ column = "Mark"'),
    )
    assert loaded.events["event_id"].to_pylist() == [f"order-{row}" for row in expected.split()]
