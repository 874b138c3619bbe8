"""The public UCI Online Retail II file, loaded by the shipped mapping.

The file is not part of the project. It is looked for beside it, or where CLEARCLAIM_REAL_DATA says; without it these
tests are skipped.
"""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from features.event_file import check_events
from features.event_table import MISSING, EventTable, from_arrow
from features.events import EventKind
from training.labels import high_refund_labels
from training.load import Loaded, find_mapping, load, read_mapping
from training.load.check import check_lines
from training.load.lines import read_lines
from training.load.loading import match_lines
from training.load.reading import open_source
from training.load.rows import sort_rows
from training.load.source import read_sheet

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(os.environ.get("CLEARCLAIM_REAL_DATA") or ROOT.parent / "shared" / "data" / "online_retail_ii.parquet")
LONGEST_LOAD_SECONDS = 30

pytestmark = pytest.mark.skipif(
    not FILE.is_file(),
    reason="the UCI Online Retail II file is not here; set CLEARCLAIM_REAL_DATA to its path to run this",
)


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    started = time.perf_counter()
    result = load(FILE, read_mapping(find_mapping("online_retail_ii")))
    assert time.perf_counter() - started < LONGEST_LOAD_SECONDS
    return result


@pytest.fixture(scope="module")
def events(loaded: Loaded) -> EventTable:
    return from_arrow(loaded.events)


def test_events_of_the_real_file_are_all_valid_and_in_order_of_time(loaded):
    """What is loaded can be written as it is."""
    check_events(loaded.events, "loaded")
    assert (np.diff(loaded.events["known_at_ms"].to_numpy()) >= 0).all()


def test_counts_of_the_real_file_account_for_every_line(loaded):
    """Every line is an order, a return or left out by a stated rule; every return is matched or counted by cause."""
    report = loaded.report
    assert report.lines_read == report.orders.lines + report.returns.lines + report.lines_left_out
    assert report.left_out["neither order nor return by any rule"] == 0
    matched = report.matched_in_full.lines + report.matched_in_part.lines
    assert report.returns.lines == matched + report.returns_unmatched
    assert loaded.events.num_rows == report.orders.lines + 2 * report.returns.lines


def test_matches_of_the_real_file_are_most_returns_by_count_and_by_money(loaded):
    """Four of five returns find their purchase: enough to learn from."""
    report = loaded.report
    assert report.matched_in_full.lines > 0.8 * report.returns.lines
    assert report.matched_in_full.amount_minor > 0.8 * report.returns.amount_minor


def test_order_facts_of_the_real_file_are_those_of_an_earlier_order(events):
    """Buyer, product, amount and time of a claim's order are what its order_paid event says."""
    claims = events.rows_of(EventKind.CLAIM_FILED)
    claims = claims[events["order_id"][claims] >= 0]
    orders = events.rows_of(EventKind.ORDER_PAID)
    order_of = np.full(len(events.ids["order_id"]), -1)
    order_of[events["order_id"][orders]] = orders
    bought = order_of[events["order_id"][claims]]
    assert (bought >= 0).all()
    assert (events["known_at_ms"][bought] < events["known_at_ms"][claims]).all()
    for fact, of_order in (
        ("buyer_id", "buyer_id"),
        ("product_id", "product_id"),
        ("order_amount_minor", "amount_minor"),
        ("order_paid_at_ms", "occurred_at_ms"),
    ):
        assert (events[fact][claims] == events[of_order][bought]).all()


def test_unmatched_claims_of_the_real_file_have_no_order_facts(loaded, events):
    """A claim has all of its order's facts or none."""
    claims = events.rows_of(EventKind.CLAIM_FILED)
    bare = events["order_id"][claims] < 0
    assert bare.sum() == loaded.report.returns_unmatched
    assert ((events["order_amount_minor"][claims] == MISSING) == bare).all()
    assert ((events["order_paid_at_ms"][claims] == MISSING) == bare).all()


def test_matches_of_the_real_file_never_return_more_than_was_bought():
    """Each purchase gives at most what it has, and what returns took is what purchases lack."""
    mapping = read_mapping(find_mapping("online_retail_ii"))
    sheet = read_sheet(FILE, mapping.column_keys())
    kinds = sort_rows(sheet, mapping)
    orders = read_lines(sheet, mapping, kinds.orders, "positive")
    returns = read_lines(sheet, mapping, kinds.returns, mapping.returns.sign)
    matches = match_lines(orders, returns)
    assert (matches.left >= 0).all()
    assert (orders.quantity - matches.left).sum() == matches.units.sum()
    assert (matches.units <= returns.quantity).all()


def test_proxy_labels_of_the_real_file_have_both_classes(loaded, events):
    """The proxy marks a small share of claims, and none whose window reaches past the file."""
    claims = events.rows_of(EventKind.CLAIM_FILED)
    known_by_ms = loaded.report.last_time_ms + 1
    labels = high_refund_labels(events, claims, known_by_ms)
    assert 0.02 < labels.abusive[labels.is_known].mean() < 0.3
    assert (labels.known_at_ms[labels.is_known] < known_by_ms).all()


def test_check_of_the_real_file_finds_no_error_and_its_holidays():
    """What loads has no errors; the shop was closed at Christmas, and some lines stand there twice."""
    mapping = read_mapping(find_mapping("online_retail_ii"))
    report = check_lines(open_source(str(FILE)), mapping, int(time.time() * 1000))
    assert report.holds
    assert report.events == {"order_paid": 1_015_165, "claim_filed": 17_975, "claim_decided": 17_975}
    found = {(finding.where.split("/")[-1], finding.what.split(" ")[0]): finding for finding in report.findings}
    assert "2009-12-24 to 2010-01-03" in found["order_paid", "nothing"].examples
    assert found["online_retail_ii.parquet", "the"].count == 11_814
