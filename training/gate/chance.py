"""The calibration error that chance alone shows on given labels.

Ten parts of a few hundred claims each never match their probabilities exactly: a model that is right to the last digit
shows an error of some percent there. So a limit on the error is a limit on what lies behind it: a model is held to be
off by more than the limit only if one that is off by just the limit would hardly show so much.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from features.arrays import Ints
from training.evaluation.probability_figures import CalibrationError
from training.gate.duel import Duel, Side

ROUNDS: Final = 200
SHARE: Final = 0.95


def tolerated_error(duel: Duel, side: Side, limit: float, *, rounds: int = ROUNDS, seed: int = 7) -> float:
    """What a model that is off by `limit` shows on the duel's labels, at most, in 95 of 100 cases.

    The model's own probabilities are held to be too low, and then too high, by the limit, and outcomes are drawn from
    what would be true then; claims of one filing are decided by one draw. With ever more labels it becomes the limit.
    """
    rows = np.flatnonzero(duel.labelled)
    weights, given = duel.weight[rows], side.probability[rows]
    filing, filings = _filings(duel, rows)
    # each claim is its own buyer here, so that the sorted error tells the order in which it took them
    error = CalibrationError.of(duel.abusive[rows].astype(np.int8), given, weights, np.arange(len(rows)))
    order, (weight, promised, _) = error.buyer, error.columns
    random, once = np.random.default_rng(seed), np.ones((1, len(rows)))
    shown = np.empty((rounds, 2))
    for number in range(rounds):
        drawn = random.random(filings)[filing]
        for column, truth in enumerate((given + limit, given - limit)):
            outcome = replace(error, columns=(weight, promised, weight * (drawn < truth)[order]))
            shown[number, column] = outcome(once)["calibration_error"][0]
    return float(np.quantile(shown, SHARE, axis=0).max())


def _filings(duel: Duel, rows: Ints) -> tuple[Ints, int]:
    """The filing of each claim, from 0, and how many there are."""
    keys = np.stack([duel.buyer[rows], duel.as_of_ms[rows]], axis=1)
    found, filing = np.unique(keys, axis=0, return_inverse=True)
    return filing.reshape(-1), len(found)
