"""A column that is made of the verdict is found, whole or noisy or in part; an honest one is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.leakage.too_good import find_too_good

COLUMN = "buyer_orders_7d"


def exact(_, abusive):
    return abusive.astype(np.float64)


def noisy(seed, abusive):
    """One in twenty is turned round."""
    turned = np.random.default_rng(seed).random(len(abusive)) < 0.05
    return np.where(turned, 1 - abusive, abusive).astype(np.float64)


def in_part(seed, abusive):
    """Of 30 % of the claims; 0 of the others, as a count of verdicts would be."""
    return np.where(np.random.default_rng(seed).random(len(abusive)) < 0.3, abusive, 0).astype(np.float64)


def larger(dataset, times):
    """The same claims several times, each time of other buyers."""

    def repeat(period):
        buyers = np.concatenate([period.buyers + 1_000 * number for number in range(times)])
        again = period.take(np.tile(np.arange(len(period)), times))
        return replace(again, buyers=buyers)

    train, calibration, test = map(repeat, dataset.periods)
    return replace(dataset, train=train, calibration=calibration, test=test)


@pytest.fixture(scope="module")
def large(dataset):
    """Enough labels of either kind for a figure near its limit to be more than luck, and fewer columns."""
    columns = sorted({*range(0, len(dataset.columns), 8), dataset.columns.index(COLUMN)})
    narrow = [replace(period, vectors=period.vectors[:, columns]) for period in dataset.periods]
    names = tuple(dataset.columns[number] for number in columns)
    train, calibration, test = narrow
    return larger(replace(dataset, train=train, calibration=calibration, test=test, columns=names), 12)


def test_find_too_good_in_honest_columns_finds_nothing(dataset, large):
    """Each is tried, and the strongest is told."""
    for honest in (dataset, large):
        found, strongest = find_too_good(honest, {})
        assert found == []
        assert strongest.column in honest.columns
        assert 0.5 < strongest.auc < 0.9


@pytest.mark.parametrize("leak", [exact, noisy, in_part])
def test_find_too_good_in_a_column_made_of_the_verdict_finds_it_in_each_period(large, with_column, leak):
    """One line a period, each with the column, the figure and what to do."""
    found, _ = find_too_good(with_column(large, COLUMN, leak), {})
    assert [line.split(":")[0] for line in found] == [
        f"column {COLUMN}, period {name}" for name in ("train", "calibration", "test")
    ]
    figure = "alone finds 3" if leak is in_part else "alone ranks the labels with an AUC of "
    for line in found:
        assert figure in line
        assert f"--excuse '{COLUMN}=WHY'" in line


def test_find_too_good_in_a_period_alone_names_the_period(large, with_column):
    """A column that knows the labels it was made with, and no others, is found where it was made."""
    column = large.columns.index(COLUMN)
    leaked = with_column(large, COLUMN, exact)
    vectors = leaked.test.vectors.copy()
    vectors[:, column] = 0.0
    found, _ = find_too_good(replace(leaked, test=replace(leaked.test, vectors=vectors)), {})
    assert [line.split(":")[0] for line in found] == [
        f"column {COLUMN}, period train",
        f"column {COLUMN}, period calibration",
    ]


def test_find_too_good_in_few_labels_accuses_nobody(dataset, with_column):
    """Twenty labels that a column happens to tell are no proof."""

    def few(period):
        kinds = [np.flatnonzero(period.abusive == kind)[:12] for kind in (0, 1)]
        return period.take(np.sort(np.concatenate(kinds)))

    leaked = with_column(dataset, COLUMN, exact)
    train, calibration, test = map(few, leaked.periods)
    assert find_too_good(replace(leaked, train=train, calibration=calibration, test=test), {})[0] == []


def test_find_too_good_in_an_excused_column_passes_it(large, with_column):
    """It isn't the strongest either: that is one of the others."""
    found, strongest = find_too_good(with_column(large, COLUMN, exact), {COLUMN: "seen by hand"})
    assert found == []
    assert strongest.column != COLUMN


def test_find_too_good_with_an_excuse_for_no_column_says_so(dataset):
    """A mistyped name excuses nothing silently."""
    assert find_too_good(dataset, {"buyer_order_7d": "seen"})[0] == [
        "column buyer_order_7d is excused but isn't in the dataset; correct its name"
    ]
