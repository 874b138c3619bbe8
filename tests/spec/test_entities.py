"""Whose history counts."""

from tests.spec.drawing import draw


def test_events_of_another_buyer_do_not_count_for_the_buyer(answer):
    """A buyer answers for nobody else, though the merchant's and the product's history is everybody's."""
    drawing = draw("""
        known_at | kind        | buyer
        1d       | order_paid  | ann
        2d       | order_paid  | bob
        3d       | order_paid  | bob
        4d       | claim_filed | ann
            buyer_orders_7d           = 1
            merchant_orders_7d        = 3
            product_orders_7d         = 3
            buyer_merchant_orders_90d = 1
        4d       | claim_filed | bob
            buyer_orders_7d           = 2
            merchant_orders_7d        = 3
            product_orders_7d         = 3
            buyer_merchant_orders_90d = 2
        4d       | claim_filed | eve
            buyer_orders_7d           = 0
            merchant_orders_7d        = 3
            product_orders_7d         = 3
            buyer_merchant_orders_90d = 0
    """)
    assert answer(drawing) == drawing.expected


def test_claim_without_a_buyer_has_merchant_and_product_history_alone(answer):
    """A sale without an account has no buyer to look up; it is not the buyer of all other such sales."""
    drawing = draw("""
        known_at | kind        | buyer
        1d       | order_paid  | -
        2d       | order_paid  | ann
        3d       | claim_filed | -
            buyer_orders_ever          = 0
            buyer_merchant_orders_ever = 0
            buyer_seconds_since_orders = missing
            merchant_orders_ever       = 2
            product_orders_ever        = 2
        4d       | claim_filed | -
            buyer_orders_ever          = 0
            buyer_merchant_orders_ever = 0
            buyer_seconds_since_orders = missing
            merchant_orders_ever       = 2
            product_orders_ever        = 2
    """)
    assert answer(drawing) == drawing.expected


def test_events_without_a_buyer_count_for_merchant_and_product_alone(answer):
    """What nobody in particular did is no part of anybody's history."""
    drawing = draw("""
        known_at | kind        | buyer
        1d       | claim_filed | -
        2d       | claim_filed | ann
            buyer_claims_ever          = 0
            buyer_merchant_claims_ever = 0
            merchant_claims_ever       = 1
            product_claims_ever        = 1
    """)
    assert answer(drawing) == drawing.expected


def test_history_at_a_merchant_leaves_out_other_merchants(answer):
    """A buyer's history with one merchant holds what happened there, and the buyer's own holds all."""
    drawing = draw("""
        known_at | kind        | merchant
        1d       | order_paid  | shop
        2d       | order_paid  | mart
        3d       | order_paid  | mart
        4d       | claim_filed | shop
            buyer_orders_ever                   = 3
            buyer_merchant_orders_ever          = 1
            merchant_orders_ever                = 1
            buyer_merchant_seconds_since_orders = 259200
        4d       | claim_filed | mart
            buyer_orders_ever                   = 3
            buyer_merchant_orders_ever          = 2
            merchant_orders_ever                = 2
            buyer_merchant_seconds_since_orders = 86400
        4d       | claim_filed | fair
            buyer_orders_ever                   = 3
            buyer_merchant_orders_ever          = 0
            merchant_orders_ever                = 0
            buyer_merchant_seconds_since_orders = missing
    """)
    assert answer(drawing) == drawing.expected


def test_history_of_a_product_leaves_out_other_products(answer):
    """A bad batch of mugs says nothing about lamps, whoever sells them."""
    drawing = draw("""
        known_at | kind        | product | merchant | = product_claims_30d | = merchant_claims_30d
        1d       | claim_filed | mug     | shop     |                      |
        2d       | claim_filed | mug     | mart     |                      |
        3d       | claim_filed | mug     | shop     | 2                    | 1
        3d       | claim_filed | lamp    | shop     | 0                    | 1
    """)
    assert answer(drawing) == drawing.expected


def test_one_id_of_a_buyer_a_merchant_and_a_product_names_three(answer):
    """Ids belong to their kind: a buyer called like a merchant shares no history with it."""
    drawing = draw("""
        known_at | kind        | buyer | merchant | product
        1d       | order_paid  | acme  | shop     | mug
        2d       | order_paid  | ann   | acme     | mug
        3d       | order_paid  | ann   | acme     | mug
        4d       | order_paid  | ann   | shop     | acme
        5d       | claim_filed | acme  | acme     | acme
            buyer_orders_ever          = 1
            merchant_orders_ever       = 2
            product_orders_ever        = 1
            buyer_merchant_orders_ever = 0
    """)
    assert answer(drawing) == drawing.expected


def test_ids_that_read_alike_when_joined_stay_apart(answer):
    """Buyer "a b" at merchant "c" is not buyer "a" at merchant "b c", nor are upper and lower case the same."""
    drawing = draw("""
        known_at | kind        | buyer | merchant | = buyer_merchant_orders_ever | = buyer_orders_ever
        1d       | order_paid  | a b   | c        |                              |
        2d       | order_paid  | A     | b c      |                              |
        3d       | claim_filed | a b   | c        | 1                            | 1
        3d       | claim_filed | a     | b c      | 0                            | 0
        3d       | claim_filed | a     | b  c     | 0                            | 0
    """)
    assert answer(drawing) == drawing.expected


def test_ids_in_any_script_have_a_history(answer):
    """Ids are text, in whatever script a platform writes them."""
    drawing = draw("""
        known_at | kind        | buyer | merchant | product
        1d       | order_paid  | 买家    | 商家       | 🍵
        2d       | claim_filed | 买家    | 商家       | 🍵
            buyer_orders_ever          = 1
            buyer_merchant_orders_ever = 1
            product_orders_ever        = 1
        2d       | claim_filed | 买     | 商家       | 茶
            buyer_orders_ever          = 0
            buyer_merchant_orders_ever = 0
            product_orders_ever        = 0
    """)
    assert answer(drawing) == drawing.expected
