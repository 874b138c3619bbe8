"""Standard deviations, exact until the last division."""

from features.events import LARGEST_AMOUNT
from tests.spec.drawing import draw


def test_spread_of_a_few_amounts_is_their_standard_deviation(answer):
    """2, 4, 4, 4, 5, 5, 7 and 9 lie 2 around 5; of two amounts it is half of what lies between them."""
    lines = "\n".join(
        f"{day}d | order_paid | ann | {amount} | |" for day, amount in enumerate((2, 4, 4, 4, 5, 5, 7, 9))
    )
    drawing = draw(f"""
        known_at | kind | buyer | amount | = buyer_order_spread_365d | = buyer_claimed_spread_365d
{lines}
        8d  | claim_filed | bob | 100 |   |
        9d  | claim_filed | bob | 300 |   |
        10d | claim_filed | ann | 9   | 2 | missing
        10d | claim_filed | bob | 9   | missing | 100
    """)
    assert answer(drawing) == drawing.expected


def test_spread_of_equal_amounts_is_exactly_zero(answer):
    """Whatever the amount: a third of a cent that is left over would be a lie."""
    lines = "\n".join(f"{day}d | order_paid | {LARGEST_AMOUNT - 7} |" for day in range(7))
    drawing = draw(f"""
        known_at | kind | amount | = buyer_order_spread_365d
{lines}
        10d | claim_filed | 333 | 0
    """)
    assert answer(drawing) == drawing.expected


def test_spread_of_the_largest_amounts_is_exact(answer):
    """A unit of difference shows between amounts whose squares outgrow every integer and every float of a machine."""
    drawing = draw(f"""
        known_at | kind        | buyer | amount                | = buyer_order_spread_365d | = buyer_claimed_spread_365d
        1d       | order_paid  | ann   | {LARGEST_AMOUNT}      |                           |
        1d       | order_paid  | ann   | {LARGEST_AMOUNT - 1}  |                           |
        1d       | order_paid  | bob   | {LARGEST_AMOUNT}      |                           |
        1d       | order_paid  | bob   | 0                     |                           |
        1d       | claim_filed | bob   | {LARGEST_AMOUNT}      |                           |
        1d       | claim_filed | bob   | {LARGEST_AMOUNT}      |                           |
        1d       | claim_filed | bob   | {LARGEST_AMOUNT - 3}  |                           |
        1d       | claim_filed | bob   | {LARGEST_AMOUNT - 3}  |                           |
        2d       | claim_filed | ann   | 9                     | 0.5                       | missing
        2d       | claim_filed | bob   | 9                     | {LARGEST_AMOUNT // 2}     | 1.5
    """)
    assert answer(drawing) == drawing.expected


def test_spread_below_two_amounts_is_missing(answer):
    """Of one number, or of none, nobody knows how it varies; of two free orders one does."""
    drawing = draw("""
        known_at | kind        | amount | = buyer_order_spread_365d | = buyer_claimed_spread_365d
        1d       | claim_filed | 100    | missing                   | missing
        2d       | order_paid  | 0      |                           |
        3d       | claim_filed | 100    | missing                   | missing
        4d       | order_paid  | 0      |                           |
        5d       | claim_filed | 100    | 0                         | 0
    """)
    assert answer(drawing) == drawing.expected


def test_spread_of_a_window_is_of_the_amounts_within_it(answer):
    """What lies before the window, or comes with the claim, is out."""
    drawing = draw("""
        known_at | kind        | amount | = buyer_order_spread_365d
        0d       | order_paid  | 999999 |
        1d       | order_paid  | 10     |
        2d       | order_paid  | 30     |
        366d     | order_paid  | 777777 |
        366d     | claim_filed |        | 10
    """)
    assert answer(drawing) == drawing.expected


def test_spread_without_a_buyer_is_missing(answer):
    """Nobody has no usual amounts."""
    drawing = draw("""
        known_at | kind        | buyer | amount | = buyer_order_spread_365d
        1d       | order_paid  | -     | 10     |
        1d       | order_paid  | -     | 20     |
        2d       | claim_filed | -     |        | missing
    """)
    assert answer(drawing) == drawing.expected
