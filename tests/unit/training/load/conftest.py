"""A shop whose files are drawn as little tables."""

from collections.abc import Callable
from pathlib import Path

import pytest

from training.load import Loaded, load, read_mapping

MAPPING = """
[columns]
order = "Invoice"
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
when = [{ column = "Invoice", op = "starts_with", value = "C" }]
sign = "negative"
claim_type = { constant = "return_refund" }
claim_reason = { constant = "other" }
action = "auto_approve"
[[leave_out]]
cause = "postage"
when = [{ column = "Product", op = "equals", value = "POST" }]
"""

Draw = Callable[..., Loaded]


@pytest.fixture
def mapping_file(tmp_path: Path) -> Callable[..., Path]:
    """Write the shop's mapping file, with pieces of its text replaced."""

    def write(*changes: tuple[str, str]) -> Path:
        text = MAPPING
        for old, new in changes:
            assert old in text, f"the mapping has no {old!r} to replace"
            text = text.replace(old, new)
        path = tmp_path / "shop.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[[str], Path]:
    """Write a drawn table as CSV: columns parted by blanks, - for an empty cell."""

    def write(table: str) -> Path:
        rows = [line.split() for line in table.strip().splitlines()]
        path = tmp_path / "lines.csv"
        path.write_text("".join(",".join("" if cell == "-" else cell for cell in row) + "\n" for row in rows), "utf-8")
        return path

    return write


@pytest.fixture
def load_drawn(drawn: Callable[[str], Path], mapping_file: Callable[..., Path]) -> Draw:
    """Load a drawn table by the shop's mapping, with pieces of its text replaced."""

    def run(table: str, *changes: tuple[str, str]) -> Loaded:
        return load(drawn(table), read_mapping(mapping_file(*changes)))

    return run
