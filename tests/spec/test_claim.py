"""What a claim says by itself."""

import pytest

from features.events import CLAIM_REASONS, CLAIM_TYPES
from tests.spec.drawing import draw


def test_amounts_of_a_claim_are_taken_as_they_are(answer):
    """Amount, order amount, units and number of pictures come from the claim, and their share from both amounts."""
    drawing = draw("""
        known_at | kind        | amount | order_amount | quantity | evidence_count
        1d       | claim_filed | 250    | 1000         | 3        | 2
            claim_amount_minor       = 250
            claim_order_amount_minor = 1000
            claim_share_of_order     = 1/4
            claim_quantity           = 3
            claim_evidence_count     = 2
        2d       | claim_filed | 0      | 1000         | 0        | 0
            claim_amount_minor       = 0
            claim_order_amount_minor = 1000
            claim_share_of_order     = 0
            claim_quantity           = 0
            claim_evidence_count     = 0
    """)
    assert answer(drawing) == drawing.expected


def test_share_without_an_order_amount_is_missing(answer):
    """A share of nothing, or of nobody knows what, is no number: neither zero nor infinite."""
    drawing = draw("""
        known_at | kind        | amount | order_amount | = claim_share_of_order | = claim_order_amount_minor
        1d       | claim_filed | 250    | 0            | missing                | 0
        1d       | claim_filed | 0      | 0            | missing                | 0
        1d       | claim_filed | 250    | -            | missing                | missing
    """)
    assert answer(drawing) == drawing.expected


def test_share_above_the_order_is_more_than_one(answer):
    """A claim for more than was paid says so."""
    drawing = draw("""
        known_at | kind        | amount | order_amount | = claim_share_of_order
        1d       | claim_filed | 300    | 200          | 1.5
    """)
    assert answer(drawing) == drawing.expected


def test_evidence_that_nobody_counted_is_missing(answer):
    """No pictures and no record of pictures are two things."""
    drawing = draw("""
        known_at | kind        | evidence_count | = claim_evidence_count
        1d       | claim_filed | 0              | 0
        1d       | claim_filed | -              | missing
    """)
    assert answer(drawing) == drawing.expected


def test_hours_since_payment_and_delivery_count_to_the_claim(answer):
    """Hours, with their fractions, up to the moment at which the claim became known."""
    drawing = draw("""
        known_at | occurred_at | kind        | order_paid_at | order_delivered_at
        5d       | 4d          | claim_filed | 1d            | 4d+23h
            claim_hours_since_payment  = 96
            claim_hours_since_delivery = 1
        5d+90m   | 5d          | claim_filed | 5d            | 5d
            claim_hours_since_payment  = 1.5
            claim_hours_since_delivery = 1.5
    """)
    assert answer(drawing) == drawing.expected


def test_hours_since_a_time_that_the_claim_lacks_are_missing(answer):
    """Goods that have not arrived have no hours since delivery."""
    drawing = draw("""
        known_at | kind        | order_paid_at | order_delivered_at
        5d       | claim_filed | 4d            | -
            claim_hours_since_payment  = 24
            claim_hours_since_delivery = missing
        5d       | claim_filed | -             | 4d
            claim_hours_since_payment  = missing
            claim_hours_since_delivery = 24
    """)
    assert answer(drawing) == drawing.expected


def test_hours_since_a_time_after_the_claim_are_negative(answer):
    """A delivery that is dated after the claim is told as it is, not hidden."""
    drawing = draw("""
        known_at | kind        | order_delivered_at | = claim_hours_since_delivery
        5d       | claim_filed | 5d+2h              | -2
    """)
    assert answer(drawing) == drawing.expected


def test_delivery_is_set_against_its_promise(answer):
    """Late is above zero, early below, and the claim's own distance from the promise is told as well."""
    drawing = draw("""
        known_at | kind        | order_promised_at | order_delivered_at
        5d       | claim_filed | 2d                | 3d+90m
            claim_delivery_delay_hours          = 25.5
            claim_hours_since_promised_delivery = 72
        5d       | claim_filed | 3d                | 2d
            claim_delivery_delay_hours          = -24
            claim_hours_since_promised_delivery = 48
        5d       | claim_filed | 3d                | 3d
            claim_delivery_delay_hours          = 0
        5d       | claim_filed | 6d                | -
            claim_delivery_delay_hours          = missing
            claim_hours_since_promised_delivery = -24
        5d       | claim_filed | -                 | 2d
            claim_delivery_delay_hours          = missing
            claim_hours_since_promised_delivery = missing
        5d       | claim_filed | -                 | -
            claim_delivery_delay_hours          = missing
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize("word", CLAIM_TYPES)
def test_type_of_a_claim_is_one_flag_of_its_own(answer, word):
    """A claim's type sets its flag and no other."""
    drawing = draw(f"""
        known_at | kind        | claim_type
        1d       | claim_filed | {word}
    """)
    flags = {f"claim_type_is_{other}": float(other == word) for other in CLAIM_TYPES}
    drawing.expected[0].update(flags)
    assert answer(drawing) == [flags]


@pytest.mark.parametrize("word", CLAIM_REASONS)
def test_reason_of_a_claim_is_one_flag_of_its_own(answer, word):
    """A claim's reason sets its flag and no other."""
    drawing = draw(f"""
        known_at | kind        | claim_reason
        1d       | claim_filed | {word}
    """)
    flags = {f"claim_reason_is_{other}": float(other == word) for other in CLAIM_REASONS}
    drawing.expected[0].update(flags)
    assert answer(drawing) == [flags]


def test_claim_says_the_same_whatever_the_history(answer):
    """Nobody's past changes what a claim itself says."""
    drawing = draw("""
        known_at | kind        | amount | order_amount | = claim_amount_minor | = claim_share_of_order
        1d       | order_paid  | 7777   |              |                      |
        2d       | claim_filed | 100    | 400          | 100                  | 0.25
        3d       | claim_filed | 300    | 400          | 300                  | 0.75
    """)
    assert answer(drawing) == drawing.expected
