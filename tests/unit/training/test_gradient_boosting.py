"""The model: the same again from the same seed, within the catalogue's directions, no larger than it should be."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from features.definition import Direction
from features.plan import Plan
from training.dataset import Period
from training.labels.propensity import effective_size
from training.model.gradient_boosting import boosting_parameters, fit, fit_early, make_dataset
from training.model.parameters import BoostingConfig
from training.model.weighing import weighed_for_fitting

pytestmark = pytest.mark.slow

RAISES = "buyer_abusive_verdicts_ever"
EITHER = "claim_amount_minor"
QUICK = BoostingConfig(rounds=40, learning_rate=0.2, feature_fraction=1.0, extra_trees=False)
ROWS = 900
EARLIER = ROWS * 4 // 5


def make_period(plan: Plan, column: str, sign: int, flip_from: int = ROWS) -> Period:
    """Claims of which one column tells the most: abuse rises (1) or falls (-1) with it; the last ones may differ."""
    random = np.random.default_rng(5)
    vectors = random.normal(size=(ROWS, len(plan.columns)))
    vectors[:, 3] = np.nan
    signs = np.where(np.arange(ROWS) < flip_from, sign, -sign)
    risk = 2.5 * signs * vectors[:, plan.names.index(column)] + 0.5 * random.normal(size=ROWS)
    abusive = (risk > 0.5).astype(np.int8)
    return Period("train", vectors, abusive, np.ones(ROWS), np.arange(ROWS, dtype=np.int64))


def halves(period: Period) -> tuple[Period, Period]:
    """The first four fifths and the last fifth: what is learned from first, and what chooses the number of trees."""
    return period.part(slice(None, EARLIER)), period.part(slice(EARLIER, None))


def raw_score_changes(booster, plan: Plan, column: str) -> np.ndarray:
    """How raw scores of random claims change when one column rises by a random step."""
    random = np.random.default_rng(6)
    rows = random.normal(size=(400, len(plan.columns)))
    raised = rows.copy()
    raised[:, plan.names.index(column)] += random.exponential(size=400)
    return booster.predict(raised, raw_score=True) - booster.predict(rows, raw_score=True)


def test_catalogue_has_the_directions_that_these_tests_use(plan):
    """One column may only raise the risk, the other may do either."""
    direction = dict(zip(plan.names, (column.direction for column in plan.columns), strict=True))
    assert (direction[RAISES], direction[EITHER]) == (Direction.RAISES, Direction.EITHER)


def test_fit_with_the_same_seed_gives_the_same_text(plan):
    """A model can be made again, byte for byte."""
    period = make_period(plan, EITHER, 1)
    config = replace(QUICK, feature_fraction=0.5)
    first, again = (fit(*halves(period), plan.columns, config).booster.model_to_string() for _ in range(2))
    assert first == again
    assert fit(*halves(period), plan.columns, replace(config, seed=8)).booster.model_to_string() != first


@pytest.mark.parametrize("sign", [1, -1])
def test_raising_a_column_that_may_only_raise_risk_never_lowers_a_raw_score(plan, sign):
    """More verdicts of abuse never make a claim look safer, even where the data say so."""
    changes = raw_score_changes(
        fit(*halves(make_period(plan, RAISES, sign)), plan.columns, QUICK).booster, plan, RAISES
    )
    assert (changes >= 0).all()
    assert (changes > 0).any() == (sign == 1)


@pytest.mark.parametrize("sign", [1, -1])
def test_raising_a_column_of_either_direction_moves_a_raw_score_as_the_data_say(plan, sign):
    """Where the catalogue leaves it open, the data decide."""
    changes = sign * raw_score_changes(
        fit(*halves(make_period(plan, EITHER, sign)), plan.columns, QUICK).booster, plan, EITHER
    )
    assert changes.mean() > 0.5


def test_fit_never_makes_more_trees_than_rounds(plan):
    """Rounds are the most trees there are, and the number that is reported is the number there is."""
    fitted = fit(*halves(make_period(plan, EITHER, 1)), plan.columns, replace(QUICK, rounds=7))
    assert 1 <= fitted.rounds <= 7
    assert fitted.booster.num_trees() == fitted.rounds


def test_fit_chooses_the_rounds_on_the_later_period(plan):
    """Where the later period contradicts the earlier one, more trees only get worse."""
    contradicted = fit(*halves(make_period(plan, EITHER, 1, flip_from=EARLIER)), plan.columns, QUICK)
    agreed = fit(*halves(make_period(plan, EITHER, 1)), plan.columns, QUICK)
    assert contradicted.rounds == 1
    assert agreed.rounds > 10
    assert agreed.log_loss < contradicted.log_loss


def test_fit_learns_from_the_later_period_too(plan):
    """After the number of trees is found, both are fitted: the latest claims are the most like the next."""
    period = make_period(plan, EITHER, 1)
    other = period.abusive.copy()
    other[-ROWS // 5 :] = np.random.default_rng(1).permutation(other[-ROWS // 5 :])
    one, two = (
        fit(*halves(part), plan.columns, replace(QUICK, rounds=1)).booster.model_to_string()
        for part in (period, replace(period, abusive=other))
    )
    assert one != two


def test_fit_counts_a_claim_for_its_weight(plan):
    """Claims that weigh next to nothing teach next to nothing."""
    period = make_period(plan, EITHER, 1)
    contrary = np.arange(ROWS) % 2 == 0
    mixed = replace(period, abusive=np.where(contrary, 1 - period.abusive, period.abusive).astype(np.int8))

    def direction(weights: np.ndarray) -> float:
        booster = fit(*halves(replace(mixed, weights=weights)), plan.columns, QUICK).booster
        return float(raw_score_changes(booster, plan, EITHER).mean())

    assert direction(np.where(contrary, 0.01, 1.0)) > 0.5
    assert direction(np.where(contrary, 1.0, 0.01)) < -0.5


def test_fit_reports_how_far_it_is(plan):
    """Long work says what it is at."""
    seen: list[tuple[int, int, str]] = []
    fitted = fit(*halves(make_period(plan, EITHER, 1)), plan.columns, QUICK, lambda *step: seen.append(step))
    assert seen[0] == (1, QUICK.rounds, "finding the number of trees")
    assert seen[-1] == (fitted.rounds, fitted.rounds, "fitting")


def test_model_names_its_columns_in_the_order_of_the_catalogue(plan):
    """A bundle's columns can be held against its model."""
    booster = fit(*halves(make_period(plan, EITHER, 1)), plan.columns, replace(QUICK, rounds=1)).booster
    assert tuple(booster.feature_name()) == plan.names


def test_later_scores_are_by_a_booster_that_never_saw_the_later_period(plan):
    """What is calibrated is what a model makes of claims that are new to it."""
    period, config = make_period(plan, EITHER, 1), replace(QUICK, rounds=5, patience=50)
    fitted = fit(*halves(period), plan.columns, config)
    early = fit_early(*halves(period), plan.columns, config)
    later = period.vectors[EARLIER:]
    assert fitted.later_scores.tolist() == early.predict(later, raw_score=True).tolist()
    assert fitted.later_scores.tolist() != fitted.booster.predict(later, raw_score=True).tolist()


def test_fit_cuts_the_largest_weights_of_the_later_period(plan):
    """Weights of a period that stand for all claims are whole; in fitting, no dozen of claims may be the model."""
    earlier, later = halves(make_period(plan, EITHER, 1))
    heavy = replace(later, weights=np.where(np.arange(len(later)) % 15 == 0, 100.0, 1.0))
    cut = weighed_for_fitting(heavy)
    one, two = (fit(earlier, part, plan.columns, QUICK).booster.model_to_string() for part in (heavy, cut))
    assert one == two
    assert effective_size(heavy.weights) < 0.2 * len(later)
    assert effective_size(cut.weights) == pytest.approx(0.5 * len(later), rel=0.01)
    assert cut.weights.sum() == pytest.approx(heavy.weights.sum())


def test_weights_that_leave_enough_claims_their_worth_are_not_cut(plan):
    """Where no few claims outweigh the others, fitting counts as figures do."""
    period = replace(make_period(plan, EITHER, 1), weights=np.linspace(0.5, 1.5, ROWS))
    assert weighed_for_fitting(period).weights == pytest.approx(period.weights)


def test_fit_of_two_periods_is_that_of_their_claims_in_one(plan):
    """Periods are handed over one after the other, and make the model that one array would."""
    period = make_period(plan, EITHER, 1)
    fitted = fit(*halves(period), plan.columns, replace(QUICK, rounds=6, patience=50))
    parameters = boosting_parameters(plan.columns, replace(QUICK, rounds=6, patience=50))
    whole = lightgbm.train(parameters, make_dataset([period], plan.columns, parameters), fitted.rounds)
    assert fitted.booster.model_to_string() == whole.model_to_string()
