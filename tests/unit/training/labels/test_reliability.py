"""Whom to rely on, told where several ruled; where nobody can tell, it is said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.events import VERDICT_SOURCES
from tests.unit.training.labels.worlds import APPEAL, AUDIT, INSPECTION, REVIEWER, bench, look
from training.labels.dawid_skene import Beliefs, Votes, collapse, estimate, log_posterior, probabilities
from training.labels.reliability import estimate_reliability
from training.labels.sources import RANKING, default_rates

TRUE_RATES = {REVIEWER: (0.78, 0.96), INSPECTION: (0.65, 0.99), AUDIT: (0.92, 0.97)}


@pytest.fixture
def random():
    return np.random.default_rng(5)


def within(reliability, source, rates, errors=3.5):
    """Whether a source's rates lie within so many of their standard errors of the true ones."""
    off = np.abs(reliability.rates[source] - rates) / reliability.errors[source]
    return bool((off < errors).all())


@pytest.mark.parametrize("seed", range(4))
def test_rates_of_sources_that_look_at_random_are_told_within_their_errors(seed):
    """Drawn with known rates, found again, by sources that share some of their claims."""
    random = np.random.default_rng(seed)
    world = bench(random)
    for source, rates in TRUE_RATES.items():
        claim = np.flatnonzero(random.random(len(world.truth)) < 0.5)
        world.rule(claim, source, look(random, world.truth[claim], *rates))
    reliability = estimate_reliability(world.rulings())
    for source, rates in TRUE_RATES.items():
        assert within(reliability, source, rates)
        assert reliability.errors[source].max() < 0.03
        assert reliability.estimated[source]


@pytest.mark.parametrize("seed", range(4))
def test_rates_of_a_reviewer_whose_accusations_alone_are_appealed_are_told_right(seed):
    """Appeals show only accusations; whoever counted those on both sides would find no reviewer ever clears anybody."""
    random = np.random.default_rng(seed)
    world = bench(random, claims=60_000)
    claim = np.arange(len(world.truth))
    found = look(random, world.truth, 0.8, 0.95)
    world.rule(claim, REVIEWER, found)
    again = np.flatnonzero(random.random(len(claim)) < 0.1)
    world.rule(again, AUDIT, look(random, world.truth[again], 0.9, 0.98))
    appealed = np.flatnonzero((found == 1) & (random.random(len(claim)) < 0.4))
    world.rule(appealed, APPEAL, look(random, world.truth[appealed], 0.95, 0.985))
    reliability = estimate_reliability(world.rulings())
    assert within(reliability, REVIEWER, (0.8, 0.95))
    assert reliability.rates[REVIEWER, 1] > 0.9


def test_rates_of_sources_with_other_work_are_not_told_by_how_often_they_find_abuse(random):
    """Inspections see half as much abuse as reviewers do; with equal eyes, they get equal rates."""
    world = bench(random, claims=40_000)
    suspicious = random.random(len(world.truth)) < np.where(world.truth == 1, 0.8, 0.3)
    for source, chosen in ((REVIEWER, suspicious), (INSPECTION, ~suspicious)):
        claim = np.flatnonzero(chosen)
        world.rule(claim, source, look(random, world.truth[claim], 0.8, 0.96))
    again = np.flatnonzero(random.random(len(world.truth)) < 0.15)
    world.rule(again, AUDIT, look(random, world.truth[again], 0.92, 0.97))
    reliability = estimate_reliability(world.rulings())
    assert within(reliability, REVIEWER, (0.8, 0.96))
    assert within(reliability, INSPECTION, (0.8, 0.96))
    assert reliability.shares[REVIEWER] > 2 * reliability.shares[INSPECTION]


def test_rates_without_a_claim_that_two_ruled_on_are_assumed_and_said_to_be(random):
    """One verdict a claim tells nothing of who errs, however many there are."""
    world = bench(random)
    half = np.arange(len(world.truth) // 2)
    world.rule(half, REVIEWER, look(random, world.truth[half], 0.5, 0.8))
    reliability = estimate_reliability(world.rulings())
    assert reliability.rates[: len(VERDICT_SOURCES)].tolist() == default_rates().tolist()
    assert np.isinf(reliability.errors).all()
    assert not reliability.estimated.any()
    assert reliability.defaults == ("reviewer",)


def test_rates_of_a_source_that_nobody_looked_after_are_assumed_beside_others(random):
    """Two reviewers tell of each other, and nothing of the inspections."""
    world = bench(random)
    first, second = np.arange(5_000), np.arange(5_000, 10_000)
    for number in (0, 1):
        world.rule(first, REVIEWER, look(random, world.truth[first], 0.7, 0.95), number)
    world.rule(second, INSPECTION, look(random, world.truth[second], 0.7, 0.95))
    reliability = estimate_reliability(world.rulings(2))
    assert reliability.defaults == ("inspection",)
    assert reliability.rates[INSPECTION].tolist() == default_rates()[INSPECTION].tolist()
    assert within(reliability, REVIEWER, (0.7, 0.95))


def test_ranking_of_sources_holds_every_source_above_chance():
    """Where data tell nothing, each source is assumed to know more than a coin does; the order is that of the words."""
    assert set(RANKING) == set(VERDICT_SOURCES)
    assert all(rates.sensitivity + rates.specificity > 1.5 for rates in RANKING.values())
    assert [rates.sensitivity for rates in RANKING.values()] == sorted(
        (rates.sensitivity for rates in RANKING.values()), reverse=True
    )


# reviewers


def doubly_reviewed(random, rates, share=0.4):
    """Claims that one reviewer after another takes in turn, a share of them with a second one."""
    world = bench(random, claims=6_000 * len(rates))
    first = random.integers(0, len(rates), len(world.truth))
    second = (first + random.integers(1, len(rates), len(first))) % len(rates)
    again = random.random(len(first)) < share
    for number, (sensitivity, specificity) in enumerate(rates):
        for reviewer, chosen in ((first, True), (second, again)):
            claim = np.flatnonzero((reviewer == number) & chosen)
            world.rule(claim, REVIEWER, look(random, world.truth[claim], sensitivity, specificity), number)
    return world


def test_rates_of_reviewers_are_told_apart_within_their_errors(random):
    """A careless one among careful ones is found, and the others stay clear of him."""
    rates = [(0.85, 0.98), (0.85, 0.98), (0.5, 0.98), (0.85, 0.9), (0.85, 0.98)]
    world = doubly_reviewed(random, rates)
    reliability = estimate_reliability(world.rulings(len(rates)))
    for number, true in enumerate(rates):
        assert within(reliability, len(VERDICT_SOURCES) + number, true)
    assert reliability.rates[len(VERDICT_SOURCES) :, 0].argmin() == 2
    assert reliability.rates[len(VERDICT_SOURCES) :, 1].argmin() == 3


def test_rates_of_a_reviewer_with_three_cases_are_about_the_sources(random):
    """Three disagreements say little, and the error says so."""
    rates = [(0.85, 0.97)] * 4
    world = doubly_reviewed(random, rates)
    few = np.flatnonzero(world.truth == 0)[:3]
    world.rule(few, REVIEWER, 1, 4)  # wrong three times in three
    reliability = estimate_reliability(world.rulings(5))
    newcomer = len(VERDICT_SOURCES) + 4
    assert reliability.votes[newcomer] == 3
    assert reliability.rates[newcomer, 1] > 0.8
    assert reliability.errors[newcomer].min() > 2 * reliability.errors[len(VERDICT_SOURCES)].min()
    assert reliability.cases[newcomer].sum() == pytest.approx(3)


def test_rates_of_a_reviewer_of_hard_cases_are_not_told_by_how_many_are_abusive(random):
    """A specialist who sees three times the abuse is no worse for it."""
    world = doubly_reviewed(random, [(0.85, 0.97)] * 4, share=0.5)
    extra = bench(random, claims=8_000, abusive_share=0.45)
    claims = np.concatenate([world.truth, extra.truth])
    both = type(world)(claims, world.rows)
    special = np.arange(len(world.truth), len(claims))
    both.rule(special, REVIEWER, look(random, claims[special], 0.85, 0.97), 4)
    again = special[random.random(len(special)) < 0.2]
    both.rule(again, REVIEWER, look(random, claims[again], 0.85, 0.97), 0)
    reliability = estimate_reliability(both.rulings(5))
    assert within(reliability, len(VERDICT_SOURCES) + 4, (0.85, 0.97))
    assert reliability.shares[len(VERDICT_SOURCES) + 4] == pytest.approx(0.45, abs=0.04)


def test_undetermined_is_no_vote_and_is_counted(random):
    """Whoever couldn't tell is seen to have looked."""
    world = bench(random, claims=100)
    world.rule(np.arange(60), REVIEWER, 2, 0)
    world.rule(np.arange(60, 100), REVIEWER, look(random, world.truth[60:], 0.9, 0.9), 0)
    reliability = estimate_reliability(world.rulings(1))
    assert (reliability.votes[REVIEWER], reliability.undetermined[REVIEWER]) == (40, 60)
    assert (reliability.votes[-1], reliability.undetermined[-1]) == (40, 60)
    assert (reliability.rates[-1] == default_rates()[REVIEWER]).all()


# the model beneath

VOTES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=30)


def votes_of(drawn):
    """Votes of three voters on six cases; the first one on a case opens its group."""
    unique = sorted({(case, voter): found for case, voter, found in drawn}.items())
    cases = sorted({case for (case, _), _ in unique})
    case = np.array([cases.index(case) for (case, _), _ in unique])
    voter = np.array([voter for (_, voter), _ in unique])
    first = np.unique(case, return_index=True)[1]
    found = np.array([found for _, found in unique])
    return Votes(case, voter, found, voter[first], np.ones(len(cases)))


def prior(rate_counts=4.0):
    return Beliefs(np.full((3, 2), 0.8), np.full(3, 0.3), np.full((3, 2), rate_counts), np.full(3, 2.0))


@settings(deadline=None)  # a busy machine is no failure
@given(drawn=VOTES)
def test_estimates_of_any_votes_are_those_of_their_patterns(drawn):
    """Equal cases put together are the same cases."""
    votes = votes_of(drawn)
    patterns = collapse(votes)
    assert patterns.weight.sum() == len(votes.group)
    assert len(patterns.group) <= len(votes.group)
    one, other = estimate(votes, prior()), estimate(patterns, prior())
    assert one.rates == pytest.approx(other.rates, abs=1e-9)
    assert one.shares == pytest.approx(other.shares, abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(drawn=VOTES)
def test_estimates_of_any_votes_are_more_probable_than_what_lies_beside_them(drawn):
    """EM ends on a top, priors included."""
    votes, before = votes_of(drawn), prior()
    found = estimate(votes, before)
    top = log_posterior(votes, found, before)
    for step in (-0.01, 0.01):
        for place in np.ndindex(3, 2):
            rates = found.rates.copy()
            rates[place] += step
            if 0 < rates[place] < 1:
                beside = Beliefs(rates, found.shares, found.rate_counts, found.share_counts)
                assert log_posterior(votes, beside, before) < top + 1e-6


@settings(deadline=None)
@given(drawn=VOTES)
def test_probability_of_any_case_lies_strictly_between_none_and_one(drawn):
    """Nobody is ever beyond doubt."""
    votes = votes_of(drawn)
    found = estimate(votes, prior())
    chances = probabilities(votes, found.rates, found.shares)
    assert ((chances > 0) & (chances < 1)).all()


def test_estimates_of_votes_with_classes_swapped_keep_to_the_prior(random):
    """All voters are better than chance together: the same data can't be read as everybody always being wrong."""
    world = bench(random, claims=5_000, abusive_share=0.7)
    for source in (REVIEWER, INSPECTION, AUDIT):
        world.rule(np.arange(5_000), source, look(random, world.truth, 0.75, 0.75))
    reliability = estimate_reliability(world.rulings())
    assert reliability.shares[REVIEWER] == pytest.approx(0.7, abs=0.05)
    for source in (REVIEWER, INSPECTION, AUDIT):
        assert within(reliability, source, (0.75, 0.75))
