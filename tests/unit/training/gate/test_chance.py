"""How far a calibration error may come from chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.training.gate.duels import challenged, drawn_duel, truth_of
from training.evaluation.metrics import probability_metrics
from training.gate.chance import tolerated_error
from training.gate.duel import Duel


def test_tolerated_error_is_passed_by_models_that_are_right():
    """Of thirty worlds in which the probabilities are true, about two show more than is tolerated at limit 0."""
    shown, beyond = [], 0
    for seed in range(200, 230):
        duel = drawn_duel(seed, claims=600)
        shown.append(error_of(duel))
        beyond += shown[-1] > tolerated_error(duel, duel.challenger, 0.0, rounds=40)
    assert np.mean(shown) > 0.015  # by chance alone, more than the usual limit
    assert beyond <= 5


def test_tolerated_error_comes_down_to_the_limit_with_more_labels():
    """Chance goes as the root of the number of labels; what is left is the limit itself."""
    errors = []
    for claims in (500, 5_000, 50_000):
        duel = drawn_duel(claims=claims)
        errors.append(tolerated_error(duel, duel.challenger, 0.01, rounds=40))
    assert errors[0] > errors[1] > errors[2] > 0.01
    assert errors[2] < 0.014


def test_tolerated_error_of_few_heavy_labels_is_larger():
    """A label that stands for many makes chance larger, as do claims of one filing, which are decided together."""
    duel = drawn_duel(claims=2_000)
    plain = tolerated_error(duel, duel.challenger, 0.01, rounds=60)
    heavy = np.where(np.arange(2_000) % 20 == 0, 20.0, 0.1)
    filed_together = np.arange(2_000) // 8
    weighed = replace(duel, weight=heavy)
    together = replace(duel, buyer=filed_together, as_of_ms=filed_together)
    assert tolerated_error(weighed, duel.challenger, 0.01, rounds=60) > 1.5 * plain
    assert tolerated_error(together, duel.challenger, 0.01, rounds=60) > 1.2 * plain


def test_error_beyond_the_limit_and_chance_is_seen():
    """A model that is off by 5 points shows more than one that is off by 1 could."""
    duel = challenged(drawn_duel(), (truth_of() + 0.05).clip(0.004, 0.99))
    assert error_of(duel) > tolerated_error(duel, duel.challenger, 0.01, rounds=60)
    assert error_of(duel) == pytest.approx(0.05, abs=0.015)


def error_of(duel: Duel) -> float:
    """The calibration error that the challenger shows."""
    abusive = duel.abusive.astype(np.int8)
    return probability_metrics(abusive, duel.challenger.probability, duel.weight).calibration_error
