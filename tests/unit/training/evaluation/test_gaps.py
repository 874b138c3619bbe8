"""Gaps are between the slices that lie furthest apart, from the same draws."""

import numpy as np
import pytest

from training.evaluation.gaps import find_gaps
from training.evaluation.intervals import Drawn
from training.evaluation.slices import Slice


def drawn(value, *draws):
    return Drawn(value, np.array(draws))


def test_gap_is_between_the_highest_and_the_lowest_slice_draw_by_draw():
    """Of three sorts of goods, the two at the ends; the third plays no part."""
    hats, socks, shoes = (Slice("category", name, np.arange(3)) for name in ("hats", "socks", "shoes"))
    gaps = find_gaps(
        {
            hats: {"reviewed_honest_share": drawn(0.5, 0.5, 0.6), "auc": drawn(0.9, 0.9, 0.9)},
            socks: {"reviewed_honest_share": drawn(0.2, 0.1, 0.4)},
            shoes: {"reviewed_honest_share": drawn(0.3, 0.9, 0.0)},
        }
    )
    (gap,) = gaps
    assert (gap.slicing, gap.figure, gap.highest, gap.lowest) == ("category", "reviewed_honest_share", "hats", "socks")
    assert gap.gap.value == pytest.approx(0.3)
    assert 0.2 <= gap.gap.low < gap.gap.high <= 0.4


def test_slicing_with_one_slice_that_can_be_told_has_no_gap():
    """With nothing to compare, nothing is said; and slices of other slicings are never compared."""
    share = {"missed_abusive_share": drawn(0.5, 0.5)}
    one, other = Slice("category", "hats", np.arange(3)), Slice("buyer", "new", np.arange(3))
    assert find_gaps({one: share, other: share}) == ()
