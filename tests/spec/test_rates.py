"""`(of + rate * strength) / (per + strength)`, by hand."""

from tests.spec.drawing import draw


def test_claim_rate_leans_on_the_prior_of_each_entity(answer):
    """The same 2 claims of 4 orders are 2.5/9 for a buyer (prior 0.1 worth 5), less for whoever has a heavier prior."""
    drawing = draw("""
        known_at | kind
        1d       | order_paid
        1d       | order_paid
        2d       | order_paid
        3d       | order_paid
        4d       | claim_filed
            buyer_claim_rate_30d           = 0.5/9
            merchant_claim_rate_30d        = 2.0/24
            product_claim_rate_30d         = 1.0/14
            buyer_merchant_claim_rate_ever = 0.3/7
        5d       | claim_filed
            buyer_claim_rate_30d           = 1.5/9
            merchant_claim_rate_30d        = 3.0/24
            product_claim_rate_30d         = 2.0/14
            buyer_merchant_claim_rate_ever = 1.3/7
        6d       | claim_filed
            buyer_claim_rate_30d           = 2.5/9
            merchant_claim_rate_30d        = 4.0/24
            product_claim_rate_30d         = 3.0/14
            buyer_merchant_claim_rate_ever = 2.3/7
    """)
    assert answer(drawing) == drawing.expected


def test_rate_of_one_claim_without_orders_is_not_infinite(answer):
    """Claims may outnumber the orders that a platform knows of: the prior keeps the rate a number."""
    drawing = draw("""
        known_at | kind        | = buyer_claim_rate_90d
        1d       | claim_filed |
        2d       | claim_filed | 1.5/5
    """)
    assert answer(drawing) == drawing.expected


def test_rate_of_a_window_takes_both_of_its_totals_from_that_window(answer):
    """What lies before a window moves neither side of its rate."""
    drawing = draw("""
        known_at | kind        | = buyer_claim_rate_30d | = buyer_claim_rate_90d | = buyer_claim_rate_ever
        0d       | claim_filed |                        |                        |
        50d      | order_paid  |                        |                        |
        60d      | claim_filed |                        |                        |
        90d      | order_paid  |                        |                        |
        95d      | order_paid  |                        |                        |
        100d     | claim_filed | 0.5/7                  | 1.5/8                  | 2.5/8
    """)
    assert answer(drawing) == drawing.expected


def test_refund_only_share_is_of_claims(answer):
    """2 refund-only claims of 3, with a prior of 0.4: worth 3 claims for a buyer, 5 for a merchant."""
    drawing = draw("""
        known_at | kind        | claim_type  | = buyer_refund_only_share_90d | = merchant_refund_only_share_90d
        0d       | order_paid  |             |                               |
        1d       | claim_filed | refund_only |                               |
        2d       | claim_filed | exchange    |                               |
        3d       | claim_filed | refund_only |                               |
        4d       | claim_filed | exchange    | 3.2/6                         | 4.0/8
    """)
    assert answer(drawing) == drawing.expected


def test_refunded_share_is_of_money_spent(answer):
    """600 of 3000 was refunded; the priors are 0.1 of 20,000, of 200,000 and of 100,000."""
    drawing = draw("""
        known_at | kind          | amount
        1d       | order_paid    | 1000
        2d       | order_paid    | 2000
        3d       | claim_decided | 600
        4d       | claim_filed   | 9
            buyer_refunded_share_30d    = 2600/23000
            merchant_refunded_share_30d = 20600/203000
            product_refunded_share_90d  = 10600/103000
    """)
    assert answer(drawing) == drawing.expected


def test_undetermined_verdict_counts_in_the_denominator_alone(answer):
    """A finding that settles nothing is a verdict all the same: it dilutes the share of abusive ones."""
    drawing = draw("""
        known_at | kind              | verdict      | = buyer_abusive_share_90d | = merchant_abusive_share_90d
        1d       | claim_adjudicated | abusive      |                           |
        2d       | claim_filed       |              | 1.3/4                     | 1.5/6
        3d       | claim_adjudicated | undetermined |                           |
        4d       | claim_filed       |              | 1.3/5                     | 1.5/7
        5d       | claim_adjudicated | legitimate   |                           |
        6d       | claim_filed       |              | 1.3/6                     | 1.5/8
    """)
    assert answer(drawing) == drawing.expected
