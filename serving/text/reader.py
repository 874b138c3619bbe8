"""From a text to a probability per claim reason: a linear model whose weights are whole numbers.

Whole numbers make sums exact in whatever order they are taken, so a text has one answer, bit for bit, alone or among
many: every text is read by the same function.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.events import CLAIM_REASONS
from serving.text.grams import BUCKETS, grams

LARGEST_WEIGHT = int(np.iinfo(np.int16).max)


@dataclass(frozen=True, eq=False)
class TextReader:
    """A multinomial logistic regression over the n-grams of a text, k of them, into the r claim reasons.

    The log-odds of a reason are its intercept, and `step` times the sum of its weights over the text's n-grams, divided
    by the root of how many the text has; those that aren't among `buckets` weigh nothing. So a text in a language
    that the reader never saw says next to nothing, and leaves the reasons where the intercepts put them.

    Args:
        buckets: numbers of n-grams, strictly ascending, shape (k,).
        weights: int16, shape (k, r).
        step: what a weight of 1 stands for; more than 0.
        intercepts: log-odds of each reason before anything is read, shape (r,).

    Raises:
        ValueError: if one of these doesn't hold; the message says which.
    """

    buckets: npt.NDArray[np.int32]
    weights: npt.NDArray[np.int16]
    step: float
    intercepts: Floats

    def __post_init__(self) -> None:
        if complaint := _complain(self):
            raise ValueError(complaint)

    def probabilities(self, text: str) -> Floats:
        """The probability of each claim reason, in the order of `CLAIM_REASONS`; they sum to 1. Shape (r,).

        Any text is read: of an empty one, the intercepts alone speak.
        """
        return self.of_grams(grams(text))

    def of_grams(self, numbers: Ints) -> Floats:
        """The same for a text whose n-grams were found already, by `serving.text.grams.grams`."""
        places = self.buckets.searchsorted(numbers.astype(np.int32))
        places[places == len(self.buckets)] = 0
        known = places[self.buckets[places] == numbers]
        total = self.weights[known].sum(axis=0, dtype=np.int64)
        log_odds = self.intercepts + total * (self.step / np.sqrt(max(len(numbers), 1)))
        odds = np.exp(log_odds - log_odds.max())
        return np.asarray(odds / odds.sum(), dtype=np.float64)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TextReader)
            and self.step == other.step
            and np.array_equal(self.buckets, other.buckets)
            and np.array_equal(self.weights, other.weights)
            and np.array_equal(self.intercepts, other.intercepts)
        )

    def __hash__(self) -> int:
        return hash((len(self.buckets), self.step))


def _complain(reader: TextReader) -> str | None:
    buckets, reasons = reader.buckets, len(CLAIM_REASONS)
    if len(buckets) == 0 or buckets.shape != (len(buckets),):
        return "no n-gram has a weight"
    if buckets[0] < 0 or buckets[-1] >= BUCKETS or not (np.diff(buckets) > 0).all():
        return f"the n-grams' numbers don't rise strictly from 0 to {BUCKETS - 1}"
    if reader.weights.shape != (len(buckets), reasons):
        return f"weights have shape {reader.weights.shape}; give one per n-gram and reason, {(len(buckets), reasons)}"
    if reader.intercepts.shape != (reasons,) or not np.isfinite(reader.intercepts).all():
        return f"intercepts must be {reasons} finite numbers"
    if not (np.isfinite(reader.step) and reader.step > 0):
        return f"step is {reader.step}; it must be finite and more than 0"
    return None
