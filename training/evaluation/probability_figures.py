"""Whether probabilities mean what they say, for many draws of buyers at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from training.evaluation.evaluation import CalibrationBand
from training.evaluation.intervals import Drawn, Ratios
from training.evaluation.metrics import PARTS, calibration_curve, calibration_parts
from training.evaluation.ranking_figures import first_above

Outcomes = npt.NDArray[np.int8]
_LEAST: Final = float(np.finfo(np.float64).eps)  # as far from certainty as a log loss can tell


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """The mean distance between probability and share abusive, over parts of equal weight (`calibration_curve`).

    Under each draw the parts are cut anew. The figure is a mean of distances, so chance only adds to it: on few claims
    it is above what it would be on many, and its draws are above the figure.

    Attributes:
        buyer: of the claims by rising probability, shape (claims,).
        columns: their weights, weighted probabilities and weighted outcomes, each of shape (claims,).
    """

    buyer: Ints
    columns: tuple[Floats, Floats, Floats]

    @classmethod
    def of(cls, abusive: Outcomes, probabilities: Floats, weights: Floats, buyer: Ints) -> CalibrationError:
        """Sort the claims, each array of shape (claims,)."""
        order = np.argsort(probabilities, kind="stable")
        counted = weights[order]
        return cls(buyer[order], (counted, counted * probabilities[order], counted * abusive[order]))

    def __call__(self, counts: Floats) -> dict[str, Floats]:
        """The `calibration_error`, shape (draws,); NaN where no claim counts."""
        times = counts[:, self.buyer]
        weight, promised, found = (_running(times * column) for column in self.columns)
        total = weight[:, -1:]
        with np.errstate(invalid="ignore", divide="ignore"):
            middle = (weight[:, 1:] + weight[:, :-1]) / (2 * total)
        inner = first_above(middle, np.nextafter(np.arange(1, PARTS) / PARTS, 0))
        cuts = np.column_stack([np.zeros(len(counts), np.int64), inner, np.full(len(counts), len(self.buyer))])
        off = np.take_along_axis(promised, cuts, axis=1) - np.take_along_axis(found, cuts, axis=1)
        error = np.abs(np.diff(off, axis=1)).sum(axis=1)
        return {"calibration_error": np.where(total[:, 0] > 0, error / np.where(total > 0, total, 1)[:, 0], np.nan)}


def log_losses(abusive: Outcomes, probabilities: Floats) -> Floats:
    """What each claim adds to the log loss, shape (claims,)."""
    said = np.clip(np.where(abusive == 1, probabilities, 1 - probabilities), _LEAST, 1 - _LEAST)
    return np.asarray(-np.log(said))


def part_shares(abusive: Outcomes, probabilities: Floats, weights: Floats, buyer: Ints) -> Ratios:
    """The share abusive in each part of the calibration curve, under names "0", "1" and so on."""
    shares = {}
    for number, chunk in enumerate(calibration_parts(probabilities, weights)):
        inside = np.zeros(len(weights))
        inside[chunk] = weights[chunk]
        shares[str(number)] = (abusive.astype(np.float64), inside)
    return Ratios.of(buyer, **shares)


def band_of(abusive: Outcomes, probabilities: Floats, weights: Floats, shares: Mapping[str, Drawn]) -> CalibrationBand:
    """The calibration curve with intervals of what `part_shares` drew."""
    curve = calibration_curve(abusive, probabilities, weights)
    intervals = [shares[str(number)].interval() for number in range(len(curve.weight))]
    return CalibrationBand(
        predicted=tuple(curve.predicted.tolist()),
        observed=tuple(intervals),
        filings=tuple(curve.weight.tolist()),
    )


def _running(values: Floats) -> Floats:
    """Sums of all before each place, and of all at the end: shape (draws, claims + 1)."""
    sums = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums
