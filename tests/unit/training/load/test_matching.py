"""Which purchase a return gives back."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.load.matching import Matches, Units, Unmatched, match_returns

LINES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(1, 4)), max_size=12)


def units(*lines: tuple[int, int, int]) -> Units:
    """Lines of (pair, time, quantity)."""
    columns = np.array(lines, dtype=np.int64).reshape(-1, 3).T
    return Units(*columns)


def outcome(matches: Matches) -> list[tuple[int, int]]:
    return list(zip(matches.purchase.tolist(), matches.units.tolist(), strict=True))


def test_match_of_two_purchases_takes_the_latest_before_the_return():
    """The most recent purchase is the likeliest; one at the return's own moment is not before it."""
    matches = match_returns(units((0, 10, 5), (0, 20, 5), (0, 30, 5)), units((0, 30, 2)))
    assert outcome(matches) == [(1, 2)]
    assert matches.left.tolist() == [5, 3, 5]


def test_match_of_a_return_prefers_a_purchase_that_covers_it_all():
    """Of the earlier purchases only the first has four units."""
    assert outcome(match_returns(units((0, 10, 4), (0, 20, 3)), units((0, 30, 4)))) == [(0, 4)]


def test_match_of_two_returns_of_one_purchase_uses_it_up():
    """Three units were bought: two and one go back, and a fourth finds none left."""
    matches = match_returns(units((0, 10, 3)), units((0, 20, 2), (0, 30, 1), (0, 40, 1)))
    assert outcome(matches) == [(0, 2), (0, 1), (-1, 0)]
    assert matches.causes == [None, None, Unmatched.ALL_RETURNED]


def test_match_of_a_return_over_several_purchases_names_the_one_that_gives_most():
    """Six units come from the latest back: one, three and two; the second purchase gave most."""
    matches = match_returns(units((0, 10, 3), (0, 20, 3), (0, 30, 1)), units((0, 40, 6)))
    assert outcome(matches) == [(1, 6)]
    assert matches.left.tolist() == [1, 0, 0]


def test_match_of_a_return_over_equal_purchases_names_the_later():
    """On a tie the later purchase stands for the return."""
    assert outcome(match_returns(units((0, 10, 2), (0, 20, 2)), units((0, 30, 4)))) == [(1, 4)]


def test_match_of_a_return_beyond_all_purchases_covers_what_it_can():
    """Two units were bought and five go back."""
    assert outcome(match_returns(units((0, 10, 2)), units((0, 20, 5)))) == [(0, 2)]


def test_match_of_a_return_that_fits_nothing_says_why():
    """No buyer; another product; bought only later, or at that very moment."""
    matches = match_returns(units((0, 10, 1), (2, 50, 1)), units((-1, 20, 1), (1, 20, 1), (2, 20, 1), (0, 10, 1)))
    assert outcome(matches) == [(-1, 0)] * 4
    assert matches.causes == [Unmatched.NO_BUYER, Unmatched.NEVER_BOUGHT, Unmatched.ONLY_LATER, Unmatched.ONLY_LATER]


def test_match_of_purchases_without_a_buyer_is_never_made():
    """Two strangers are not the same buyer."""
    assert match_returns(units((-1, 10, 1)), units((-1, 20, 1))).causes == [Unmatched.NO_BUYER]


def test_match_of_returns_out_of_order_serves_the_earlier_first():
    """The later return stands first in the file, and goes empty."""
    assert outcome(match_returns(units((0, 10, 1)), units((0, 30, 1), (0, 20, 1)))) == [(-1, 0), (0, 1)]


@settings(deadline=None)  # a busy machine is no failure
@given(LINES, LINES)
def test_match_of_any_lines_gives_no_unit_twice(bought, returned):
    """Units given are units gone, never more than bought or wanted, and from an earlier purchase of the same pair."""
    purchases, returns = units(*bought), units(*returned)
    matches = match_returns(purchases, returns)
    assert (matches.left >= 0).all()
    assert (purchases.quantity - matches.left).sum() == matches.units.sum()
    for index, purchase in enumerate(matches.purchase.tolist()):
        assert (purchase < 0) == (matches.units[index] == 0) == (matches.causes[index] is not None)
        if purchase >= 0:
            assert purchases.pair[purchase] == returns.pair[index]
            assert purchases.time_ms[purchase] < returns.time_ms[index]
            assert matches.units[index] <= returns.quantity[index]
        elif matches.causes[index] is Unmatched.ALL_RETURNED:
            earlier = (purchases.pair == returns.pair[index]) & (purchases.time_ms < returns.time_ms[index])
            assert matches.left[earlier].sum() == 0
