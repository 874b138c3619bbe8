"""What one column alone tells: whichever way it points, by what is missing too, and nothing where it only names."""

from __future__ import annotations

import numpy as np
import pytest

from training.dataset import Period
from training.leakage.alone import Halves, auc_to_exceed, told_alone

CLAIMS = 4_000


def period_of(abusive, buyers=None, weights=None):
    count = len(abusive)
    return Period(
        "train",
        np.zeros((count, 1)),
        np.asarray(abusive, dtype=np.int8),
        np.ones(count) if weights is None else weights,
        np.arange(count),
        buyers=np.arange(count) if buyers is None else buyers,
    )


@pytest.fixture(scope="module")
def abusive():
    return (np.random.default_rng(1).random(CLAIMS) < 0.1).astype(np.int8)


@pytest.fixture(scope="module")
def halves(abusive):
    return Halves.of(period_of(abusive))


@pytest.mark.parametrize(
    "value",
    [
        lambda y: y,
        lambda y: -y,
        lambda y: np.where(y == 1, np.nan, 5.0),
        lambda y: np.where(y == 1, 5.0, np.nan),
        lambda y: np.where(y == 1, 3.0, np.where(np.arange(len(y)) % 2, 1.0, 9.0)),
        lambda y: y + np.random.default_rng(3).random(len(y)) / 2,
    ],
    ids=["rising", "falling", "missing where abusive", "missing where not", "in the middle", "never twice the same"],
)
def test_told_alone_by_a_column_made_of_the_label_is_all(abusive, halves, value):
    """Whatever way the label is written down."""
    alone = told_alone(np.asarray(value(abusive), dtype=np.float64), halves)
    assert alone.auc > 0.99
    assert alone.sure_share > 0.9
    assert alone.precision_low > 0.95


def test_told_alone_by_chance_is_nothing(halves):
    """Half the pairs in the right order, and no bin that is sure."""
    alone = told_alone(np.random.default_rng(2).random(CLAIMS), halves)
    assert alone.auc == pytest.approx(0.5, abs=0.05)
    assert (alone.sure_share, alone.precision_low) == (0.0, 0.0)


def test_told_alone_by_a_column_that_names_buyers_is_nothing(abusive):
    """Each buyer has always the same label: the name tells it perfectly, and nothing of the next buyer."""
    buyers = np.repeat(np.random.default_rng(4).permutation(CLAIMS // 100), 100)
    labels = np.repeat(abusive[: CLAIMS // 100] | (np.arange(CLAIMS // 100) % 3 == 0), 100)
    alone = told_alone(buyers.astype(np.float64), Halves.of(period_of(labels, buyers)))
    assert 0.2 < alone.auc < 0.8


def test_told_alone_by_a_column_without_values_is_nothing(halves):
    """All missing, or all the same."""
    for value in (np.nan, 7.0):
        assert told_alone(np.full(CLAIMS, value), halves).auc == 0.5


def test_told_alone_of_a_part_of_the_claims_is_sure_of_that_part(abusive, halves):
    """The label of 30 % of the claims, and nothing of the others."""
    known = np.random.default_rng(5).random(CLAIMS) < 0.3
    alone = told_alone(np.where(known, abusive, np.nan).astype(np.float64), halves)
    assert alone.auc < 0.8
    assert alone.sure_share == pytest.approx(0.3, abs=0.06)
    assert alone.precision == 1.0
    assert 0.9 < alone.precision_low < 1.0


def test_halves_count_buyers_and_not_claims():
    """A hundred abusive claims of one buyer are one; two buyers with as many each are two."""
    labels = np.repeat([1, 1, 0, 0, 0], 100)
    halves = Halves.of(period_of(labels, np.repeat(np.arange(5), 100)))
    assert (halves.abusive, halves.others) == pytest.approx((2.0, 3.0))


def test_auc_to_exceed_with_more_labels_comes_nearer_to_the_limit():
    """With few it can't be exceeded at all."""
    few, some, many = (auc_to_exceed(0.9, number, 9 * number) for number in (15, 100, 100_000))
    assert few > 1.0
    assert 0.9 < many < some < 0.96
    assert many == pytest.approx(0.9, abs=0.003)
