"""Time is when the platform learned something: what comes late doesn't rewrite the past."""

from tests.spec.drawing import draw


def test_late_event_does_not_rewrite_an_earlier_claim(answer):
    """An order of the first day that became known on the sixth was unknown to a claim of the fifth."""
    drawing = draw("""
        known_at | occurred_at | kind        | = buyer_orders_7d | = buyer_orders_ever | = buyer_seconds_since_orders
        6d       | 1d          | order_paid  |                   |                     |
        5d       | 5d          | claim_filed | 0                 | 0                   | missing
        7d       | 7d          | claim_filed | 1                 | 1                   | 86400
    """)
    assert answer(drawing) == drawing.expected


def test_window_runs_over_when_events_became_known(answer):
    """An event of long ago that was learned yesterday is in yesterday's window."""
    drawing = draw("""
        known_at | occurred_at | kind        | = buyer_claims_7d | = buyer_claims_365d
        500d     | 0d          | claim_filed |                   |
        501d     | 501d        | claim_filed | 1                 | 1
    """)
    assert answer(drawing) == drawing.expected


def test_event_known_before_it_occurred_counts_from_when_it_was_known(answer):
    """A date in the future, such as a planned one, is no reason to forget what is known."""
    drawing = draw("""
        known_at | occurred_at | kind        | = buyer_orders_7d
        1d       | 90d         | order_paid  |
        2d       | 2d          | claim_filed | 1
    """)
    assert answer(drawing) == drawing.expected


def test_verdict_that_comes_later_does_not_touch_the_claims_before_it(answer):
    """A claim is judged on the verdicts that were there, not on how it or its neighbours turned out."""
    drawing = draw("""
        known_at | kind              | claim | verdict | = buyer_abusive_verdicts_ever | = buyer_abusive_share_ever
        1d       | claim_filed       | c1    |         | 0                             | 0.3/3
        2d       | claim_filed       | c2    |         | 0                             | 0.3/3
        3d       | claim_adjudicated | c1    | abusive |                               |
        4d       | claim_filed       | c3    |         | 1                             | 1.3/4
    """)
    assert answer(drawing) == drawing.expected
