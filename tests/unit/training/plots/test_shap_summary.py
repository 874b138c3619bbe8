"""The beeswarm shows what moves the model: exact parts, the largest first, each dot where its value puts it."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from training.plots.shap_summary import Contributions, contributions, shap_summary_plot, value_ranks

COLUMNS = tuple(f"column_{number}" for number in range(30))
RANDOM = np.random.default_rng(4)
VECTORS = RANDOM.random((800, 30))
VECTORS[:100, 3] = np.nan


@pytest.fixture(scope="module")
def booster():
    """A model of two columns and some noise: column 3 speaks for, column 7 against."""
    outcome = (np.nan_to_num(VECTORS[:, 3]) - VECTORS[:, 7] + 0.3 * RANDOM.standard_normal(800) > 0).astype(int)
    data = lightgbm.Dataset(VECTORS, outcome, feature_name=list(COLUMNS))
    return lightgbm.train({"objective": "binary", "verbosity": -1, "num_leaves": 4}, data, num_boost_round=15)


@pytest.fixture(scope="module")
def explained(booster):
    return contributions(booster, COLUMNS, VECTORS, seed=7)


def dots(figure, name):
    """Where a column's dots lie, and their colours as ranks (None where they have one colour)."""
    (found,) = [each for each in figure.axes[0].collections if each.get_gid() == name]
    return np.asarray(found.get_offsets()), found.get_array()


def test_contributions_add_up_to_the_raw_score(booster):
    """With what all claims begin with, they are the model's own score, claim by claim."""
    few = contributions(booster, COLUMNS, VECTORS[:50], seed=7)
    raw = booster.predict(few.vectors, raw_score=True)
    rest = raw - few.values.sum(axis=1)
    assert rest == pytest.approx(np.full(50, rest[0]))


def test_contributions_are_of_at_most_500_rows_drawn_by_the_seed(booster, explained):
    """The same seed draws the same claims, another seed others, and none comes twice."""
    again, other = (contributions(booster, COLUMNS, VECTORS, seed) for seed in (7, 8))
    assert explained.values.shape == (500, 30)
    assert np.array_equal(again.values, explained.values)
    assert not np.array_equal(other.vectors, explained.vectors)
    assert len(np.unique(explained.vectors[:, 0])) == 500


def test_largest_columns_come_first_and_idle_ones_not_at_all(explained):
    """Importance is the mean absolute part."""
    top = explained.largest()
    means = np.abs(top.values).mean(axis=0)
    assert set(top.columns[:2]) == {"column_3", "column_7"}
    assert (np.diff(means) <= 0).all()
    assert (means > 0).all()
    assert len(top.columns) <= 20


def test_ranks_run_from_0_to_1_over_what_is_known():
    """Equal values rank alike, a long tail takes no more room than another, and missing stays missing."""
    ranks = value_ranks(np.array([5.0, 1.0, np.nan, 1_000_000.0, 5.0]))
    assert ranks.tolist() == pytest.approx([0.5, 0.0, np.nan, 1.0, 0.5], nan_ok=True)
    assert value_ranks(np.array([np.nan, 3.0])).tolist() == pytest.approx([np.nan, 0.5], nan_ok=True)
    assert np.isnan(value_ranks(np.array([np.nan]))).all()


def test_plot_puts_each_dot_at_its_part_and_colours_it_by_rank(explained):
    """High values of column 3 lie right, those of column 7 left."""
    figure = shap_summary_plot(explained)
    for name, sign in (("column_3", 1), ("column_7", -1)):
        at = COLUMNS.index(name)
        known = np.isfinite(explained.vectors[:, at])
        places, ranks = dots(figure, name)
        assert places[:, 0].tolist() == explained.values[known, at].tolist()
        assert np.sign(np.corrcoef(places[:, 0], ranks)[0, 1]) == sign
    missing, _ = dots(figure, "column_3 missing")
    assert len(missing) == np.isnan(explained.vectors[:, 3]).sum() > 0


def test_plot_keeps_each_dot_in_the_row_of_its_column(explained):
    """The most important is on top, and no dot lies nearer to another row."""
    figure = shap_summary_plot(explained)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == list(explained.largest().columns)
    for row, name in enumerate(names):
        places, _ = dots(figure, name)
        assert (np.abs(places[:, 1] - (len(names) - 1 - row)) < 0.5).all()


def test_plot_of_a_model_that_leans_on_nothing_is_drawn():
    """A model of one leaf has no rows, and no error."""
    figure = shap_summary_plot(Contributions(COLUMNS, np.zeros((5, 30)), np.ones((5, 30))))
    assert len(figure.axes[0].get_yticks()) == 0
