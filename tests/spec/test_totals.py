"""What is counted and summed."""

import pytest

from features.events import CLAIM_REASONS, LARGEST_AMOUNT
from tests.spec.drawing import draw


def test_orders_and_spend_come_from_paid_orders_alone(answer):
    """An order counts once, when it is paid; deliveries, claims and refunds are no orders and no spend."""
    drawing = draw("""
        known_at | kind            | amount
        1d       | order_paid      | 1000
        2d       | order_paid      | 250
        3d       | order_delivered |
        4d       | claim_filed     | 70
        4d       | claim_decided   | 70
        5d       | claim_filed     | 9
            buyer_orders_7d       = 2
            buyer_spend_minor_30d = 1250
            merchant_orders_7d    = 2
            product_orders_7d     = 2
    """)
    assert answer(drawing) == drawing.expected


def test_claims_and_money_claimed_come_from_filed_claims_alone(answer):
    """A claim counts when it is filed, with the amount asked for, whatever is decided later."""
    drawing = draw("""
        known_at | kind              | amount
        0d       | order_paid        | 5000
        1d       | claim_filed       | 700
        1d       | claim_decided     | 200
        2d       | claim_filed       | 30
        3d       | claim_adjudicated |
        4d       | claim_filed       | 9
            buyer_claims_30d        = 2
            buyer_claimed_minor_30d = 730
            merchant_claims_30d     = 2
            product_claims_30d      = 2
    """)
    assert answer(drawing) == drawing.expected


def test_refund_only_claims_are_those_that_ask_for_refund_only(answer):
    """A claim that sends goods back or asks for others is no refund-only claim."""
    drawing = draw("""
        known_at | kind        | claim_type
        1d       | claim_filed | refund_only
        2d       | claim_filed | return_refund
        3d       | claim_filed | exchange
        4d       | claim_filed | repair
        5d       | claim_filed | refund_only
        6d       | claim_filed | repair
            buyer_refund_only_claims_30d          = 2
            buyer_claims_30d                      = 5
            buyer_merchant_refund_only_claims_90d = 2
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize("reason", CLAIM_REASONS)
def test_claims_by_reason_count_their_own_reason_alone(answer, reason):
    """Each reason has its own count, for the buyer, the merchant and the product."""
    another = CLAIM_REASONS[CLAIM_REASONS.index(reason) - 1]
    drawing = draw(f"""
        known_at | kind        | claim_reason
        1d       | claim_filed | {reason}
            buyer_claims_{reason}_90d    = 0
            merchant_claims_{reason}_30d = 0
            product_claims_{reason}_30d  = 0
            buyer_claims_{another}_90d   = 0
        2d       | claim_filed | {another}
            buyer_claims_{reason}_90d    = 1
            merchant_claims_{reason}_30d = 1
            product_claims_{reason}_30d  = 1
            buyer_claims_{another}_90d   = 0
        3d       | claim_filed | {reason}
            buyer_claims_{reason}_90d    = 1
            merchant_claims_{reason}_30d = 1
            product_claims_{reason}_30d  = 1
            buyer_claims_{another}_90d   = 1
        4d       | claim_filed | {reason}
            buyer_claims_{reason}_90d    = 2
            merchant_claims_{reason}_30d = 2
            product_claims_{reason}_30d  = 2
            buyer_claims_{another}_90d   = 1
    """)
    assert answer(drawing) == drawing.expected


def test_refunds_are_the_amounts_of_decisions(answer):
    """Money refunded is what was decided, not what was asked for; a decision may refund nothing."""
    drawing = draw("""
        known_at | kind          | amount | action
        1d       | claim_filed   | 900    |
        1d       | claim_decided | 400    | auto_approve
        2d       | claim_decided | 50     | pre_payment_compensation
        3d       | claim_decided | 0      | manual_review
        4d       | claim_filed   | 9      |
            buyer_refunded_minor_30d          = 450
            merchant_refunded_minor_30d       = 450
            buyer_merchant_refunded_minor_90d = 450
    """)
    assert answer(drawing) == drawing.expected


def test_auto_approvals_are_the_decisions_to_approve(answer):
    """A claim that a person looked at, or that the platform advanced, was not approved automatically."""
    drawing = draw("""
        known_at | kind          | action                   | = buyer_auto_approvals_30d | = buyer_auto_approvals_ever
        0d       | claim_decided | auto_approve             |                            |
        31d      | claim_decided | auto_approve             |                            |
        32d      | claim_decided | manual_review            |                            |
        33d      | claim_decided | pre_payment_compensation |                            |
        34d      | claim_filed   |                          | 1                          | 2
    """)
    assert answer(drawing) == drawing.expected


def test_verdicts_count_by_what_they_found(answer):
    """Abusive and legitimate verdicts have counts of their own; an undetermined one adds to neither."""
    drawing = draw("""
        known_at | kind              | verdict
        1d       | claim_adjudicated | abusive
        2d       | claim_adjudicated | legitimate
        3d       | claim_adjudicated | legitimate
        4d       | claim_adjudicated | undetermined
        5d       | claim_filed       |
            buyer_abusive_verdicts_30d      = 1
            buyer_legitimate_verdicts_90d   = 2
            merchant_abusive_verdicts_90d   = 1
            product_legitimate_verdicts_90d = 2
    """)
    assert answer(drawing) == drawing.expected


def test_verdict_counts_when_it_became_known_not_when_the_claim_was_filed(answer):
    """A claim of last year that was ruled on today is a verdict of today."""
    drawing = draw("""
        known_at | kind              | verdict | = buyer_claims_30d | = buyer_abusive_verdicts_30d
        0d       | claim_filed       |         |                    |
        300d     | claim_adjudicated | abusive |                    |
        301d     | claim_filed       |         | 0                  | 1
    """)
    assert answer(drawing) == drawing.expected


def test_totals_of_the_largest_amounts_are_exact(answer):
    """Sums of the largest amounts that an event can carry stay exact to the minor unit."""
    drawing = draw(f"""
        known_at | kind        | amount               | = buyer_spend_minor_30d  | = merchant_spend_minor_ever
        1d       | order_paid  | {LARGEST_AMOUNT}     |                          |
        1d       | order_paid  | {LARGEST_AMOUNT}     |                          |
        2d       | order_paid  | {LARGEST_AMOUNT - 1} |                          |
        3d       | claim_filed | 9                    | {3 * LARGEST_AMOUNT - 1} | {3 * LARGEST_AMOUNT - 1}
    """)
    assert answer(drawing) == drawing.expected


def test_returns_after_a_change_of_mind_are_those_of_the_last_365_days(answer):
    """What a quota of free returns is counted by: no other type, no other reason, and none from a year ago."""
    drawing = draw("""
        known_at | kind        | claim_type    | claim_reason | = buyer_changed_mind_returns_365d
        0d       | claim_filed | return_refund | changed_mind | 0
        1d       | claim_filed | exchange      | changed_mind | 1
        2d       | claim_filed | return_refund | defective    | 1
        3d       | claim_filed | refund_only   | changed_mind | 1
        4d       | claim_filed | return_refund | changed_mind | 1
        365d     | claim_filed | return_refund | changed_mind | 2
        365d+1ms | claim_filed | return_refund | changed_mind | 2
    """)
    assert answer(drawing) == drawing.expected
