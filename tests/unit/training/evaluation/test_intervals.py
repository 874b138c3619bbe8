"""Intervals come from drawing whole buyers, and every figure from the same draws."""

import numpy as np
import pytest

from training.evaluation.intervals import Drawn, Ratios, bootstrap

RANDOM = np.random.default_rng(3)
VALUES = RANDOM.random(300)
WEIGHTS = RANDOM.random(300) + 0.5
BUYER = RANDOM.integers(0, 60, 300)


def mean_of(values, buyer, *, weights=None, replicates=200, seed=7, claims=None):
    weights = np.ones(len(values)) if weights is None else weights
    statistics = {"all": [Ratios.of(buyer, mean=(values, weights))]}
    buyers = int(buyer.max()) + 1
    return bootstrap(statistics, buyers, claims or len(values), replicates, seed)["all"]["mean"]


def test_draws_of_a_mean_are_those_of_buyers_drawn_by_hand():
    """Each draw takes as many buyers as there are, with replacement, each with all its claims."""
    drawn = mean_of(VALUES, BUYER, weights=WEIGHTS, replicates=5)
    random = np.random.default_rng(7)
    for found in drawn.draws:
        buyers = random.integers(0, 60, 60)
        rows = np.concatenate([np.flatnonzero(buyer == BUYER) for buyer in buyers])
        assert found == pytest.approx(np.average(VALUES[rows], weights=WEIGHTS[rows]))
    assert drawn.value == pytest.approx(np.average(VALUES, weights=WEIGHTS))


def test_interval_of_draws_is_between_their_percentiles():
    """95 % of the draws lie between its ends; draws that tell nothing play no part."""
    drawn = Drawn(0.5, np.array([*np.linspace(0, 1, 41), np.nan]))
    assert drawn.interval().as_json() == pytest.approx([0.5, 0.025, 0.975])


def test_interval_of_a_figure_that_nobody_can_tell_is_unknown():
    """A mean over no claims has no value and no ends."""
    nothing = mean_of(VALUES, BUYER, weights=np.zeros(300), replicates=3)
    assert np.isnan(nothing.interval().as_json()).all()
    assert np.isnan(nothing.mirrored(0.0).as_json()).all()


@pytest.mark.parametrize(("least", "low"), [(-np.inf, -0.1), (0.0, 0.0)])
def test_mirrored_interval_turns_draws_round_the_figure_and_holds_it(least, low):
    """Draws that lie above the figure say that it lies above the truth."""
    drawn = Drawn(0.2, np.linspace(0.25, 0.5, 101))
    mirrored = drawn.mirrored(least)
    assert (mirrored.low, mirrored.high) == (pytest.approx(low, abs=0.01), 0.2)


def test_draws_do_not_depend_on_how_many_are_made_at_once():
    """With a million claims in each, they are made one by one, and are the same."""
    one_by_one = mean_of(VALUES, BUYER, replicates=20, claims=1 << 30)
    assert one_by_one.draws.tolist() == pytest.approx(mean_of(VALUES, BUYER, replicates=20).draws.tolist(), abs=1e-15)


def test_draws_with_another_seed_are_others():
    """The seed decides."""
    first, same, other = (mean_of(VALUES, BUYER, replicates=5, seed=seed) for seed in (1, 1, 2))
    assert first.draws.tolist() == same.draws.tolist() != other.draws.tolist()


def test_interval_by_buyer_is_wider_where_claims_of_a_buyer_are_alike():
    """Ten equal claims of each buyer tell no more than one: the interval is about the root of ten as wide."""
    values, buyer = np.repeat(RANDOM.random(80), 10), np.repeat(np.arange(80), 10)
    by_buyer, by_claim = (mean_of(values, of).interval() for of in (buyer, np.arange(800)))
    widths = (by_buyer.high - by_buyer.low) / (by_claim.high - by_claim.low)
    assert widths == pytest.approx(np.sqrt(10), rel=0.3)


def test_difference_of_equal_figures_is_zero_in_every_draw():
    """From the same draws nothing is left of it, not even rounding."""
    statistics = {name: [Ratios.of(BUYER, mean=(VALUES, WEIGHTS))] for name in ("one", "other")}
    drawn = bootstrap(statistics, 60, 300, 50, 7)
    assert drawn["one"]["mean"].less(drawn["other"]["mean"]).interval().as_json() == [0, 0, 0]


def test_ratios_count_only_claims_with_a_weight():
    """What a claim outside holds doesn't matter, be it no number."""
    values = np.where(WEIGHTS > 1, VALUES, np.nan)
    inside = np.where(WEIGHTS > 1, WEIGHTS, 0.0)
    expected = np.average(VALUES[WEIGHTS > 1], weights=WEIGHTS[WEIGHTS > 1])
    assert mean_of(values, BUYER, weights=inside, replicates=1).value == pytest.approx(expected)
