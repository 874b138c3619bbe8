"""What must hold of a tuned policy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from training.tuning.knobs import TuningError

MEASURES: Final = {
    "reviews_per_day": "claims sent to a person, per day",
    "most_reviews_per_day": "the same on the day with most",
    "automatic_share": "share of claims that no person decides",
    "approved_share": "share of claims approved automatically",
    "advanced_share": "share of claims paid in advance",
    "wrongful_denials_per_1000": "honest claims that reviewers refuse, of 1,000 claims",
    "abuse_paid_per_1000": "money paid to abusers, of 1,000 claims",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One of `MEASURES` that must be at most, or at least, so much."""

    measure: str
    bound: float
    at_most: bool

    def excess(self, value: float) -> float:
        """By how much a value breaks the limit, as a share of it; 0 where it holds."""
        beyond = value - self.bound if self.at_most else self.bound - value
        return max(beyond, 0.0) / max(abs(self.bound), 1e-6)

    def __str__(self) -> str:
        return f"{self.measure} at {'most' if self.at_most else 'least'} {self.bound:g}"


def parse_limits(texts: Sequence[str], *, at_most: bool) -> tuple[Limit, ...]:
    """Limits from MEASURE=NUMBER.

    Raises:
        TuningError: one isn't written so, or measures nothing that is known.

    >>> [str(limit) for limit in parse_limits(["reviews_per_day=200"], at_most=True)]
    ['reviews_per_day at most 200']
    """
    return tuple(_parse(text, "--at-most" if at_most else "--at-least", at_most=at_most) for text in texts)


def _parse(text: str, option: str, *, at_most: bool) -> Limit:
    measure, _, number = text.partition("=")
    if measure not in MEASURES:
        raise TuningError(f"{option} {measure}: is not measured; use one of {', '.join(MEASURES)}")
    try:
        bound = float(number)
    except ValueError as error:
        raise TuningError(f"{option} {text}: write {measure}=NUMBER") from error
    if not 0 <= bound < math.inf:
        raise TuningError(f"{option} {text}: give a number of zero or more")
    return Limit(measure, bound, at_most)
