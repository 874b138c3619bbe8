"""What lines become, and what is counted."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.event_file import EVENT_SCHEMA, check_events, to_events
from training.load import Tally, load, read_mapping

ONE_OF_EACH = """
Invoice Product Quantity Price Buyer Time
S1      lamp    3        1.25  ann   2024-01-02T10:00
S2      POST    1        9.00  ann   2024-01-02T10:00
C3      lamp    -2       1.25  ann   2024-01-05T08:30
X4      lamp    1        1.25  ann   2024-01-06T08:30
S5      lamp    1        1.25  -     2024-01-07T08:30
"""


def ms(year, month, day, hour=0, minute=0):
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


def rows(loaded, *names):
    return [tuple(row[name] for name in names) for row in loaded.events.to_pylist()]


def test_load_of_one_line_of_each_kind_gives_valid_events_in_order_of_time(load_drawn):
    """An order becomes order_paid, a return claim_filed and claim_decided at once, and ids come from the row."""
    loaded = load_drawn(ONE_OF_EACH)
    check_events(loaded.events, "loaded")
    expected = [
        ("order-1", "order_paid", ms(2024, 1, 2, 10), 375, 3),
        ("claim-3", "claim_filed", ms(2024, 1, 5, 8, 30), 250, 2),
        ("decided-3", "claim_decided", ms(2024, 1, 5, 8, 30), 250, None),
        ("order-5", "order_paid", ms(2024, 1, 7, 8, 30), 125, 1),
    ]
    assert rows(loaded, "event_id", "kind", "known_at_ms", "amount_minor", "quantity") == expected
    assert loaded.events.schema == EVENT_SCHEMA


def test_load_of_a_matched_return_gives_the_claim_the_facts_of_its_order(load_drawn):
    """A claim carries its order's id, amount and time; its delivery is unknown."""
    _, claim, decided, _ = to_events(load_drawn(ONE_OF_EACH).events)
    assert (claim.claim_id, claim.order_id) == ("C3/3", "S1/1")
    assert (claim.order_amount_minor, claim.order_paid_at_ms) == (375, ms(2024, 1, 2, 10))
    assert claim.order_delivered_at_ms is None
    assert (claim.claim_type, claim.claim_reason) == ("return_refund", "other")
    assert (decided.claim_id, decided.order_id, decided.action) == ("C3/3", "S1/1", "auto_approve")
    assert (decided.buyer_id, decided.merchant_id, decided.product_id) == ("ann", "shop", "lamp")


def test_report_of_one_line_of_each_kind_accounts_for_every_line(load_drawn):
    """Lines read are orders, returns and left out, each under its cause."""
    report = load_drawn(ONE_OF_EACH).report
    assert (report.lines_read, report.orders, report.orders_without_buyer) == (5, Tally(2, 500), Tally(1, 125))
    assert (report.returns, report.matched_in_full, report.matched_in_part) == (
        Tally(1, 250),
        Tally(1, 250),
        Tally(0, 0),
    )
    assert report.left_out == {"postage": 1, "neither order nor return by any rule": 1}
    assert report.returns_unmatched == 0
    assert (report.first_time_ms, report.last_time_ms) == (ms(2024, 1, 2, 10), ms(2024, 1, 7, 8, 30))


def test_report_as_text_has_a_line_for_each_count(load_drawn):
    """The report reads as a table."""
    text = str(load_drawn(ONE_OF_EACH).report).splitlines()
    assert text[1].split() == ["lines", "read", "5"]
    assert text[2].split() == ["orders", "2", "5.00", "EUR"]
    assert text[-1].endswith("2024-01-02 10:00 UTC, 2024-01-07 08:30 UTC")


def test_load_of_unmatched_returns_keeps_them_as_claims_and_counts_each_cause(load_drawn):
    """What fits no purchase loses its order facts, not its place in the history."""
    loaded = load_drawn("""
        Invoice Product Quantity Price Buyer Time
        C1      lamp    -1       1.00  ann   2024-01-01
        S2      lamp    1        1.00  ann   2024-01-02
        C3      lamp    -1       1.00  -     2024-01-03
        C4      vase    -1       2.00  ann   2024-01-04
        C5      lamp    -1       1.00  ann   2024-01-05
        C6      lamp    -1       1.00  ann   2024-01-06
        C7      lamp    -1       1.00  bob   2024-01-07
    """)
    assert loaded.report.unmatched == {
        "no buyer on the return": Tally(1, 100),
        "buyer has no purchase of the product in this file": Tally(2, 300),
        "buyer bought the product only at that moment or later": Tally(1, 100),
        "everything bought before was returned already": Tally(1, 100),
    }
    claims = [event for event in to_events(loaded.events) if event.kind == "claim_filed"]
    assert [(claim.claim_id, claim.order_id) for claim in claims] == [
        ("C1/1", None),
        ("C3/3", None),
        ("C4/4", None),
        ("C5/5", "S2/2"),
        ("C6/6", None),
        ("C7/7", None),
    ]


def test_load_of_a_return_larger_than_its_purchases_is_matched_in_part(load_drawn):
    """A claim for more than was bought keeps its own amount, and is counted apart."""
    loaded = load_drawn("""
        Invoice Product Quantity Price Buyer Time
        S1      lamp    2        1.00  ann   2024-01-01
        C2      lamp    -5       1.00  ann   2024-01-02
    """)
    assert loaded.report.matched_in_part == Tally(1, 500)
    assert rows(loaded, "order_id", "amount_minor", "order_amount_minor")[1] == ("S1/1", 500, 200)


def test_load_of_lines_out_of_order_sorts_by_time_and_ties_by_row(load_drawn):
    """Lines of one moment stay in the order of the file, a claim right before its decision."""
    loaded = load_drawn("""
        Invoice Product Quantity Price Buyer Time
        S1      lamp    1        1.00  ann   2024-01-03
        C2      lamp    -1       1.00  ann   2024-01-02
        C3      lamp    -1       1.00  ann   2024-01-02
        S4      lamp    1        1.00  ann   2024-01-02
        S5      lamp    1        1.00  ann   2024-01-01
    """)
    expected = ["order-5", "claim-2", "decided-2", "claim-3", "decided-3", "order-4", "order-1"]
    assert [event_id for (event_id,) in rows(loaded, "event_id")] == expected


@pytest.mark.parametrize(
    ("quantity", "price", "amount_minor"),
    [
        ("1", "0.001", 0),
        ("5", "0.001", 1),
        ("4", "0.001", 0),
        ("3", "0.335", 101),
        ("1", "1.005", 101),
        ("7", "8142.75", 5699925),
    ],
)
def test_amount_of_a_line_rounds_half_a_minor_unit_up(load_drawn, quantity, price, amount_minor):
    """Amounts are exact products of quantity and price; only the last step rounds."""
    loaded = load_drawn(f"""
        Invoice Product Quantity   Price   Buyer Time
        S1      lamp    {quantity} {price} ann   2024-01-01
    """)
    assert rows(loaded, "amount_minor") == [(amount_minor,)]


def test_amount_by_line_total_in_minor_units_is_taken_as_it_stands(load_drawn):
    """A mapping may name the line's total instead, and its unit."""
    loaded = load_drawn(
        """
        Invoice Product Quantity Total Buyer Time
        S1      lamp    3        250   ann   2024-01-01
        C2      lamp    -1       -83   ann   2024-01-02
        """,
        ('unit = "major"\nunit_price = "Price"', 'unit = "minor"\nline_total = "Total"'),
    )
    assert rows(loaded, "amount_minor") == [(250,), (83,), (83,)]


def test_times_of_a_zone_in_summer_are_shifted_to_utc(load_drawn):
    """London is an hour ahead in July, level in January; the hour repeated in October counts as summer's."""
    loaded = load_drawn(
        """
        Invoice Product Quantity Price Buyer Time
        S1      lamp    1        1.00  ann   2010-01-05T12:00
        S2      lamp    1        1.00  ann   2010-07-05T12:00
        S3      lamp    1        1.00  ann   2010-10-31T01:30
        """,
        ('zone = "UTC"', 'zone = "Europe/London"'),
    )
    assert rows(loaded, "known_at_ms") == [(ms(2010, 1, 5, 12),), (ms(2010, 7, 5, 11),), (ms(2010, 10, 31, 0, 30),)]


def test_times_with_an_offset_need_no_zone(load_drawn):
    """Text that carries its offset is taken at its word."""
    loaded = load_drawn(
        """
        Invoice Product Quantity Price Buyer Time
        S1      lamp    1        1.00  ann   2010-07-05T12:00+02:00
        """,
        ('zone = "UTC"\n', ""),
    )
    assert rows(loaded, "known_at_ms") == [(ms(2010, 7, 5, 10),)]


def test_claim_words_in_a_column_are_translated(load_drawn):
    """Words that are accepted stand as they are; others go through the mapping's words."""
    loaded = load_drawn(
        """
        Invoice Product Quantity Price Buyer Time       Why
        C1      lamp    -1       1.00  ann   2024-01-01 BROKEN
        C2      lamp    -1       1.00  ann   2024-01-02 expired
        """,
        ('claim_reason = { constant = "other" }', 'claim_reason = { column = "Why", words = { BROKEN = "damaged" } }'),
    )
    assert rows(loaded, "claim_reason")[::2] == [("damaged",), ("expired",)]


def test_merchant_and_line_in_columns_are_taken_from_there(load_drawn):
    """A market of many merchants names them a line, and a file may name its lines."""
    loaded = load_drawn(
        """
        Invoice Product Quantity Price Buyer Time       Shop Key
        S1      lamp    1        1.00  ann   2024-01-01 east k7
        """,
        ('constant = "shop"', 'column = "Shop"'),
        ('buyer = "Buyer"', 'buyer = "Buyer"\nline = "Key"'),
    )
    assert rows(loaded, "event_id", "order_id", "merchant_id") == [("order-k7", "S1/k7", "east")]


def test_parquet_ids_of_any_number_type_are_whole_numbers_as_text(tmp_path, mapping_file):
    """A buyer's number is the same text whether the file holds it as integer or, for want of a value, as float."""
    table = pa.table(
        {
            "Invoice": pa.array(["S1", "S2"]).dictionary_encode(),
            "Product": [22423, 22423],
            "Quantity": [1, 2],
            "Price": [2.55, 2.55],
            "Buyer": [13085.0, None],
            "Time": [datetime(2024, 1, 1), datetime(2024, 1, 2)],  # noqa: DTZ001 - the file's times have no zone
        }
    )
    pq.write_table(table, tmp_path / "lines.parquet")
    loaded = load(tmp_path / "lines.parquet", read_mapping(mapping_file()))
    assert rows(loaded, "buyer_id", "product_id", "amount_minor") == [("13085", "22423", 255), (None, "22423", 510)]


def test_parquet_text_of_no_length_counts_as_missing(tmp_path, mapping_file):
    """An empty text is no buyer, and no buyer of that name is made up."""
    table = pa.table(
        {
            "Invoice": ["S1"],
            "Product": ["lamp"],
            "Quantity": [1],
            "Price": [1.0],
            "Buyer": [""],
            "Time": ["2024-01-01"],
        }
    )
    pq.write_table(table, tmp_path / "lines.parquet")
    loaded = load(tmp_path / "lines.parquet", read_mapping(mapping_file()))
    assert rows(loaded, "buyer_id") == [(None,)]
    assert loaded.report.orders_without_buyer == Tally(1, 100)


def test_load_of_a_file_without_lines_gives_no_events(load_drawn):
    """Nothing in, nothing out, and the report says so."""
    loaded = load_drawn("Invoice Product Quantity Price Buyer Time")
    assert (loaded.events.num_rows, loaded.report.lines_read, loaded.report.first_time_ms) == (0, 0, None)
    assert "never" in str(loaded.report)


def test_progress_of_a_load_counts_up_to_all_steps(drawn, mapping_file):
    """Progress is told before each step and after the last."""
    told = []
    path: Path = drawn(ONE_OF_EACH)
    load(path, read_mapping(mapping_file()), lambda done, total, what: told.append((done, total, what)))
    assert [done for done, _, _ in told] == list(range(7))
    assert {total for _, total, _ in told} == {6}
    assert told[-1][2] == "done"
