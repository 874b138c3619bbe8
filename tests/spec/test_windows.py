"""A window is `[as_of - length, as_of)`: what lies at its edges, and what is tied."""

import pytest

from features.catalog.windows import ALL, EVER
from features.columns import columns_of
from features.definition import FeatureGroup, RateGroup, RelativeGroup, SpreadGroup
from features.plan import default_plan
from tests.spec.drawing import draw

BOUNDED = [window.name for window in ALL if window is not EVER]


def _of_nothing(group: FeatureGroup, otherwise: float | None) -> object:
    """What a group's columns say of nobody: rates are at their priors, and nothing has no spread."""
    match group:
        case RateGroup():
            return pytest.approx(group.prior.rate)
        case RelativeGroup():
            return pytest.approx(group.rate.prior.rate / group.to.prior.rate)
        case SpreadGroup():
            return None
        case _:
            return otherwise


def test_columns_of_an_empty_history_are_zero_or_prior_or_missing(answer):
    """The first claim that the platform ever sees has totals of zero, rates at their priors and no recency."""
    drawing = draw("""
        known_at | kind
        0d       | claim_filed
            buyer_claims_1h            = 0
            merchant_orders_ever       = 0
            buyer_claim_rate_30d       = 0.5/5
            buyer_seconds_since_orders = missing
    """)
    assert answer(drawing) == drawing.expected


def test_history_columns_of_an_empty_history_have_no_surprises(answer):
    """Not one of the history's columns says anything about somebody of whom nothing is known."""
    drawing = draw("""
        known_at | kind
        0d       | claim_filed
    """)
    nothing = {"count": 0, "minor": 0, "seconds": None}
    expected = {
        column.name: _of_nothing(group, nothing.get(column.unit))
        for group in default_plan().catalog
        for column in columns_of(group)
        if not column.name.startswith("claim_")
    }
    drawing.expected[0].update(expected)
    assert answer(drawing) == [expected]


@pytest.mark.parametrize("window", BOUNDED)
def test_event_at_the_start_of_a_window_counts(answer, window):
    """A window's start belongs to it: an event exactly its length before the claim is in."""
    drawing = draw(f"""
        known_at | kind        | = buyer_claims_{window}
        0d       | claim_filed |
        {window} | claim_filed | 1
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize("window", BOUNDED)
def test_event_one_millisecond_before_a_window_is_out(answer, window):
    """A window is exact to the millisecond: one earlier is out, though all history still has it."""
    drawing = draw(f"""
        known_at     | kind        | = buyer_claims_{window} | = buyer_claims_ever
        0d           | claim_filed |                         |
        {window}+1ms | claim_filed | 0                       | 1
    """)
    assert answer(drawing) == drawing.expected


def test_event_at_the_moment_of_the_claim_is_out(answer):
    """A window's end doesn't belong to it: what becomes known with the claim was not known before it."""
    drawing = draw("""
        known_at | kind        | = buyer_orders_1d | = buyer_orders_ever
        5d       | order_paid  |                   |
        5d       | claim_filed | 0                 | 0
    """)
    assert answer(drawing) == drawing.expected


def test_event_one_millisecond_before_the_claim_counts(answer):
    """The last moment before the claim is in every window."""
    drawing = draw("""
        known_at | kind        | = buyer_orders_1d | = buyer_orders_ever
        5d-1ms   | order_paid  |                   |
        5d       | claim_filed | 1                 | 1
    """)
    assert answer(drawing) == drawing.expected


def test_event_after_the_claim_is_out(answer):
    """No claim sees its future, also when its history is computed long after."""
    drawing = draw("""
        known_at | kind        | amount
        1d       | order_paid  | 300
        2d       | claim_filed |
            buyer_orders_ever          = 1
            buyer_spend_minor_ever     = 300
            buyer_seconds_since_orders = 86400
        2d+1ms   | order_paid  | 400
        9d       | order_paid  | 500
    """)
    assert answer(drawing) == drawing.expected


def test_claim_is_no_part_of_its_own_history(answer):
    """A first claim has no claims before it, and the next one has one."""
    drawing = draw("""
        known_at | kind        | amount
        1d       | claim_filed | 700
            buyer_claims_ever          = 0
            buyer_claimed_minor_ever   = 0
            buyer_seconds_since_claims = missing
        2d       | claim_filed | 900
            buyer_claims_ever          = 1
            buyer_claimed_minor_ever   = 700
            buyer_seconds_since_claims = 86400
        2d+1s    | claim_filed | 100
            buyer_claims_ever          = 2
            buyer_claimed_minor_ever   = 1600
            buyer_seconds_since_claims = 1
    """)
    assert answer(drawing) == drawing.expected


def test_events_of_one_moment_all_count(answer):
    """Several things may become known at once; none of them is lost."""
    drawing = draw("""
        known_at | kind        | amount | = buyer_orders_1d | = buyer_spend_minor_30d | = buyer_claims_1d
        1d       | order_paid  | 100    |                   |                         |
        1d       | order_paid  | 200    |                   |                         |
        1d       | claim_filed | 50     | 0                 | 0                       | 0
        1d       | order_paid  | 400    |                   |                         |
        2d       | claim_filed | 50     | 3                 | 700                     | 1
        2d+1ms   | claim_filed | 50     | 0                 | 700                     | 1
    """)
    assert answer(drawing) == drawing.expected


def test_claims_of_one_moment_do_not_see_each_other(answer):
    """Claims filed at one moment stand side by side: neither is before the other."""
    drawing = draw("""
        known_at | kind        | = buyer_claims_ever
        1d       | claim_filed | 0
        1d       | claim_filed | 0
        2d       | claim_filed | 2
        2d       | claim_filed | 2
    """)
    assert answer(drawing) == drawing.expected


def test_events_drawn_out_of_order_count_by_when_they_were_known(answer):
    """The order in which events are handed over says nothing; their moments do."""
    drawing = draw("""
        known_at | kind        | amount | = buyer_orders_7d | = buyer_spend_minor_30d | = buyer_seconds_since_orders
        9d       | claim_filed |        | 2                 | 600                     | 86400
        8d       | order_paid  | 300    |                   |                         |
        1d       | order_paid  | 100    |                   |                         |
        3d       | order_paid  | 200    |                   |                         |
        2d       | claim_filed |        | 1                 | 100                     | 86400
    """)
    assert answer(drawing) == drawing.expected


def test_windows_of_one_claim_nest(answer):
    """Each longer window holds all that the shorter ones hold."""
    drawing = draw("""
        known_at | kind
        0d       | order_paid
        100d     | order_paid
        350d     | order_paid
        390d     | order_paid
        396d     | order_paid
        399d+5h  | order_paid
        400d     | claim_filed
            buyer_orders_1d   = 1
            buyer_orders_7d   = 2
            buyer_orders_30d  = 3
            buyer_orders_90d  = 4
            buyer_orders_365d = 5
            buyer_orders_ever = 6
    """)
    assert answer(drawing) == drawing.expected
