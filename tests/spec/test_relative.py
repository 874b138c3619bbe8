"""One rate against another, and the claim against what is usual."""

from tests.spec.drawing import draw


def test_rate_is_set_against_the_categorys(answer):
    """The shop has 2 claims of 4 orders, 4/24 with its prior; its category 3 of 7, 13/107; and the mug 1 of 3, 2/13."""
    shop = "order_paid | shop | mugs"
    drawing = draw(f"""
        known_at | kind | merchant | category | product
        0d | {shop} | mug
        0d | {shop} | mug
        0d | {shop} | cup
        0d | {shop} | cup
        0d | order_paid | mart | mugs | mug
        0d | order_paid | mart | mugs | cup
        0d | order_paid | mart | mugs | cup
        1d | claim_filed | shop | mugs | mug
        1d | claim_filed | shop | mugs | cup
        1d | claim_filed | mart | mugs | cup
        2d | claim_filed | shop | mugs | mug
            merchant_claim_rate_30d             = 4.0/24
            category_claim_rate_30d             = 13.0/107
            merchant_claim_rate_to_category_30d = 428/312
            merchant_claim_rate_to_category_90d = 428/312
            product_claim_rate_30d              = 2.0/13
            product_claim_rate_to_category_30d  = 214/169
    """)
    assert answer(drawing) == drawing.expected


def test_both_sides_of_a_relative_rate_are_of_one_window(answer):
    """What happened before the month counts on neither side of it."""
    drawing = draw("""
        known_at | kind        | merchant | category
        0d       | claim_filed | shop     | mugs
            merchant_claim_rate_to_category_30d = 1
            merchant_claim_rate_to_category_90d = 1
        1d       | order_paid  | mart     | mugs
        40d      | order_paid  | shop     | mugs
        41d      | claim_filed | shop     | mugs
            merchant_claim_rate_to_category_30d = 202/210
            merchant_claim_rate_to_category_90d = 306/231
    """)
    assert answer(drawing) == drawing.expected


def test_rate_against_a_category_that_nobody_told_is_against_the_prior(answer):
    """Without a category, a merchant is set against what is usual anywhere: a claim per ten orders."""
    drawing = draw("""
        known_at | kind        | category | = merchant_claim_rate_to_category_30d
        0d       | claim_filed | -        |
        1d       | order_paid  | mugs     |
        2d       | claim_filed | -        | 30/21
    """)
    assert answer(drawing) == drawing.expected


def test_amount_is_set_against_the_buyers_usual(answer):
    """Mean claim (100 + 200 + 10,000) / 3, mean order (900 + 10,000) / 2: a prior of 10,000 worth one of them."""
    drawing = draw("""
        known_at | kind        | buyer | amount
        0d       | claim_filed | ann   | 100
            claim_amount_to_usual_claim_365d = 100/10000
            claim_amount_to_usual_order_365d = 100/10000
        1d       | claim_filed | ann   | 200
        1d       | order_paid  | ann   | 900
        1d       | order_paid  | bob   | 77777
        2d       | claim_filed | ann   | 300
            claim_amount_to_usual_claim_365d = 900/10300
            claim_amount_to_usual_order_365d = 600/10900
        2d       | claim_filed | ann   | 0
            claim_amount_to_usual_claim_365d = 0
            claim_amount_to_usual_order_365d = 0
        3d       | claim_filed | -     | 300
            claim_amount_to_usual_claim_365d = 300/10000
            claim_amount_to_usual_order_365d = 300/10000
        365d+1ms | claim_filed | ann   | 300
            claim_amount_to_usual_claim_365d = 1200/10500
            claim_amount_to_usual_order_365d = 600/10900
    """)
    assert answer(drawing) == drawing.expected
