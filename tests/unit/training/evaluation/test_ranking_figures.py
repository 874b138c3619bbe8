"""Figures of order under any draw are scikit-learn's of the claims so often."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from training.evaluation.ranking_figures import FALSE_POSITIVES, RankingFigures

RANDOM = np.random.default_rng(5)
N, BUYERS, DRAWS = 400, 90, 6
BUYER = RANDOM.integers(0, BUYERS, N)
WEIGHTS = RANDOM.random(N) + 0.2
ABUSIVE = (RANDOM.random(N) < 0.2).astype(np.int8)
COUNTS = RANDOM.poisson(1.0, (DRAWS, BUYERS)).astype(np.float64)
RANKINGS = {
    "no two equal": RANDOM.random(N) + 0.3 * ABUSIVE,
    "many equal": np.round(RANDOM.random(N) + 0.3 * ABUSIVE, 1),
    "all equal": np.zeros(N),
    "perfect": ABUSIVE.astype(np.float64),
    "upside down": -RANDOM.random(N) - ABUSIVE,
}


def figures(ranking, counts=COUNTS, weights=WEIGHTS, abusive=ABUSIVE, buyer=BUYER):
    return RankingFigures.of(abusive, ranking, weights, buyer)(counts)


@pytest.fixture(params=list(RANKINGS))
def ranking(request):
    return RANKINGS[request.param]


def test_average_precision_and_auc_under_each_draw_are_those_of_scikit_learn(ranking):
    """A buyer drawn twice weighs twice, and one that wasn't drawn nothing."""
    found = figures(ranking)
    for draw, counts in enumerate(COUNTS):
        weights = WEIGHTS * counts[BUYER]
        kept = weights > 0
        given = (ABUSIVE[kept], ranking[kept])
        expected = average_precision_score(*given, sample_weight=weights[kept])
        assert found["average_precision"][draw] == pytest.approx(expected)
        assert found["auc"][draw] == pytest.approx(roc_auc_score(*given, sample_weight=weights[kept]))


@pytest.mark.parametrize(("name", "most"), FALSE_POSITIVES.items())
def test_recall_at_false_positives_is_where_the_roc_curve_crosses_them(ranking, name, most):
    """Of equal ranks some are taken by chance: a straight line between the points of scikit-learn's curve."""
    found = figures(ranking)[name]
    for draw, counts in enumerate(COUNTS):
        false, true, _ = roc_curve(ABUSIVE, ranking, sample_weight=WEIGHTS * counts[BUYER], drop_intermediate=False)
        # of several points at the same share, the last and highest one
        expected = np.interp(most + 1e-9, false, true)
        assert found[draw] == pytest.approx(expected, abs=1e-6)


def test_recall_counts_abuse_found_before_the_next_honest_claim():
    """Of 100 honest claims one may be found: then all abuse ranked above the second one is found too."""
    abusive = np.array([1, 0, 1, 1, 0, 1] + [0] * 98, dtype=np.int8)
    n = len(abusive)
    found = figures(-np.arange(n, dtype=np.float64), np.ones((1, n)), np.ones(n), abusive, np.arange(n))
    assert found["recall_at_1_fpr"].tolist() == [0.75]
    assert found["recall_at_5_fpr"].tolist() == [1.0]


def test_figures_of_claims_of_one_kind_are_unknown():
    """A draw without an abusive claim tells nothing about finding them."""
    counts = np.ones((2, N))
    counts[0, ABUSIVE == 1] = 0
    found = figures(RANKINGS["many equal"], counts, buyer=np.arange(N))
    for values in found.values():
        assert np.isnan(values[0])
        assert np.isfinite(values[1])


def test_brief_figures_are_the_average_precision_alone():
    """Slices ask for no more, and it is the same number."""
    brief = RankingFigures.of(ABUSIVE, RANKINGS["many equal"], WEIGHTS, BUYER, brief=True)(COUNTS)
    assert list(brief) == ["average_precision"]
    assert brief["average_precision"].tolist() == figures(RANKINGS["many equal"])["average_precision"].tolist()
