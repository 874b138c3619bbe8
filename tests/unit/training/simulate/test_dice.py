from __future__ import annotations

import numpy as np
import pytest

from training.simulate.dice import Dice

MANY = np.arange(100_000)
NONE = np.zeros(0, dtype=np.int64)
DICE = Dice("7/claims")


def test_throw_for_a_thing_does_not_depend_on_what_else_is_thrown():
    """The same thing has the same luck alone, among others, in any order, and after other throws."""
    everyone = DICE.uniform("luck", MANY)
    DICE.uniform("other luck", MANY)
    assert np.array_equal(DICE.uniform("luck", MANY[::-1]), everyone[::-1])
    assert np.array_equal(DICE.uniform("luck", np.array([41, 7, 41])), everyone[[41, 7, 41]])
    assert np.array_equal(Dice("7/claims").uniform("luck", MANY), everyone)


def test_throws_of_another_name_part_or_seed_are_other_throws():
    """Seed, part and throw each make other luck, and none of it goes with the other."""
    luck = DICE.uniform("luck", MANY)
    others = [
        DICE.uniform("rest", MANY),
        Dice("7/orders").uniform("luck", MANY),
        Dice("8/claims").uniform("luck", MANY),
    ]
    for other in others:
        assert not (other == luck).any()
        assert abs(np.corrcoef(luck, other)[0, 1]) < 0.02


def test_uniform_is_spread_evenly_strictly_between_zero_and_one():
    """Mean, variance and each tenth are those of evenly spread numbers, and neighbours have nothing in common."""
    luck = DICE.uniform("luck", MANY)
    assert 0 < luck.min() < luck.max() < 1
    assert luck.mean() == pytest.approx(1 / 2, abs=0.005)
    assert luck.var() == pytest.approx(1 / 12, abs=0.002)
    assert np.bincount((luck * 10).astype(int), minlength=10) == pytest.approx(np.full(10, 10_000), rel=0.06)
    assert abs(np.corrcoef(luck[:-1], luck[1:])[0, 1]) < 0.02


def test_each_of_the_64_bits_is_set_half_of_the_time():
    """Hashes of pictures are made of these words, so no bit may lean to one side."""
    words = DICE.words("hash", MANY)
    assert len(np.unique(words)) == len(MANY)
    set_share = [((words >> np.uint64(bit)) & np.uint64(1)).mean() for bit in range(64)]
    assert set_share == pytest.approx(np.full(64, 0.5), abs=0.01)


def test_normal_has_the_moments_of_a_standard_normal():
    """Mean 0, variance 1, no lean, tails as they should be, and always finite."""
    drawn = DICE.normal("temper", MANY)
    assert np.isfinite(drawn).all()
    moments = [drawn.mean(), drawn.var(), (drawn**3).mean(), (drawn**4).mean()]
    assert moments == pytest.approx([0, 1, 0, 3], abs=0.15)


def test_lognormal_has_its_median_and_takes_one_for_each():
    """Half lie under the median; medians and sigmas may differ from thing to thing."""
    assert np.median(DICE.lognormal("days", MANY, 5.0, 0.5)) == pytest.approx(5.0, rel=0.02)
    medians = np.where(MANY % 2 == 0, 1.0, 100.0)
    drawn = DICE.lognormal("days", MANY, medians, np.zeros(len(MANY)))
    assert drawn == pytest.approx(medians)


def test_happens_never_at_zero_always_at_one_and_else_as_often_as_said():
    """Chances are kept to, also where each thing has its own."""
    assert not DICE.happens("it", MANY, 0.0).any()
    assert DICE.happens("it", MANY, 1.0).all()
    chance = np.where(MANY % 2 == 0, 0.1, 0.7)
    happened = DICE.happens("it", MANY, chance)
    assert happened[::2].mean() == pytest.approx(0.1, abs=0.01)
    assert happened[1::2].mean() == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize("count", [1, 2, 7, 60_000])
def test_below_stays_under_its_count_and_reaches_all_of_it(count):
    """Every number from zero on is drawn, and none at or above the count."""
    drawn = DICE.below("which", MANY, count)
    assert drawn.min() == 0
    assert drawn.max() < count
    assert drawn.max() >= count - 1 - count // 1_000
    assert drawn.mean() == pytest.approx((count - 1) / 2, rel=0.02)


def test_below_takes_a_count_for_each():
    """Each thing is kept under a count of its own."""
    counts = 1 + MANY % 5
    drawn = DICE.below("which", MANY, counts)
    assert (drawn < counts).all()
    assert (drawn[counts == 5] == 4).any()


def test_pick_takes_each_place_as_often_as_its_share():
    """Shares need not sum to one, and a share of zero is never picked, be it first, in the middle or last."""
    picked = np.bincount(DICE.pick("which", MANY, np.array([0.0, 3.0, 0.0, 1.0, 0.0])), minlength=5) / len(MANY)
    assert picked == pytest.approx([0, 0.75, 0, 0.25, 0], abs=0.01)
    assert set(np.flatnonzero(picked)) == {1, 3}


def test_pick_with_a_row_for_each_takes_its_own_row():
    """A row per thing says the shares of that thing alone, and equal rows pick what one row for all does."""
    shares = np.where((MANY % 2 == 0)[:, np.newaxis], [1.0, 0.0, 0.0], [0.0, 1.0, 3.0])
    picked = DICE.pick("which", MANY, shares)
    assert (picked[::2] == 0).all()
    assert np.bincount(picked[1::2], minlength=3) / 50_000 == pytest.approx([0, 0.25, 0.75], abs=0.01)
    same = np.array([0.2, 0.5, 0.3])
    assert np.array_equal(DICE.pick("it", MANY, np.tile(same, (len(MANY), 1))), DICE.pick("it", MANY, same))


def test_throws_for_nothing_are_empty():
    """A day without claims throws no dice, and that is no error."""
    assert len(DICE.words("it", NONE)) == len(DICE.uniform("it", NONE)) == len(DICE.normal("it", NONE)) == 0
    assert len(DICE.happens("it", NONE, 0.5)) == len(DICE.below("it", NONE, 3)) == 0
    assert len(DICE.pick("it", NONE, np.array([0.5, 0.5]))) == len(DICE.pick("it", NONE, np.zeros((0, 2)))) == 0
