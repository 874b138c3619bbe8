"""Seconds since a total last rose."""

import pytest

from features.catalog import reasons
from features.catalog.entities import BUYER
from features.catalog.measures import CLAIMS, ORDERS, SPEND
from features.definition import RecencyGroup
from features.plan import Plan, compile_plan
from tests.spec.drawing import draw


@pytest.fixture(scope="module")
def spend_plan() -> Plan:
    """A catalogue with the recency of a sum, which the shipped one has none of."""
    return compile_plan([RecencyGroup(BUYER, (SPEND, ORDERS, CLAIMS), reasons.BUYER_ORDERS)], [BUYER])


def test_recency_is_the_time_since_the_last_event_in_seconds(answer):
    """The latest counts, and milliseconds are kept."""
    drawing = draw("""
        known_at   | kind        | = buyer_seconds_since_orders | = buyer_merchant_seconds_since_orders
        1d         | order_paid  |                              |
        3d         | order_paid  |                              |
        4d+1500ms  | claim_filed | 86401.5                      | 86401.5
    """)
    assert answer(drawing) == drawing.expected


def test_recency_of_what_never_happened_is_missing(answer):
    """Never is no number of seconds, however much else has happened."""
    drawing = draw("""
        known_at | kind
        1d       | order_paid
        2d       | claim_filed
            buyer_seconds_since_orders    = 86400
            buyer_seconds_since_claims    = missing
            merchant_seconds_since_claims = missing
            product_seconds_since_claims  = missing
    """)
    assert answer(drawing) == drawing.expected


def test_recency_reaches_back_beyond_every_window(answer):
    """The longest window is a year; an order of two years ago is still the last one."""
    drawing = draw("""
        known_at | kind        | = buyer_seconds_since_orders | = buyer_orders_365d
        0d       | order_paid  |                              |
        730d     | claim_filed | 63072000                     | 0
    """)
    assert answer(drawing) == drawing.expected


def test_recency_of_one_buyer_says_nothing_of_the_next(answer):
    """Who never ordered has no last order, whoever did before and after."""
    drawing = draw("""
        known_at | kind        | buyer | = buyer_seconds_since_orders | = buyer_seconds_since_claims
        1d       | order_paid  | ann   |                              |
        2d       | claim_filed | bob   | missing                      | missing
        3d       | order_paid  | eve   |                              |
        4d       | claim_filed | bob   | missing                      | 172800
    """)
    assert answer(drawing) == drawing.expected


def test_recency_of_filtered_events_ignores_the_others(answer):
    """Only a refund-only claim is the last refund-only claim, and only an abusive verdict the last abusive one."""
    drawing = draw("""
        known_at | kind              | claim_type  | verdict
        1d       | claim_filed       | refund_only |
            buyer_seconds_since_refund_only_claims = missing
            buyer_seconds_since_claims             = missing
            buyer_seconds_since_abusive_verdicts   = missing
        1d       | claim_adjudicated |             | abusive
        2d       | claim_adjudicated |             | legitimate
        3d       | claim_filed       | repair      |
            buyer_seconds_since_refund_only_claims = 172800
            buyer_seconds_since_claims             = 172800
            buyer_seconds_since_abusive_verdicts   = 172800
        4d       | claim_filed       | repair      |
            buyer_seconds_since_refund_only_claims = 259200
            buyer_seconds_since_claims             = 86400
            buyer_seconds_since_abusive_verdicts   = 259200
    """)
    assert answer(drawing) == drawing.expected


def test_recency_ignores_what_becomes_known_with_the_claim(answer):
    """The order of this very moment is not yet the last one."""
    drawing = draw("""
        known_at | kind        | = buyer_seconds_since_orders
        1d       | order_paid  |
        2d       | order_paid  |
        2d       | claim_filed | 86400
    """)
    assert answer(drawing) == drawing.expected


def test_recency_of_a_count_moves_with_events_of_no_amount(answer):
    """A free order is an order."""
    drawing = draw("""
        known_at | kind        | amount | = buyer_seconds_since_orders
        1d       | order_paid  | 100    |
        2d       | order_paid  | 0      |
        3d       | claim_filed |        | 86400
    """)
    assert answer(drawing) == drawing.expected


def test_recency_of_a_sum_stays_with_events_of_no_amount(answer, spend_plan):
    """A free order raises no sum, so money was last spent before it, or never."""
    drawing = draw("""
        known_at | kind        | amount | = buyer_seconds_since_spend_minor | = buyer_seconds_since_orders
        1d       | order_paid  | 0      |                                   |
        2d       | claim_filed |        | missing                           | 86400
        3d       | order_paid  | 100    |                                   |
        4d       | order_paid  | 0      |                                   |
        5d       | claim_filed |        | 172800                            | 86400
    """)
    assert answer(drawing, spend_plan) == drawing.expected


def test_recency_of_a_sum_rises_with_any_of_the_events_of_a_moment(answer, spend_plan):
    """A free order beside a paid one doesn't hide it, in whichever order they come."""
    drawing = draw("""
        known_at | kind        | buyer | amount | = buyer_seconds_since_spend_minor
        1d       | order_paid  | ann   | 0      |
        1d       | order_paid  | ann   | 100    |
        1d       | order_paid  | bob   | 100    |
        1d       | order_paid  | bob   | 0      |
        2d       | claim_filed | ann   |        | 86400
        2d       | claim_filed | bob   |        | 86400
    """)
    assert answer(drawing, spend_plan) == drawing.expected
