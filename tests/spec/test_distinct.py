"""How many different ones somebody has met: each counts once, where they first meet."""

import pytest

from tests.spec.drawing import draw


def test_second_meeting_does_not_count(answer):
    """A device that comes back is no other device, and a buyer who comes back no other buyer."""
    drawing = draw("""
        known_at | kind        | device
        0d       | order_paid  | phone
        1d       | order_paid  | phone
        2d       | claim_filed | phone
            buyer_devices_ever = 1
            device_buyers_ever = 1
        3d       | order_paid  | tablet
        4d       | claim_filed | phone
            buyer_devices_ever = 2
            device_buyers_ever = 1
    """)
    assert answer(drawing) == drawing.expected


def test_meeting_counts_for_both_who_meet(answer):
    """A phone knows its buyers, and each buyer knows its phones."""
    drawing = draw("""
        known_at | kind        | buyer | device | = device_buyers_ever | = buyer_devices_ever
        0d       | order_paid  | ann   | phone  |                      |
        1d       | order_paid  | bob   | phone  |                      |
        2d       | order_paid  | bob   | tablet |                      |
        3d       | claim_filed | ann   | phone  | 2                    | 1
        3d       | claim_filed | bob   | tablet | 1                    | 2
        3d       | claim_filed | bob   | phone  | 2                    | 2
    """)
    assert answer(drawing) == drawing.expected


def test_window_counts_first_meetings_within_it(answer):
    """Who comes back within a month was first met before it, and isn't new."""
    drawing = draw("""
        known_at | kind        | buyer | device | = device_buyers_30d | = buyer_devices_30d | = buyer_devices_ever
        0d       | order_paid  | ann   | phone  |                     |                     |
        35d      | order_paid  | ann   | phone  |                     |                     |
        36d      | order_paid  | ann   | tablet |                     |                     |
        37d      | order_paid  | bob   | phone  |                     |                     |
        38d      | claim_filed | ann   | phone  | 1                   | 1                   | 2
    """)
    assert answer(drawing) == drawing.expected


def test_window_of_first_meetings_begins_where_every_window_does(answer):
    """A first meeting exactly a window ago is in, and a millisecond earlier out."""
    drawing = draw("""
        known_at | kind        | buyer | payment | = buyer_payments_30d | = buyer_payments_ever
        0d       | order_paid  | ann   | card    |                      |
        0d       | order_paid  | bob   | card    |                      |
        30d      | claim_filed | ann   | -       | 1                    | 1
        30d+1ms  | claim_filed | bob   | -       | 0                    | 1
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize(("first", "second"), [("order_paid", "claim_filed"), ("claim_filed", "order_paid")])
def test_meeting_in_an_order_and_in_a_claim_is_one(answer, first, second):
    """Where two have met, in an order or in a claim, is all the same."""
    drawing = draw(f"""
        known_at | kind        | merchant | = buyer_merchants_ever
        0d       | {first}     | mart     |
        1d       | {second}    | mart     |
        2d       | claim_filed | shop     | 1
        3d       | claim_filed | shop     | 2
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize(
    "kind", ["order_delivered", "claim_decided", "claim_adjudicated", "return_shipped", "feedback_given"]
)
def test_what_follows_on_an_order_or_a_claim_is_no_meeting(answer, kind):
    """A ruling names the address that a claim was about: nobody came there."""
    drawing = draw(f"""
        known_at | kind        | buyer | address | = address_buyers_ever | = buyer_addresses_ever
        0d       | {kind}      | ann   | home    |                       |
        1d       | claim_filed | ann   | home    | 0                     | 0
        2d       | claim_filed | ann   | home    | 1                     | 1
    """)
    assert answer(drawing) == drawing.expected


def test_claim_is_no_meeting_before_itself(answer):
    """What meets in a claim, or at its very moment, was not known before it."""
    drawing = draw("""
        known_at | kind        | buyer | device | = device_buyers_ever | = buyer_devices_ever
        1d       | claim_filed | ann   | phone  | 0                    | 0
        1d       | order_paid  | bob   | phone  |                      |
        1d       | claim_filed | bob   | phone  | 0                    | 0
        2d       | claim_filed | ann   | phone  | 2                    | 1
    """)
    assert answer(drawing) == drawing.expected


def test_meetings_of_one_moment_count_each_pair_once(answer):
    """Of several first meetings of the same two at one moment, one counts; of different ones, each."""
    drawing = draw("""
        known_at | kind        | buyer | device | = device_buyers_ever | = buyer_devices_ever | = buyer_devices_30d
        1d       | order_paid  | ann   | phone  |                      |                      |
        1d       | claim_filed | ann   | phone  |                      |                      |
        1d       | order_paid  | ann   | phone  |                      |                      |
        1d       | order_paid  | ann   | tablet |                      |                      |
        1d       | order_paid  | bob   | phone  |                      |                      |
        2d       | order_paid  | ann   | phone  |                      |                      |
        3d       | claim_filed | ann   | phone  | 2                    | 2                    | 2
    """)
    assert answer(drawing) == drawing.expected


def test_meeting_that_became_known_late_counts_from_then(answer):
    """The first meeting is the one that was known first, whenever it happened and wherever it stands in a file."""
    drawing = draw("""
        known_at | occurred_at | kind        | device | = buyer_devices_30d | = buyer_devices_ever
        50d      | 1d          | order_paid  | phone  |                     |
        40d      | 40d         | claim_filed | -      | 0                   | 0
        60d      | 60d         | claim_filed | -      | 1                   | 1
        55d      | 55d         | order_paid  | phone  |                     |
        82d      | 82d         | claim_filed | -      | 0                   | 1
    """)
    assert answer(drawing) == drawing.expected


def test_nobody_is_met_where_an_id_is_missing(answer):
    """A sale without an account is not a buyer, and an order without a device has met none."""
    drawing = draw("""
        known_at | kind        | buyer | device | = device_buyers_ever | = buyer_devices_ever
        1d       | order_paid  | -     | phone  |                      |
        1d       | order_paid  | ann   | -      |                      |
        2d       | claim_filed | ann   | phone  | 0                    | 0
        3d       | claim_filed | -     | phone  | 1                    | 0
        4d       | claim_filed | ann   | -      | 0                    | 1
    """)
    assert answer(drawing) == drawing.expected


def test_recency_of_different_ones_is_the_last_first_meeting(answer):
    """Using an old phone again doesn't make it new."""
    drawing = draw("""
        known_at | kind        | device | payment
        0d       | order_paid  | phone  | card
        1d       | order_paid  | tablet | card
        5d       | order_paid  | phone  | card
        6d       | claim_filed | phone  | card
            buyer_seconds_since_devices  = 432000
            buyer_seconds_since_payments = 518400
    """)
    assert answer(drawing) == drawing.expected


def test_names_that_belong_to_different_sorts_do_not_meet_as_one(answer):
    """A card called like a phone is another thing."""
    drawing = draw("""
        known_at | kind        | buyer | device | address | payment
        0d       | order_paid  | ann   | x      | x       | x
        1d       | order_paid  | x     | x      | -       | -
        2d       | claim_filed | ann   | x      | x       | x
            buyer_devices_ever   = 1
            buyer_addresses_ever = 1
            buyer_payments_ever  = 1
            device_buyers_ever   = 2
            address_buyers_ever  = 1
            payment_buyers_ever  = 1
    """)
    assert answer(drawing) == drawing.expected
