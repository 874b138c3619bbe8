"""From a raw score to a probability: straight lines between knots, flat beyond the first and the last."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self, TypedDict

import numpy as np
from numpy.typing import NDArray


class CalibrationJson(TypedDict):
    """How a calibration is written: its knots, in order."""

    x: list[float]
    y: list[float]


@dataclass(frozen=True)
class Calibration:
    """A non-decreasing map from raw score to calibrated probability, given by its knots.

    `x` holds raw scores, finite and strictly increasing; `y` the probability at each, within (0, 1) and
    non-decreasing: no raw score may claim certainty, and a higher one never means a lower risk.

    >>> calibration = Calibration(x=(-2.0, 0.0, 2.0), y=(0.01, 0.2, 0.9))
    >>> calibration.probability(1.0)
    0.55
    >>> calibration.probability(99.0)
    0.9

    Raises:
        ValueError: the knots break one of these rules; the message says which.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    _x: NDArray[np.float64] = field(init=False, repr=False, compare=False)
    _y: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if complaint := _complain(self.x, self.y):
            raise ValueError(complaint)
        # Kept as arrays too, since turning tuples into arrays would cost more than the interpolation.
        object.__setattr__(self, "_x", np.array(self.x, dtype=np.float64))
        object.__setattr__(self, "_y", np.array(self.y, dtype=np.float64))

    def probability(self, raw_score: float) -> float:
        """The calibrated probability of one raw score, within [y[0], y[-1]].

        Raises:
            ValueError: the raw score is NaN.
        """
        if math.isnan(raw_score):
            raise ValueError("the raw score is NaN; a model's output never is")
        # Rounding can carry an interpolated value past the last knot by a bit, so it is clamped to the ends.
        return min(max(float(np.interp(raw_score, self._x, self._y)), self.y[0]), self.y[-1])

    def probabilities(self, raw_scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many: float64 of the same shape, each equal to `probability` of its raw score, bit for bit.

        Raises:
            ValueError: a raw score is NaN.
        """
        if np.isnan(raw_scores).any():
            raise ValueError("a raw score is NaN; a model's output never is")
        interpolated = np.asarray(np.interp(raw_scores, self._x, self._y), dtype=np.float64)
        return np.clip(interpolated, self.y[0], self.y[-1])

    def to_json(self) -> CalibrationJson:
        """The knots as JSON takes them. `from_json` gives back an equal calibration, bit for bit."""
        return {"x": list(self.x), "y": list(self.y)}

    @classmethod
    def from_json(cls, content: object) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: a key is missing or unknown, a knot is no number, or the knots break a rule.
        """
        if not isinstance(content, Mapping) or set(content) != {"x", "y"}:
            raise ValueError("needs exactly the keys x and y")
        return cls(x=_numbers(content["x"], "x"), y=_numbers(content["y"], "y"))


def _numbers(values: object, name: str) -> tuple[float, ...]:
    if not isinstance(values, list) or not all(type(value) in {int, float} for value in values):
        raise ValueError(f"{name} is not a list of numbers")
    return tuple(float(value) for value in values)


def _complain(x: Sequence[float], y: Sequence[float]) -> str | None:
    if len(x) != len(y) or len(x) < 2:
        return f"{len(x)} raw scores and {len(y)} probabilities; give two or more knots, one of each per knot"
    if not all(math.isfinite(value) for value in x):
        return "a knot's raw score is not finite"
    if not all(0.0 < value < 1.0 for value in y):
        return "a knot's probability is not within (0, 1)"
    if not all(left < right for left, right in pairwise(x)):
        return "the knots' raw scores don't strictly increase"
    if not all(left <= right for left, right in pairwise(y)):
        return "the knots' probabilities decrease"
    return None
