"""Alpha is what its author published, and doesn't hang on who or what comes first."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.cases.quality.agreement import agreement, krippendorff_alpha
from serving.cases.quality.chance import beta_interval, median, share

N = None
# K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections A, B and C
FOUR_CODERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3),
    (N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N),
)
TWO_BINARY = ((0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0))
TWO_NOMINAL = (tuple("aabbdcccedda"), tuple("babbbccceddd"))

RATINGS = st.lists(
    st.lists(st.sampled_from([None, "approve", "partly_approve", "deny"]), min_size=2, max_size=5),
    min_size=2,
    max_size=12,
)


@pytest.mark.parametrize(("raters", "alpha"), [(TWO_BINARY, 0.095), (TWO_NOMINAL, 0.692), (FOUR_CODERS, 0.743)])
def test_alpha_of_published_examples_is_the_published_one(raters, alpha):
    """Two coders with two names and with five, and four coders with gaps: as Krippendorff computed them."""
    assert round(krippendorff_alpha(zip(*raters, strict=True)), 3) == alpha


def test_alpha_equals_its_definition_by_pairs():
    """The definition itself: one minus observed over expected disagreement, pair by pair."""
    cases = [[value for value in case if value is not None] for case in zip(*FOUR_CODERS, strict=True)]
    cases = [case for case in cases if len(case) > 1]
    values = [value for case in cases for value in case]
    observed = sum(sum(one != other for one in case for other in case) / (len(case) - 1) for case in cases) / len(
        values
    )
    expected = sum(one != other for one in values for other in values) / (len(values) * (len(values) - 1))
    assert krippendorff_alpha(cases) == pytest.approx(1 - observed / expected)


@settings(deadline=None, max_examples=60)
@given(cases=RATINGS, random=st.randoms(use_true_random=False))
def test_alpha_doesnt_hang_on_order_or_names(cases, random):
    """Cases in another order, raters in another order, other words for the same ruling: the same alpha and share."""
    shuffled = [random.sample(case, len(case)) for case in random.sample(cases, len(cases))]
    words = {"approve": 7, "partly_approve": 8, "deny": 9, None: None}
    renamed = [[words[value] for value in case] for case in shuffled]
    one, other = agreement(cases), agreement(renamed)
    assert one.cases == other.cases
    assert one.alpha.value == pytest.approx(other.alpha.value, nan_ok=True)
    assert one.share.value == pytest.approx(other.share.value, nan_ok=True)


@settings(deadline=None, max_examples=40)
@given(values=st.lists(st.sampled_from("abc"), min_size=2, max_size=30), raters=st.integers(2, 4))
def test_alpha_of_perfect_agreement_is_one(values, raters):
    """Where all agree and not all cases are alike, alpha is 1; where all are alike, chance tells nothing."""
    found = krippendorff_alpha([[value] * raters for value in values])
    assert found == pytest.approx(1.0) if len(set(values)) > 1 else math.isnan(found)


def test_agreement_of_few_or_agreeing_cases_claims_no_certainty():
    """Ten agreeing cases don't prove that people always agree, and of three cases alpha has no bounds at all."""
    ten = agreement([["approve"] * 2] * 6 + [["deny"] * 2] * 4)
    assert (ten.alpha.value, ten.share.value) == (1.0, 1.0)
    assert ten.alpha.low < 0.7
    assert ten.share.low < 0.8
    assert math.isnan(agreement([["approve", "deny"], ["deny", "deny"], ["approve", "approve"]]).alpha.low)
    assert agreement([["approve", None], ["deny"]]).cases == 0


def test_agreement_of_simulated_pairs_holds_the_truth():
    """Two people who are right with chance 0.9 each: bounds from 150 cases hold alpha and share of endless ones."""
    random = np.random.default_rng(3)

    def pairs(count):
        truth = random.random(count) < 0.4
        seen = [np.where(random.random(count) < 0.9, truth, ~truth) for _ in range(2)]
        return list(zip(*(each.tolist() for each in seen), strict=True))

    truth = agreement(pairs(50_000))
    held = [agreement(pairs(150)) for _ in range(60)]
    alphas = sum(each.alpha.low <= truth.alpha.value <= each.alpha.high for each in held)
    shares = sum(each.share.low <= truth.share.value <= each.share.high for each in held)
    assert min(alphas, shares) >= 53


def test_intervals_of_shares_and_medians_are_those_of_their_distributions():
    """Bounds of known beta distributions, and a median that few values don't tell."""
    assert beta_interval(0.5, 0.5) == pytest.approx((0.00154, 0.99846), abs=2e-4)
    assert beta_interval(90.5, 10.5) == pytest.approx((0.82988, 0.94742), abs=1e-4)
    assert (share(0, 5).low, share(0, 0).is_told) == (0.0, False)
    assert not median([1, 2, 3, 4, 5]).is_told
    nine = median([9, 1, 8, 2, 7, 3, 6, 4, 5])
    assert (nine.low, nine.value, nine.high) == (1, 5.0, 9)
