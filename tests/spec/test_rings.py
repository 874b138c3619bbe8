"""Buyers who can be reached from one another over the devices, addresses and payments that they share.

The shipped catalogue joins over a device or a payment of 20 buyers at most and over an address of 6, doesn't follow a
buyer of more than 50 things, and takes 50 members at most.
"""

from collections.abc import Iterable

import pytest

from tests.spec.drawing import draw

HEADING = "known_at | kind | buyer | device | address | payment"


def meetings(rows: Iterable[tuple[str, str]], field: str = "device", moment: str = "0d") -> str:
    """Lines of a table: orders in which buyers meet things."""
    cells = {"device": "{} | - | -", "address": "- | {} | -", "payment": "- | - | {}"}
    return "\n".join(f"{moment} | order_paid | {buyer} | {cells[field].format(thing)}" for buyer, thing in rows)


def test_two_buyers_of_one_device_are_a_ring(answer):
    """A ring's totals are the sums of its members' own, the claim's buyer among them."""
    drawing = draw("""
        known_at | kind              | buyer | device | claim_type  | amount | verdict
        0d       | order_paid        | ann   | phone  |             |        |
        1d       | order_paid        | bob   | phone  |             |        |
        2d       | claim_filed       | bob   | -      | refund_only |        |
        2d+1h    | claim_decided     | bob   | -      |             | 700    |
        2d+2h    | claim_adjudicated | bob   | -      |             |        | abusive
        3d       | claim_filed       | ann   | -      | exchange    |        |
            ring_size                  = 2
            ring_claims_7d             = 1
            ring_refund_only_claims_7d = 1
            ring_refunded_minor_90d    = 700
            ring_abusive_verdicts_90d  = 1
            buyer_claims_7d            = 0
        4d       | claim_filed       | ann   | -      |             |        |
            ring_size                  = 2
            ring_claims_7d             = 2
            ring_refund_only_claims_7d = 1
            buyer_claims_7d            = 1
        4d       | claim_filed       | eve   | -      |             |        |
            ring_size                  = 0
            ring_claims_7d             = 0
            ring_refunded_minor_90d    = 0
    """)
    assert answer(drawing) == drawing.expected


def test_lone_buyer_has_no_ring(answer):
    """Somebody who shares nothing is in no ring, and not in a ring of one: the buyer's own history tells enough."""
    drawing = draw("""
        known_at | kind        | buyer | device | = ring_size | = ring_claims_7d | = buyer_claims_7d
        0d       | order_paid  | ann   | phone  |             |                  |
        0d       | order_paid  | bob   | tablet |             |                  |
        1d       | claim_filed | ann   | phone  | 0           | 0                | 0
        2d       | claim_filed | ann   | phone  | 0           | 0                | 1
    """)
    assert answer(drawing) == drawing.expected


def test_claim_without_a_buyer_has_no_ring(answer):
    """Nobody shares nothing, whatever device the claim came from."""
    drawing = draw("""
        known_at | kind        | buyer | device | = ring_size | = ring_claims_7d
        0d       | order_paid  | ann   | phone  |             |
        0d       | order_paid  | bob   | phone  |             |
        1d       | claim_filed | bob   | phone  | 2           | 0
        2d       | claim_filed | -     | phone  | 0           | 0
        3d       | order_paid  | -     | home   |             |
        4d       | claim_filed | ann   | -      | 2           | 1
    """)
    assert answer(drawing) == drawing.expected


def test_chain_over_different_things_is_one_ring(answer):
    """Ann shares a phone with Bob, he a door with Cy, and she a card with Di; Ed shares nothing with any."""
    drawing = draw(f"""
        {HEADING}        | = ring_size | = ring_claims_30d
        0d | order_paid  | ann | phone | -    | -    |   |
        0d | order_paid  | bob | phone | home | -    |   |
        0d | order_paid  | cy  | -     | home | card |   |
        0d | order_paid  | di  | -     | -    | card |   |
        0d | order_paid  | ed  | card  | home2 | phone |   |
        1d | claim_filed | di  | -     | -    | -    | 4 | 0
        2d | claim_filed | cy  | -     | -    | -    | 4 | 1
        3d | claim_filed | ann | -     | -    | -    | 4 | 2
        4d | claim_filed | ed  | -     | -    | -    | 0 | 0
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize("kind", ["order_paid", "claim_filed"])
def test_link_that_is_learned_with_the_claim_or_later_does_not_count(answer, kind):
    """Who shares a device is known once it is known, to the millisecond."""
    drawing = draw(f"""
        known_at | kind        | buyer | device | = ring_size
        0d       | order_paid  | ann   | phone  |
        2d       | {kind}      | bob   | phone  |
        1d       | claim_filed | ann   | -      | 0
        2d       | claim_filed | ann   | -      | 0
        2d+1ms   | claim_filed | ann   | -      | 2
        2d+1ms   | claim_filed | bob   | -      | 2
    """)
    assert answer(drawing) == drawing.expected


def test_claims_own_device_links_the_next_claim(answer):
    """That a claim comes from a stranger's phone is learned with it: the next claim knows."""
    drawing = draw("""
        known_at | kind        | buyer | device | = ring_size | = ring_claims_7d
        0d       | order_paid  | bob   | phone  |             |
        1d       | claim_filed | ann   | phone  | 0           | 0
        2d       | claim_filed | ann   | -      | 2           | 1
        2d+1ms   | claim_filed | bob   | -      | 2           | 2
    """)
    assert answer(drawing) == drawing.expected


def test_what_members_did_before_they_joined_counts(answer):
    """A ring's windows run over its members' histories, not over the time since they met."""
    drawing = draw("""
        known_at | kind        | buyer | device | = ring_claims_7d | = ring_claims_30d | = ring_claims_90d
        0d       | claim_filed | bob   | -      | 0                | 0                 | 0
        50d      | claim_filed | bob   | -      | 0                | 0                 | 0
        70d      | order_paid  | ann   | phone  |                  |                   |
        70d      | order_paid  | bob   | phone  |                  |                   |
        71d      | claim_filed | ann   | -      | 0                | 1                 | 2
        91d      | claim_filed | ann   | -      | 0                | 1                 | 2
    """)
    assert answer(drawing) == drawing.expected


def test_windows_of_a_ring_begin_where_every_window_does(answer):
    """A member's claim exactly a week ago is in, and a millisecond earlier out."""
    drawing = draw("""
        known_at | kind        | buyer | device | = ring_claims_7d
        0d       | order_paid  | ann   | phone  |
        0d       | order_paid  | bob   | phone  |
        1d       | claim_filed | bob   | -      |
        8d       | claim_filed | ann   | -      | 1
        8d+1ms   | claim_filed | ann   | -      | 1
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize(("field", "most"), [("device", 20), ("address", 6), ("payment", 20)])
def test_thing_of_more_buyers_than_its_most_joins_nobody(answer, field, most):
    """With one buyer more it is a public place, and those whom it joined before are strangers again."""
    buyers = [f"b{number}" for number in range(most)]
    drawing = draw(f"""
        {HEADING} | = ring_size | = ring_claims_7d
{_with_blanks(meetings([(buyer, "x") for buyer in buyers], field))}
        1d     | claim_filed | b0 | - | - | - | {most} | 0
        2d     | claim_filed | b1 | - | - | - | {most} | 1
{_with_blanks(meetings([("late", "x")], field, "3d"))}
        3d     | claim_filed | b1 | - | - | - | {most} | 2
        3d+1ms | claim_filed | b1 | - | - | - | 0 | 0
        4d     | claim_filed | late | - | - | - | 0 | 0
    """)
    assert answer(drawing) == drawing.expected


def _with_blanks(lines: str, columns: int = 2) -> str:
    return "\n".join(line + " | " * columns for line in lines.splitlines())


def test_parcel_station_of_many_joins_no_strangers(answer):
    """A hundred buyers fetch their parcels there; only the two who share a phone as well are a ring."""
    buyers = [(f"b{number}", "station") for number in range(100)]
    drawing = draw(f"""
        {HEADING} | = ring_size | = ring_claims_7d
{_with_blanks(meetings(buyers, "address"))}
{_with_blanks(meetings([("b7", "phone"), ("b8", "phone")]))}
        1d | claim_filed | b8 | - | - | - | 2 | 0
        2d | claim_filed | b7 | - | - | - | 2 | 1
        2d | claim_filed | b9 | - | - | - | 0 | 0
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize(("things", "size"), [(50, 3), (51, 2)])
def test_agent_with_more_than_fifty_things_is_not_followed(answer, things, size):
    """An agent who buys for half the town is reached, and nobody beyond; devices and cards count together."""
    devices = [("agent", f"d{number}") for number in range(26)]
    payments = [("agent", f"p{number}") for number in range(things - 26)]
    drawing = draw(f"""
        {HEADING} | = ring_size
{_with_blanks(meetings(devices), 1)}
{_with_blanks(meetings(payments, "payment"), 1)}
{_with_blanks(meetings([("ann", "d0"), ("bob", "d25")]), 1)}
        1d | claim_filed | ann   | - | - | - | {size}
        1d | claim_filed | agent | - | - | - | {3 if things <= 50 else 0}
    """)
    assert answer(drawing) == drawing.expected


def test_ring_of_more_than_fifty_is_cut_to_the_nearest_and_first(answer):
    """Ann's phone has 20 buyers, one of whom has two more phones of 20: of those 38, the first 30 by id."""
    near = [("ann", "phone"), *((f"n{number}", "phone") for number in range(19))]
    far = [("n5", "old"), ("n5", "new")]
    far += [(f"f{number:02}", "new") for number in reversed(range(19))]
    far += [(f"g{number:02}", "old") for number in reversed(range(19))]
    refunds = "\n".join(
        f"0d | claim_decided | {buyer} | - | - | - | {amount} | |"
        for buyer, amount in [
            ("ann", 1),
            ("n18", 10),
            ("f00", 100),
            ("f18", 1_000),
            ("g00", 10_000),
            ("g10", 100_000),
            ("g11", 1_000_000),
            ("g18", 10_000_000),
        ]
    )
    drawing = draw(f"""
        {HEADING} | amount | = ring_size | = ring_refunded_minor_90d
{_with_blanks(meetings([*near, *far]), 3)}
{refunds}
        1d | claim_filed | ann | - | - | - | | 50 | 111111
        1d | claim_filed | n5  | - | - | - | | 50 | 11111101
        1d | claim_filed | g18 | - | - | - | | 50 | 11111101
    """)
    assert answer(drawing) == drawing.expected


def test_two_things_of_the_same_buyers_join_them_once(answer):
    """However much two share, they are two."""
    drawing = draw(f"""
        {HEADING}        | = ring_size | = ring_claims_7d
        0d | order_paid  | ann | phone | home | card | |
        0d | order_paid  | bob | phone | home | card | |
        0d | order_paid  | bob | phone | home | card | |
        1d | claim_filed | bob | phone | home | card | 2 | 0
        2d | claim_filed | ann | phone | home | card | 2 | 1
    """)
    assert answer(drawing) == drawing.expected
