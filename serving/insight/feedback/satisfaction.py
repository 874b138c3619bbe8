"""How satisfied buyers are: of ratings from 1 to 5, the share of 4 and 5, with an interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.events import FEEDBACK_STEPS
from serving.insight.rates import wilson_of

SATISFIED_FROM: Final = 4
TARGET: Final = 0.90  # nine of ten buyers are to be satisfied


@dataclass(frozen=True, slots=True)
class Rated:
    """What some ratings say.

    Attributes:
        count: ratings; `satisfied` of them are 4 or 5.
        mean: from 1 to 5; None without ratings.
        low, high: Wilson's interval for the share of the satisfied, 95 %; None without ratings.
    """

    count: int
    satisfied: int
    mean: float | None
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        """The share of the satisfied; None without ratings."""
        return self.satisfied / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What the ratings of a period say. Of each claim the last one counts, so that nobody votes twice.

    Attributes:
        given: all ratings, of the whole and of steps, whether they count or not.
        whole: those of the whole handling; the share that a target is held against.
        by_step: those of each step of `FEEDBACK_STEPS` that was rated, in that order.
    """

    given: int
    whole: Rated
    by_step: Mapping[str, Rated]


def satisfaction(ratings: pa.Table, from_ms: int, until_ms: int) -> Satisfaction:
    """What the ratings (`Record.ratings`) that were given in [from_ms, until_ms) say."""
    ratings = given_in(ratings, from_ms, until_ms)
    by_step = {step: rated(last_ratings(ratings, step)) for step in FEEDBACK_STEPS}
    return Satisfaction(
        given=len(ratings),
        whole=rated(last_ratings(ratings)),
        by_step={step: found for step, found in by_step.items() if found.count},
    )


def given_in(ratings: pa.Table, from_ms: int, until_ms: int) -> pa.Table:
    """Ratings that were given in [from_ms, until_ms)."""
    at = ratings["rated_at_ms"]
    return ratings.filter(pc.and_(pc.greater_equal(at, from_ms), pc.less(at, until_ms)))


def last_ratings(ratings: pa.Table, step: str | None = None) -> Ints:
    """The last rating of each claim that has one of the whole, or of a step; shape (claims,)."""
    ours = pc.is_null(ratings["step"]) if step is None else pc.equal(ratings["step"], step)
    ours = ratings.filter(pc.and_(ours, pc.is_valid(ratings["rating"]))).sort_by("rated_at_ms")
    last = dict(zip(ours["claim_id"].to_pylist(), ours["rating"].to_pylist(), strict=True))
    return np.array(list(last.values()), dtype=np.int64)


def rated(rating: Ints) -> Rated:
    """What ratings say, shape (n,).

    >>> rated(np.array([5, 4, 2, 5]))
    Rated(count=4, satisfied=3, mean=4.0, low=0.300..., high=0.954...)
    """
    count, satisfied = len(rating), int((rating >= SATISFIED_FROM).sum())
    if count == 0:
        return Rated(0, 0, None, None, None)
    return Rated(count, satisfied, float(rating.mean()), *wilson_of(satisfied, count))
