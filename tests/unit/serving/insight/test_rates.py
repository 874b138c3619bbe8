"""The special functions are SciPy's, and few cases say little."""

import math

import numpy as np
import pytest
from scipy import special, stats

from serving.insight import rates

SHAPES = np.array([0.03, 0.4, 1.0, 2.5, 17.0, 320.0, 9_800.0])
CHANCES = np.array([0.025, 0.5, 0.975])[:, np.newaxis]


def test_log_gamma_is_that_of_the_standard_library():
    """From close to 0 to the largest counts."""
    numbers = np.array([1e-6, 0.03, 0.5, 1.0, 2.0, 8.9, 9.0, 250.5, 1e7])
    known = np.array([math.lgamma(number) for number in numbers])
    np.testing.assert_allclose(rates.log_gamma(numbers), known, rtol=1e-13, atol=1e-13)


def test_gamma_is_scipys_in_both_directions():
    """Quantiles of small shapes lie close to 0, and are exact there as well."""
    quantiles = rates.gamma_quantile(CHANCES, SHAPES)
    np.testing.assert_allclose(quantiles, special.gammaincinv(SHAPES, CHANCES), rtol=1e-8)
    np.testing.assert_allclose(rates.gamma_cdf(quantiles, SHAPES), np.broadcast_to(CHANCES, (3, 7)), atol=1e-11)


def test_beta_is_scipys_in_both_directions():
    """From shapes below 1, where the density has poles, to thousands."""
    a, b = SHAPES[1:], SHAPES[:0:-1]
    quantiles = rates.beta_quantile(CHANCES, a, b)
    np.testing.assert_allclose(quantiles, special.betaincinv(a, b, CHANCES), rtol=1e-7, atol=1e-12)
    x = np.linspace(-0.1, 1.1, 13)[:, np.newaxis]
    np.testing.assert_allclose(rates.beta_cdf(x, a, b), stats.beta.cdf(x, a, b), atol=1e-11)


def test_normal_is_scipys():
    """On both sides, and in the middle."""
    z = np.array([-8.0, -1.96, -0.1, 0.0, 0.1, 3.0])
    np.testing.assert_allclose(rates.normal_cdf(z), stats.norm.cdf(z), atol=1e-14)


@pytest.mark.parametrize(("hits", "tries"), [(0, 0), (0, 7), (3, 7), (7, 7), (40, 9_000)])
def test_share_interval_is_the_exact_one(hits, tries):
    """Clopper and Pearson's, with its ends at 0 and 1 where no case lies on one side."""
    low, high = rates.share_interval(hits, tries)
    if tries:
        exact = stats.binomtest(hits, tries).proportion_ci(method="exact")
        assert (float(low), float(high)) == pytest.approx((exact.low, exact.high), abs=1e-9)
        wilson = stats.binomtest(hits, tries).proportion_ci(method="wilson")
        assert [float(end) for end in rates.wilson(hits, tries)] == pytest.approx([wilson.low, wilson.high], abs=1e-9)
    else:
        assert (float(low), float(high)) == (0, 1)
        assert np.isnan(rates.wilson(0, 0)).all()


@pytest.mark.parametrize("tries", [1, 7, 10, 49, 9_000])
def test_wilson_interval_at_either_end_holds_the_share(tries):
    """No rounding takes 0 of n below 0 or n of n out of its own interval, and the two mirror each other."""
    low, high = rates.wilson_of(0, tries)
    assert (low, high > 0) == (0.0, True)
    assert rates.wilson_of(tries, tries) == (pytest.approx(1 - high), 1.0)


@pytest.mark.parametrize("count", [0, 1, 5, 40, 2_000])
def test_interval_of_a_count_is_the_exact_one(count):
    """Garwood's, by the chi-square distribution that he gives it by."""
    low, high = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0, stats.chi2.ppf(0.975, 2 * count + 2) / 2
    assert rates.count_interval(count) == pytest.approx((low, high), rel=1e-8)


def test_strength_of_the_prior_is_found_again():
    """Ratios drawn from Gamma(4, 4) are shrunk by a prior worth about 4 expected claims, and covered as promised."""
    rng = np.random.default_rng(7)
    expected = rng.lognormal(1.0, 1.0, 1_500)
    truth = rng.gamma(4, 0.25, 1_500)
    shrunk = rates.shrink_ratios(rng.poisson(truth * expected), expected)
    assert 3 < shrunk.strength < 5.5
    assert 0.93 < ((shrunk.low <= truth) & (truth <= shrunk.high)).mean() < 0.97


def test_share_of_a_few_cases_stays_near_the_middle():
    """One hit of two is drawn to what is usual far more than a hundred of two hundred; who has no case stands there."""
    hits, tries = np.array([1, 100, 0, 20, 5, 30]), np.array([2, 200, 0, 200, 200, 200])
    shrunk = rates.shrink_shares(hits, tries)
    few, many, none = shrunk.value[:3]
    assert shrunk.middle < few < many
    assert shrunk.standing[1, 2] == pytest.approx(0.5, abs=1e-9)
    assert none == pytest.approx(stats.beta(*prior_of(shrunk)).median(), abs=1e-9)


def prior_of(shrunk: rates.Shrunk) -> tuple[float, float]:
    return shrunk.middle * shrunk.strength, (1 - shrunk.middle) * shrunk.strength


def test_means_that_differ_by_chance_alone_are_told_as_one():
    """Without anything between them beyond what luck does, all means are the common one."""
    counts = np.array([4.0, 4.0, 4.0])
    shrunk = rates.shrink_means(counts * 3, counts * 10, counts)  # 2 and 4 by turns, for each
    np.testing.assert_allclose(shrunk.value, 3.0)
    assert shrunk.strength == rates.STRONGEST


def test_nothing_at_all_is_shrunk_without_a_fault():
    """A platform without merchants, and one whose merchants have no case."""
    for shrink in (rates.shrink_ratios, rates.shrink_shares):
        assert shrink(np.zeros(0), np.zeros(0)).value.shape == (0,)
        assert np.isfinite(shrink(np.zeros(2), np.zeros(2)).value).all()
    assert np.isfinite(rates.shrink_means(np.zeros(2), np.zeros(2), np.zeros(2)).value).all()
