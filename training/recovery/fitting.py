"""The recovery model: small trees on what a merchant did with advances before, and on how it answers and delivers.

It looks at the columns of two reason codes only. There are few advances and hundreds of columns, many of which tell
merchants apart: on all of them the trees learn by heart who paid back, and that doesn't last. In five simulated worlds
of a year (1,048 to 3,455 examples) these columns gained 0.051 of log loss over a constant share, against the truth of
later honest claims, and all columns 0.032; with the half of the examples that a rehearsal has, 0.012 and nothing.

Nobody stops the trees early: on a few hundred examples it is chance that says when.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import lightgbm
import numpy as np

from features.arrays import Floats
from features.columns import Column
from serving.bundle import RecoveryHead
from serving.calibration import Calibration
from training.model.calibration import calibrate
from training.recovery.advances import Advances
from training.recovery.examples import Examples
from training.recovery.figures import as_cases, figures_of_test, log_loss

LOOKED_AT: Final = frozenset({"merchant_advances", "merchant_service"})  # reason codes
LEAST_EXAMPLES: Final = 300  # in seven simulated worlds with 318 to 633 five models were taken; each beat the constant
LEAST_OF_EACH: Final = 50.0  # advances' worth of what came back, and of what was lost
LEAST_TESTED: Final = 20.0  # the same in a period, before a figure about it means anything
MOST_OPEN: Final = 0.1  # of the examples; where more are open, settlements are missing from the events
LEAST_GAIN: Final = 0.001  # of log loss; less is none


@dataclass(frozen=True, slots=True)
class RecoveryConfig:
    """Parameters of LightGBM, under its own names; `later_share` is the last part of the examples, for calibration."""

    rounds: int = 80
    learning_rate: float = 0.03
    num_leaves: int = 4
    max_depth: int = 2
    min_data_in_leaf: int = 30
    lambda_l2: float = 10.0
    feature_fraction: float = 0.5
    bagging_fraction: float = 0.8
    bagging_freq: int = 1
    later_share: float = 0.25


@dataclass(frozen=True, slots=True)
class Recovery:
    """What came of it: a model, or why there is none.

    `figures` are by name: log losses on the examples after those that the trees learned from (`later_`), and what the
    rehearsal's model was worth on its test (`test_`), each beside those of a constant share; without a rehearsal, none
    of the latter.
    """

    advances: Advances
    head: RecoveryHead | None
    why_not: str | None
    figures: dict[str, float]


class _TooLittleError(Exception):
    """Why no model can be fitted, in words."""


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A booster with its calibration, and log losses on the later examples: before calibration, and of a constant."""

    booster: lightgbm.Booster
    calibration: Calibration
    log_loss: float
    constant_log_loss: float

    def probabilities(self, matrix: Floats) -> Floats:
        return self.calibration.probabilities(_raw_scores(self.booster, matrix))


def fit_recovery(advances: Advances, columns: tuple[Column, ...], config: RecoveryConfig, seed: int) -> Recovery:
    """Fit a recovery model if there is enough to learn from, and rehearse it.

    Args:
        advances: as `training.recovery.advances` draws them.
        columns: of the abuse model; those of the catalogue first, in its order. The recovery model takes the same.
        config: how to fit.
        seed: the same seed and advances give the same model.
    """
    figures = _rehearse(advances, columns, config, seed)
    try:
        fitted = _fit(advances.examples, columns, config, seed)
    except _TooLittleError as error:
        return Recovery(advances, None, str(error), figures)
    figures |= {"later_log_loss": fitted.log_loss, "later_constant_log_loss": fitted.constant_log_loss}
    if reason := _no_better(fitted):
        return Recovery(advances, None, reason, figures)
    head = RecoveryHead(fitted.booster.model_to_string(num_iteration=-1), fitted.calibration)
    return Recovery(advances, head, None, figures)


def _no_better(fitted: _Fitted) -> str | None:
    """Why a model is no better than a constant share on later advances; any gain will do.

    In 179 trials in which the columns said nothing 38 passed, and cost 0.011 of log loss, since calibration keeps them
    near the mean share. To ask for a gain beyond its standard error would let 4 % pass, but it refuses the model of a
    world with a thousand advances that gains 0.024; and a policy's default may be far off.
    """
    if fitted.log_loss < fitted.constant_log_loss - LEAST_GAIN:
        return None
    return (
        f"on later advances it did no better than a constant share: log loss {fitted.log_loss:.4f} against "
        f"{fitted.constant_log_loss:.4f}"
    )


def _rehearse(advances: Advances, columns: tuple[Column, ...], config: RecoveryConfig, seed: int) -> dict[str, float]:
    """Figures of a model made at an earlier moment, on the advances after it; none where either are too few."""
    if advances.rehearsal is None:
        return {}
    test = advances.examples.since(advances.rehearsal.known_by_ms)
    try:
        fitted = _fit(advances.rehearsal, columns, config, seed)
        _check_each("in the test", test.recovered_share, LEAST_TESTED)
    except _TooLittleError:
        return {}
    probabilities = fitted.probabilities(_matrix(test, columns))
    return figures_of_test(test.recovered_share, probabilities, advances.rehearsal.came_back)


def _fit(examples: Examples, columns: tuple[Column, ...], config: RecoveryConfig, seed: int) -> _Fitted:
    """Fit on the earlier examples and calibrate on the later ones.

    Raises:
        _TooLittleError: there are too few, or too many of them are open.
    """
    _check_examples(examples)
    later_from_ms = int(examples.as_of_ms[int(len(examples) * (1 - config.later_share))])
    early = examples.as_of_ms < later_from_ms
    share, matrix = examples.recovered_share, _matrix(examples, columns)
    _check_each("to fit on", share[early], LEAST_TESTED)
    _check_each("to calibrate on", share[~early], LEAST_TESTED)
    parameters = {name: value for name, value in asdict(config).items() if name not in {"rounds", "later_share"}}
    data = lightgbm.Dataset(matrix[early], share[early], feature_name=[column.name for column in columns])
    booster = lightgbm.train({**_FIXED, **parameters, "seed": seed}, data, config.rounds)
    raw_scores = _raw_scores(booster, matrix[~early])
    outcomes, row, weights = as_cases(share[~early])
    return _Fitted(
        booster,
        calibrate(raw_scores[row], outcomes, weights, row, seed).calibration,
        log_loss(share[~early], 1 / (1 + np.exp(-raw_scores))),
        log_loss(share[~early], float(share[early].mean())),
    )


_FIXED: Final = {
    "objective": "cross_entropy",  # takes shares as targets
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


def _check_examples(examples: Examples) -> None:
    if examples.advances == 0:
        raise _TooLittleError("no claim was ever answered with an advance")
    if len(examples) < LEAST_EXAMPLES:
        raise _TooLittleError(f"{len(examples):,} advances can teach, and it takes {LEAST_EXAMPLES}")
    if examples.open_share > MOST_OPEN:
        raise _TooLittleError(
            f"nothing is on record of {examples.open_share:.0%} of the advances that are old enough; report what came "
            "back of each in an advance_settled event, and 0 of what was written off"
        )
    _check_each("to learn from", examples.recovered_share, LEAST_OF_EACH)


def _check_each(what: str, share: Floats, least: float) -> None:
    """Both what came back and what was lost must amount to so many whole advances."""
    back = float(share.sum())
    lost = len(share) - back
    if min(back, lost) < least:
        raise _TooLittleError(
            f"of {len(share):,} advances {what}, {back:,.1f} came back and {lost:,.1f} were lost, and it takes "
            f"{least:.0f} of each"
        )


def _matrix(examples: Examples, columns: tuple[Column, ...]) -> Floats:
    """What the model takes, with nothing in the columns that it doesn't look at. Shape (n, columns)."""
    matrix = np.zeros((len(examples), len(columns)))
    seen = [number for number, column in enumerate(columns) if column.reason.code in LOOKED_AT]
    matrix[:, seen] = examples.vectors[:, seen]
    return matrix


def _raw_scores(booster: lightgbm.Booster, matrix: Floats) -> Floats:
    return np.asarray(booster.predict(matrix, raw_score=True), dtype=np.float64)
