"""Probes: rows that a bundle carries together with what the training tool's own predict made of them.

A service scores them again when it takes the bundle up. It scores through another library call, on another machine,
with another release of LightGBM perhaps: if anything there comes out otherwise, no claim is scored with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from serving.booster import Booster, BundleError
from serving.bundle_files import WRITE_AGAIN, FileShape, parse_shape
from serving.calibration import Calibration

PROBES_FILE: Final = "probes.json"
# a calibration interpolates, and processors may round that differently by a bit; sums of leaves are the same everywhere
_PROBABILITY_TOLERANCE: Final = 1e-12
_STAND_INS: Final = 16

Row: TypeAlias = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one model makes of the rows: raw scores (log-odds), and the calibrated probabilities made from them."""

    raw_scores: tuple[float, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Probes:
    """Rows of the model's columns, None where a value is missing, and what each model makes of them."""

    rows: tuple[Row, ...]
    abuse: Outcome
    recovery: Outcome | None

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The rows as float64, shape (n, columns); NaN means missing."""
        return np.array(self.rows, dtype=np.float64)


class _ProbesShape(FileShape):
    rows: tuple[Row, ...]
    abuse: Outcome
    recovery: Outcome | None


def parse_probes(text: str) -> Probes | None:
    """Read what `probes_json` was written to; None where the bundle has no probes.

    Raises:
        BundleError: the file has another shape.
    """
    if text == "null\n":
        return None
    shape = parse_shape(PROBES_FILE, text, _ProbesShape)
    return Probes(shape.rows, shape.abuse, shape.recovery)


def probes_json(probes: Probes | None) -> Mapping[str, JsonValue] | None:
    """Probes as JSON takes them."""
    return None if probes is None else asdict(probes)


def check_shape(probes: Probes | None, n_columns: int, *, recovers: bool) -> None:
    """Hold probes against the models that they are for.

    Raises:
        BundleError: there are none of them, or too many or too few of anything.
    """
    if probes is None:
        return
    if not probes.rows or any(len(row) != n_columns for row in probes.rows):
        raise BundleError(f"{PROBES_FILE}: must have rows of {n_columns} columns; {WRITE_AGAIN}")
    if (probes.recovery is not None) != recovers:
        must = "must tell" if recovers else "can't tell"
        raise BundleError(f"{PROBES_FILE}: {must} what a recovery model makes of its rows; {WRITE_AGAIN}")
    for outcome in (probes.abuse, probes.recovery):
        if outcome and not len(outcome.raw_scores) == len(outcome.probabilities) == len(probes.rows):
            raise BundleError(f"{PROBES_FILE}: has another number of outcomes than of rows; {WRITE_AGAIN}")


def stand_in_rows(n_columns: int) -> NDArray[np.float64]:
    """Rows for a bundle that carries none: all missing, all zero, and values of every size: float64, (n, columns)."""
    random = np.random.default_rng(0)
    rows = random.standard_t(2, (_STAND_INS, n_columns)) * 10.0 ** random.integers(-2, 7, n_columns)
    rows[random.random(rows.shape) < 0.2] = np.nan
    rows[0], rows[1] = np.nan, 0.0
    return rows


def check_scores(booster: Booster, calibration: Calibration, rows: NDArray[np.float64], known: Outcome | None) -> None:
    """Score rows one by one, as claims are scored, and hold that against the ordinary predict and what is known.

    Afterwards the model is warm: its memory was touched, by scoring and by explaining.

    Raises:
        BundleError: a row comes out otherwise.
    """
    ordinary = booster.raw_scores(rows).tolist()
    for number, row in enumerate(rows):
        raw_score = booster.raw_score(row)
        if raw_score != ordinary[number]:
            raise BundleError(
                f"row {number} of its probes has raw score {raw_score!r} alone and {ordinary[number]!r} among others; "
                "install the release of lightgbm that the bundle's manifest names"
            )
        if known is not None:
            _check_known(number, raw_score, calibration.probability(raw_score), known)
    booster.contributions(rows[0])


def _check_known(number: int, raw_score: float, probability: float, known: Outcome) -> None:
    expected = known.raw_scores[number], known.probabilities[number]
    if raw_score != expected[0] or not math.isclose(
        probability, expected[1], rel_tol=0, abs_tol=_PROBABILITY_TOLERANCE
    ):
        raise BundleError(
            f"row {number} of its probes has raw score {raw_score!r} and probability {probability!r} here, and "
            f"{expected[0]!r} and {expected[1]!r} where it was trained; install the release of lightgbm that the "
            "bundle's manifest names"
        )
