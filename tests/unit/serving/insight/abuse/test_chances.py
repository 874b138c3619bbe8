"""How unlikely counts are, and how many findings that makes."""

import math

import numpy as np
import pytest

from serving.insight.abuse.chances import fit_shape, unlikely
from serving.insight.tails import tail


@pytest.mark.parametrize(("count", "expected", "shape"), [(3, 0.7, math.inf), (9, 0.2, 1.5), (2, 8.0, 4.0)])
def test_tail_is_what_the_terms_of_the_distribution_leave(count, expected, shape):
    """Both ends of the distribution add up to one."""
    if math.isinf(shape):
        below = sum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(count))
    else:
        ratio = expected / (shape + expected)
        below = sum(
            math.exp(math.lgamma(k + shape) - math.lgamma(shape) - math.lgamma(k + 1)) * (1 - ratio) ** shape * ratio**k
            for k in range(count)
        )
    assert tail(count, expected, shape) == pytest.approx(1 - below, abs=1e-12)


def test_shape_of_a_drawn_population_is_found_again():
    """Twenty thousand buyers around means that differ by a gamma of shape two."""
    rng = np.random.default_rng(7)
    expected = rng.uniform(0.2, 3.0, 20_000)
    counts = rng.poisson(expected * rng.gamma(2.0, 0.5, 20_000))
    assert fit_shape(counts, expected) == pytest.approx(2.0, rel=0.1)
    assert fit_shape(rng.poisson(expected), expected) > 30


def test_false_findings_among_true_ones_keep_to_their_share():
    """Of a thousand honest buyers and fifty that stand out, hardly more than a tenth of what is found is honest."""
    rng = np.random.default_rng(11)
    shares = []
    for _ in range(40):
        chances = np.concatenate([rng.uniform(0, 1, 1_000), rng.uniform(0, 1e-4, 50)])
        found = unlikely(chances, 1_050)
        shares.append((found < 1_000).mean() if len(found) else 0.0)
    assert np.mean(shares) < 0.12
    assert np.mean(shares) > 0.02  # and it isn't by finding nothing


def test_nothing_is_found_among_the_honest_nine_times_of_ten():
    """Where nobody stands out, the share is the chance of any finding at all."""
    rng = np.random.default_rng(13)
    assert np.mean([len(unlikely(rng.uniform(0, 1, 500), 500)) > 0 for _ in range(300)]) < 0.16


@pytest.mark.parametrize("shape", [math.inf, 2.0])
def test_tail_far_below_the_mean_is_nearly_all(shape):
    """Who has a thousandth of what is usual is no finding: only the first terms are too small for a float."""
    assert tail(3, 3_000.0, shape) == pytest.approx(1.0, abs=1e-4)
